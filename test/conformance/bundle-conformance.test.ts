import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { CountersignError } from '../../src/errors.ts';
import { publicGoodTrustRoot } from '../../src/sigstore/trust-root.ts';
import { type ConformanceCase, conformanceCases, hasConformanceCases } from './cases.ts';
import { printTable } from './table.ts';
import { verifyRequest } from './verify-request.ts';

const cases = conformanceCases();
const rows: string[][] = [];

/** `verified`, or the code. Any other error than ours is none that a caller could be told, and fails the test. */
function judge({ name, expected, request }: ConformanceCase): string {
  let got = 'an error that is not ours';
  try {
    got = verifyRequest(request, Date.now()).times.length > 0 ? 'verified' : 'verified without a time';
    return got;
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    got = error.code;
    return got;
  } finally {
    rows.push([name, expected, got]);
  }
}

describe.skipIf(!hasConformanceCases)(
  hasConformanceCases
    ? 'sigstore conformance'
    : 'sigstore conformance: SKIPPED, ../shared/testdata/conformance is absent',
  () => {
    afterAll(() => {
      printTable(['case', 'expected', 'got'], rows);
    });

    it('has all of the cases', () => {
      expect(cases).toHaveLength(47);
    });

    it.each(cases.filter(({ expected }) => expected === 'verified'))('verifies $name', (conformanceCase) => {
      expect(judge(conformanceCase)).toBe('verified');
    });

    it.each(cases.filter(({ expected }) => expected === 'rejected'))('rejects $name', (conformanceCase) => {
      expect(judge(conformanceCase)).not.toMatch(/^verified/);
    });
  },
);

describe('the embedded trust root', () => {
  it('is the one that its description says', () => {
    const { json, sha256, source, date } = publicGoodTrustRoot();
    expect(createHash('sha256').update(json).digest('hex')).toBe(sha256);
    expect(sha256).toMatch(/^6494e21e/);
    expect(source).toContain('@sigstore/tuf 5.0.1');
    expect(Date.parse(date)).not.toBeNaN();
  });
});
