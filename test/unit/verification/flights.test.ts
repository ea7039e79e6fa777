import { describe, expect, it } from 'vitest';
import { Flights } from '../../../src/verification/flights.ts';

const OWNER = ['registry.test', 'team/app'] as const;

describe('Flights', () => {
  it('does one piece of work for all who ask at the same time, and a new one afterwards', async () => {
    const flights = new Flights<number>({ max: 10, timeLimit: 60_000 });
    const work = Promise.withResolvers<number>();
    let starts = 0;
    const start = () => {
      starts += 1;
      return work.promise;
    };
    const first = flights.join('key', OWNER, start);
    const second = flights.join('key', OWNER, start);
    expect([first.shared, second.shared]).toEqual([false, true]);
    work.resolve(7);
    expect(await Promise.all([first.result, second.result])).toEqual([7, 7]);
    expect(starts).toBe(1);
    expect(flights.size).toBe(0);
    expect(flights.join('key', OWNER, start).shared).toBe(false);
  });

  it('hands a failure to all who wait, and forgets it', async () => {
    const flights = new Flights<number>({ max: 10, timeLimit: 60_000 });
    const failing = flights.join('key', OWNER, () => Promise.reject(new Error('broken')));
    await expect(failing.result).rejects.toThrow('broken');
    expect(await flights.join('key', OWNER, async () => 1).result).toBe(1);
  });

  it('refuses more than it may have under way, but not to join what is', async () => {
    const flights = new Flights<number>({ max: 1, timeLimit: 60_000 });
    const work = Promise.withResolvers<number>();
    flights.join('a', OWNER, () => work.promise);
    expect(() => flights.join('b', OWNER, async () => 1)).toThrow(
      expect.objectContaining({ code: 'OVERLOADED' }),
    );
    expect(flights.join('a', OWNER, async () => 1).shared).toBe(true);
    work.resolve(1);
  });

  it('gives the work a signal of its own, which ends it', async () => {
    const flights = new Flights<string>({ max: 1, timeLimit: 5 });
    const { result } = flights.join(
      'key',
      OWNER,
      (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('ended'))),
    );
    expect(await result).toBe('ended');
  });

  it('E4: a repository or registry that floods it leaves room for the others, and gets it all back', async () => {
    const flights = new Flights<number>({ max: 12, timeLimit: 60_000 });
    const work = Promise.withResolvers<number>();
    let keys = 0;
    const flood = (host: string, repository: string): number => {
      for (let started = 0; ; started += 1) {
        keys += 1;
        try {
          flights.join(`${keys}`, [host, repository], () => work.promise);
        } catch (error) {
          expect(error).toMatchObject({ code: 'OVERLOADED', retryAfter: 1 });
          return started;
        }
      }
    };
    expect(flood('evil.test', 'one')).toBe(4);
    expect(flood('evil.test', 'two')).toBe(2);
    expect(flood('honest.test', 'app')).toBeGreaterThanOrEqual(2);
    work.resolve(1);
    await work.promise;
    await expect.poll(() => flights.size).toBe(0);
    expect(flood('evil.test', 'one')).toBe(4);
  });
});
