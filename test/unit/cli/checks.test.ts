import { describe, expect, it } from 'vitest';
import { CHECKS, type Check, checksOf, demandedChecks } from '../../../src/cli/checks.ts';
import { catalogue, type ErrorCode, reason } from '../../../src/errors.ts';
import type { TrustPolicy } from '../../../src/policy/trust-policy.ts';
import { IDENTITY, ISSUER, keyless, signature, trustPolicy } from '../policy/builders.ts';

const policy = trustPolicy();

function signedBy(identity: string, issuer: string, held: TrustPolicy = policy): readonly Check[] {
  const signer = { kind: 'keyless' as const, issuer, identity };
  return checksOf(held, { kind: 'signed', signature: signature({ signer }) });
}

function failing(code: ErrorCode): Readonly<Record<string, string>> {
  const checks = checksOf(policy, { kind: 'invalid', reason: reason(code, 'why') });
  return Object.fromEntries(checks.map(({ check, result }) => [check, result]));
}

describe('of a signature that verifies', () => {
  it('all pass where the signer is trusted', () => {
    const checks = signedBy(IDENTITY, ISSUER);
    expect(checks.map(({ check }) => check)).toEqual(CHECKS);
    expect(checks.every(({ result }) => result === 'passed')).toBe(true);
  });

  it('say what was found and what would have been needed', () => {
    expect(signedBy('mallory', ISSUER).at(-1)).toEqual({
      check: 'identity',
      result: 'failed',
      found: 'mallory',
      needed: JSON.stringify(IDENTITY),
    });
    expect(signedBy(IDENTITY, 'https://evil').slice(-2)).toMatchObject([
      { check: 'issuer', result: 'failed', found: 'https://evil', needed: JSON.stringify(ISSUER) },
      { check: 'identity', result: 'passed' },
    ]);
  });

  it('an identity counts only with an issuer of the same entry', () => {
    const two = trustPolicy({
      signedBy: keyless([
        ['https://a', 'alice'],
        ['https://b', 'bob'],
      ]),
    });
    expect(signedBy('bob', 'https://a', two).slice(-2)).toMatchObject([
      { check: 'issuer', result: 'passed' },
      { check: 'identity', result: 'failed', needed: '"alice"' },
    ]);
    expect(signedBy('bob', 'https://b', two).every(({ result }) => result === 'passed')).toBe(true);
  });
});

describe('of a signature that does not verify', () => {
  it('what comes after the first thing that is wrong is not decided', () => {
    expect(failing('SUBJECT_MISMATCH')).toMatchObject({
      readable: 'passed',
      subject: 'failed',
      content: 'undecided',
      identity: 'undecided',
    });
    expect(failing('SCT_INVALID')).toMatchObject({
      content: 'passed',
      'certificate log': 'failed',
      // The log's proof is verified last, and with it the time that the certificate was held against.
      'log entry': 'undecided',
      certificate: 'undecided',
    });
  });

  it('every reason of the class fails one check at most, and passes none about the signer', () => {
    for (const code of Object.keys(catalogue) as ErrorCode[]) {
      const results = failing(code);
      expect(Object.values(results).filter((result) => result === 'failed').length).toBeLessThanOrEqual(1);
      expect([results['issuer'], results['identity']]).toEqual(['undecided', 'undecided']);
    }
  });

  it('what could not be told fails nothing', () => {
    expect(new Set(Object.values(failing('VERIFICATION_TIMEOUT')))).toEqual(new Set(['undecided']));
  });

  it('a signer that is only claimed is called so', () => {
    const claimed = { kind: 'keyless' as const, issuer: ISSUER, identity: IDENTITY };
    const checks = checksOf(policy, { kind: 'invalid', reason: reason('SCT_INVALID', 'why'), claimed });
    expect(checks.at(-1)).toEqual({
      check: 'identity',
      result: 'undecided',
      found: `${IDENTITY} (claimed, not proven)`,
    });
  });
});

describe('what a policy does not demand', () => {
  it('is not asked', () => {
    const lax = trustPolicy({
      tLogVerify: false,
      signedBy: { ...keyless([[ISSUER, IDENTITY]]), ctLogVerify: false } as TrustPolicy['signedBy'],
    });
    expect(demandedChecks(lax)).not.toContain('log entry');
    expect(demandedChecks(lax)).not.toContain('certificate log');
    const keys = trustPolicy({ signedBy: { kind: 'keys', keys: [] }, tLogVerify: false });
    expect(demandedChecks(keys)).toEqual(['readable', 'subject', 'signer kind', 'content']);
  });

  it('is shown where it fails all the same', () => {
    const keys = trustPolicy({ signedBy: { kind: 'keys', keys: [] }, tLogVerify: false });
    const checks = checksOf(keys, { kind: 'invalid', reason: reason('TIMESTAMP_INVALID', 'why') });
    expect(checks.at(-1)).toMatchObject({ check: 'signing time', result: 'failed' });
  });
});
