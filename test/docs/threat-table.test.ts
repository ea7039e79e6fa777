import { describe, expect, it } from 'vitest';
import { ATTACK_IDS, readThreats, renderThreatTable } from '../support/threat-table.ts';

describe('the attack table', () => {
  const threats = readThreats();

  it('has every id once', () => {
    expect(threats.map(({ id }) => id)).toEqual(ATTACK_IDS);
    expect(new Set(ATTACK_IDS).size).toBe(66);
  });

  it.each(threats)('$id is tested, or waived for a reason', ({ state, consequence, reason }) => {
    expect(state).not.toBe('missing');
    expect(consequence).not.toBe('');
    expect(reason === undefined).toBe(state === 'tested');
  });

  it('is rendered with one row for each id', () => {
    const [head, rule, ...rows] = renderThreatTable().trimEnd().split('\n');
    expect([head, rule]).toEqual(['| Id | What would have gone wrong | State |', '| --- | --- | --- |']);
    expect(rows.map((row) => row.split(' | ').length)).toEqual(ATTACK_IDS.map(() => 3));
  });
});
