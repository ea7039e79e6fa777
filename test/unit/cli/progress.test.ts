import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withProgress } from '../../../src/cli/progress.ts';

describe('withProgress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function run(isTTY: boolean, milliseconds: number): Promise<string[]> {
    const written: string[] = [];
    const work = () => new Promise<string>((resolve) => setTimeout(() => resolve('done'), milliseconds));
    const result = withProgress('verifying', work, { isTTY, write: (text) => written.push(text) });
    await vi.advanceTimersByTimeAsync(milliseconds);
    expect(await result).toBe('done');
    return written;
  }

  it('says what takes so long, second by second, and clears the line', async () => {
    expect(await run(true, 2_500)).toEqual([
      '\r\u001b[2K… verifying (1 s)',
      '\r\u001b[2K… verifying (2 s)',
      '\r\u001b[2K',
    ]);
  });

  it('says nothing of what is done within a second, nor where nobody looks', async () => {
    expect(await run(true, 900)).toEqual([]);
    expect(await run(false, 5_000)).toEqual([]);
  });

  it('clears the line when the work fails', async () => {
    const written: string[] = [];
    const work = () => new Promise((_, reject) => setTimeout(() => reject(new Error('no')), 1_500));
    const result = withProgress('verifying', work, { isTTY: true, write: (text) => written.push(text) });
    const failed = expect(result).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(1_500);
    await failed;
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });
});
