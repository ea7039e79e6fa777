import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Owner, Shares } from '../../src/shares.ts';

/** Takes until there is no more. */
function flood(shares: Shares, owners: readonly Owner[]): number {
  let taken = 0;
  for (let again = true; again; ) {
    again = false;
    for (const owner of owners) {
      if (!shares.take(owner)) continue;
      taken += 1;
      again = true;
    }
  }
  return taken;
}

const repositories = (host: string): readonly Owner[] =>
  Array.from({ length: 50 }, (_, index) => [host, `repository-${index}`] as const);

describe('Shares', () => {
  it('gives a third to one repository, half to one host, and to whoever comes next the same of the rest', () => {
    expect(flood(new Shares(300), [['a', 'one']])).toBe(100);
    expect(flood(new Shares(300), repositories('a'))).toBeCloseTo(150, -1);
    const shares = new Shares(300);
    expect(flood(shares, repositories('a'))).toBeGreaterThan(145);
    expect(flood(shares, repositories('b'))).toBeGreaterThan(70);
    expect(flood(shares, [['c', 'one']])).toBeGreaterThan(20);
    expect(shares.take(['d', 'one'])).toBe(true);
  });

  it('comes to the same for all hosts as they give back and take again', () => {
    const shares = new Shares(300);
    const held = new Map(['a', 'b', 'c'].map((host) => [host, flood(shares, [[host, 'one']])]));
    for (let round = 0; round < 1_000; round += 1) {
      for (const [host, count] of held) {
        shares.give([host, 'one']);
        held.set(host, count - 1 + flood(shares, [[host, 'one']]));
      }
    }
    for (const count of held.values()) expect(count).toBeCloseTo(300 / 5, -1);
    expect(shares.total).toBeLessThanOrEqual(300 * (3 / 5) + 5);
  });

  it('works with a bound of one', () => {
    const shares = new Shares(1);
    expect(shares.take(['a', 'one'])).toBe(true);
    expect(shares.take(['b', 'one'])).toBe(false);
    shares.give(['a', 'one']);
    expect(shares.total).toBe(0);
    expect(shares.take(['b', 'one'])).toBe(true);
  });

  it('counts amounts', () => {
    const shares = new Shares(300);
    expect(shares.take(['a', 'one'], 301)).toBe(false);
    expect(shares.take(['a', 'one'], 100)).toBe(true);
    expect(shares.take(['a', 'one'], 1)).toBe(false);
    expect(shares.take(['b', 'one'], 200)).toBe(true);
    expect(shares.total).toBe(300);
  });

  it('never grants more than the bound, has room for a newcomer until then, and forgets what was given back', () => {
    const owner = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y', 'z'));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(owner, { maxLength: 200 }), (bound, asked) => {
        const shares = new Shares(bound);
        const granted = asked.filter((asking) => shares.take(asking));
        expect(shares.total).toBe(granted.length);
        expect(granted.length).toBeLessThanOrEqual(bound);
        expect(shares.take(['new', 'new'])).toBe(granted.length < bound);
        if (granted.length < bound) shares.give(['new', 'new']);
        for (const given of granted) shares.give(given);
        expect(shares.total).toBe(0);
        expect(shares.take(['a', 'x'], bound)).toBe(true);
      }),
    );
  });
});
