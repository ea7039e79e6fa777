import { describe, expect, it } from 'vitest';
import { BackOff, type Failure, type Place } from '../../../src/registry/back-off.ts';
import { StoppedClock } from '../../support/stopped-clock.ts';

const PLACE: Place = { fingerprint: 'view', host: 'registry.test', repository: 'team/app' };
const NETWORK: Failure = { code: 'REGISTRY_UNREACHABLE', what: 'no connection', ofHost: true };
const ERROR: Failure = { code: 'REGISTRY_ERROR', what: 'status 500', ofHost: false };

function inRepository(repository: string): Place {
  return { ...PLACE, repository };
}

function create() {
  const clock = new StoppedClock();
  const backOff = new BackOff(clock);
  return {
    clock,
    backOff,
    fail(place: Place, failure: Failure, times = 1): void {
      for (let time = 0; time < times; time += 1) backOff.failed(place, failure);
    },
    /** Seconds for which the place is left alone. */
    left(place: Place): number {
      try {
        backOff.heed(place);
        return 0;
      } catch (error) {
        return (error as { retryAfter: number }).retryAfter;
      }
    },
  };
}

describe('BackOff', () => {
  it('E8: leaves a host alone for as long as it asks, a minute at most, whatever others hear meanwhile', () => {
    const { backOff, clock, fail, left } = create();
    fail(PLACE, { ...NETWORK, code: 'REGISTRY_THROTTLED', retryAfter: 30 });
    backOff.answered(PLACE);
    expect(left(inRepository('other'))).toBe(30);
    clock.advance(29_001);
    expect(left(PLACE)).toBe(1);
    clock.advance(999);
    expect(left(PLACE)).toBe(0);
    fail(PLACE, { ...NETWORK, retryAfter: 3_600 });
    expect(left(PLACE)).toBe(60);
  });

  it('E8: leaves a host alone that fails again and again, for twice as long each time', () => {
    const { backOff, clock, fail, left } = create();
    fail(PLACE, NETWORK, 4);
    expect(left(PLACE)).toBe(0);
    expect(backOff.isOnTrial(PLACE)).toBe(false);
    fail(PLACE, NETWORK);
    for (const pause of [1, 2, 4, 8, 16, 32, 60, 60]) {
      expect(left(inRepository('other'))).toBe(pause);
      // Asked before: the same failure.
      fail(PLACE, NETWORK, 10);
      expect(left(PLACE)).toBe(pause);
      clock.advance(pause * 1_000);
      expect(left(PLACE)).toBe(0);
      expect(backOff.isOnTrial(PLACE)).toBe(true);
      fail(PLACE, NETWORK);
    }
    clock.advance(60_000);
    backOff.answered(PLACE);
    expect(backOff.isOnTrial(PLACE)).toBe(false);
    fail(PLACE, NETWORK, 4);
    expect(left(PLACE)).toBe(0);
  });

  it('says why, and for how long', () => {
    const { backOff, fail } = create();
    fail(PLACE, NETWORK, 5);
    expect(() => backOff.heed(PLACE)).toThrow(
      expect.objectContaining({
        code: 'REGISTRY_UNREACHABLE',
        retryAfter: 1,
        message: 'registry.test is not asked for another 1 s; the last time: no connection',
      }),
    );
  });

  it('E4: errors in answer to one repository do not keep the others from being asked', () => {
    const { backOff, clock, fail, left } = create();
    for (const pause of [1, 2, 4, 8, 16, 32, 60]) {
      fail(inRepository('evil'), ERROR, 5);
      expect(left(inRepository('evil'))).toBeGreaterThanOrEqual(pause);
      expect(left(PLACE)).toBe(0);
      clock.advance(60_000);
    }
    expect(backOff.isOnTrial(PLACE)).toBe(false);
  });

  it('E8: errors in answer to many repositories are a sign for the host', () => {
    const { clock, fail, left } = create();
    for (const name of ['a', 'b', 'c', 'd']) fail(inRepository(name), ERROR, 20);
    expect(left(PLACE)).toBe(0);
    fail(inRepository('e'), ERROR, 5);
    expect(left(PLACE)).toBe(1);
    clock.advance(1_000);
    fail(inRepository('f'), ERROR);
    expect(left(PLACE)).toBe(2);
  });

  it('keeps those who reach the host in another way out of it', () => {
    const { fail, left } = create();
    fail(PLACE, NETWORK, 5);
    expect(left({ ...PLACE, fingerprint: 'another view' })).toBe(0);
    expect(left({ ...PLACE, host: 'mirror.test' })).toBe(0);
  });

  it('tells what is left alone at the moment', () => {
    const { backOff, clock, fail } = create();
    fail({ ...PLACE, host: 'fine.test' }, NETWORK);
    fail(PLACE, NETWORK, 5);
    fail({ ...PLACE, host: 'broken.test' }, ERROR, 5);
    expect(backOff.current()).toHaveLength(2);
    expect(backOff.current()).toEqual(
      expect.arrayContaining([
        { host: 'registry.test', code: 'REGISTRY_UNREACHABLE', retryAfter: 1 },
        { host: 'broken.test', repository: 'team/app', code: 'REGISTRY_ERROR', retryAfter: 1 },
      ]),
    );
    clock.advance(1_000);
    expect(backOff.current()).toEqual([]);
  });
});
