import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { byDeadline } from '../../../src/verification/deadline.ts';

describe('byDeadline', () => {
  it('gives what the work gives when it is in time', async () => {
    expect(await byDeadline(systemClock.monotonic() + 60_000, systemClock, async () => 'done')).toBe('done');
  });

  it('throws what the work throws', async () => {
    const work = byDeadline(systemClock.monotonic() + 60_000, systemClock, () =>
      Promise.reject(new Error('broken')),
    );
    await expect(work).rejects.toThrow('broken');
  });

  it('gives up at the deadline while the work goes on', async () => {
    const work = Promise.withResolvers<string>();
    const answer = byDeadline(systemClock.monotonic() + 5, systemClock, () => work.promise);
    await expect(answer).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    work.reject(new Error('late, and nobody listens'));
  });

  it('answers at once when the deadline has passed already', async () => {
    const never = new Promise<never>(() => {});
    await expect(byDeadline(systemClock.monotonic() - 1, systemClock, () => never)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });
});
