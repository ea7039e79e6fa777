import { describe, expect, it } from 'vitest';
import { reason } from '../../../src/errors.ts';
import type { Verdict } from '../../../src/verdict.ts';
import { VerdictCache } from '../../../src/verification/verdict-cache.ts';
import { StoppedClock } from '../../support/stopped-clock.ts';

const verified: Verdict = { kind: 'verified', reports: [] };
const rejected: Verdict = { kind: 'rejected', reasons: [reason('SIGNATURE_NOT_FOUND', 'none')], reports: [] };
const unavailable: Verdict = { kind: 'unavailable', cause: reason('REGISTRY_ERROR', '500'), reports: [] };

function cacheAt(clock: StoppedClock, maxBytes = 10_000): VerdictCache {
  return new VerdictCache({ verifiedTtl: 3_600_000, rejectedTtl: 10_000, maxBytes }, clock);
}

describe('VerdictCache', () => {
  it('keeps a yes long and a no briefly', () => {
    const clock = new StoppedClock();
    const cache = cacheAt(clock);
    cache.set('yes', verified);
    cache.set('no', rejected);
    clock.advance(9_999);
    expect(cache.get('yes')).toBe(verified);
    expect(cache.get('no')).toBe(rejected);
    clock.advance(2);
    expect(cache.get('no')).toBeUndefined();
    clock.advance(3_600_000);
    expect(cache.get('yes')).toBeUndefined();
  });

  it('F2: never keeps an outage', () => {
    const cache = cacheAt(new StoppedClock());
    cache.set('key', unavailable);
    expect(cache.get('key')).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('does not keep a yes beyond what it rests on, by the calendar', () => {
    const clock = new StoppedClock();
    const cache = cacheAt(clock);
    cache.set('key', { ...verified, validUntil: clock.now() + 5_000 });
    clock.advance(4_999);
    expect(cache.get('key')?.kind).toBe('verified');
    clock.set(clock.now() + 1);
    expect(cache.get('key')).toBeUndefined();
  });

  it('a wall clock that is set back does not lengthen the life of a verdict', () => {
    const clock = new StoppedClock();
    const cache = cacheAt(clock);
    cache.set('key', rejected);
    clock.advance(10_001);
    clock.set(0);
    expect(cache.get('key')).toBeUndefined();
  });

  it('is bounded in bytes', () => {
    const cache = cacheAt(new StoppedClock(), 500);
    for (let index = 0; index < 100; index += 1) cache.set(`key ${index}`, rejected);
    expect(cache.size).toBeLessThan(10);
    expect(cache.get('key 99')).toBe(rejected);
  });

  it('a time to live of 0 keeps nothing', () => {
    const cache = new VerdictCache({ verifiedTtl: 0, rejectedTtl: 0, maxBytes: 1_000 }, new StoppedClock());
    cache.set('key', verified);
    expect(cache.get('key')).toBeUndefined();
  });
});
