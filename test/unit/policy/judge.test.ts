import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { reason } from '../../../src/errors.ts';
import { judgeSigner } from '../../../src/policy/judge.ts';
import { anywhereMatcher, exactMatcher, wholeMatcher } from '../../../src/policy/matcher.ts';
import type { SignedBy } from '../../../src/policy/trust-policy.ts';
import type { Signer } from '../../../src/verdict.ts';
import { IDENTITY, ISSUER, keyless, signature, trustPolicy } from './builders.ts';

const OTHER_ISSUER = 'https://accounts.google.com';
const OTHER_IDENTITY = 'someone@example.com';

function judge(signedBy: SignedBy, signer: Signer) {
  return judgeSigner(trustPolicy({ signedBy }), { kind: 'signed', signature: signature({ signer }) });
}

/** The code, or `satisfied`. */
function judgeKeyless(signedBy: SignedBy, issuer: string, identity: string): string {
  const result = judge(signedBy, { kind: 'keyless', issuer, identity });
  return result.kind === 'failed' ? result.reason.code : result.kind;
}

function keyPair(name: string) {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return {
    key: { name, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    signer: { kind: 'key', name, fingerprint: createHash('sha256').update(der).digest('hex') } as const,
  };
}

describe('a keyless policy', () => {
  test('is satisfied by issuer and identity of one entry', () => {
    const policy = trustPolicy();
    const proven = signature();

    expect(judgeSigner(policy, { kind: 'signed', signature: proven })).toEqual({
      kind: 'satisfied',
      signature: proven,
    });
  });

  const two = keyless([
    [ISSUER, IDENTITY],
    [OTHER_ISSUER, OTHER_IDENTITY],
  ]);

  test.each([
    ['the first entry', ISSUER, IDENTITY, 'satisfied'],
    ['the second entry', OTHER_ISSUER, OTHER_IDENTITY, 'satisfied'],
    ['the issuer of one and the identity of the other', ISSUER, OTHER_IDENTITY, 'ISSUER_MISMATCH'],
    ['a trusted issuer, another identity', ISSUER, 'x@example.com', 'IDENTITY_MISMATCH'],
    ['a trusted identity, another issuer', 'https://evil', IDENTITY, 'ISSUER_MISMATCH'],
    ['neither', 'https://evil', 'x@example.com', 'ISSUER_MISMATCH'],
    // A4
    ['an issuer with another ending', `${ISSUER}.evil`, IDENTITY, 'ISSUER_MISMATCH'],
    ['an issuer with a slash', `${ISSUER}/`, IDENTITY, 'ISSUER_MISMATCH'],
    ['an issuer in upper case', ISSUER.toUpperCase(), IDENTITY, 'ISSUER_MISMATCH'],
    // A1
    ['an identity that contains the trusted one', ISSUER, `https://evil/?x=${IDENTITY}`, 'IDENTITY_MISMATCH'],
    ['an identity that begins with the trusted one', ISSUER, `${IDENTITY}-evil`, 'IDENTITY_MISMATCH'],
  ])('judges %s', (_, issuer, identity, expected) => {
    expect(judgeKeyless(two, issuer, identity)).toBe(expected);
  });

  // A2, A3: each of the two is compared, whatever kind of matcher it has.
  test.each([
    [exactMatcher(ISSUER), anywhereMatcher('^https://github\\.com/org/')],
    [anywhereMatcher('^https://token\\.actions\\.'), exactMatcher(IDENTITY)],
    [wholeMatcher('https://token\\..*'), wholeMatcher('https://github\\.com/org/.*')],
  ])('compares issuer and identity by %o and %o', (issuer, identity) => {
    const signedBy: SignedBy = { kind: 'keyless', ctLogVerify: true, identities: [{ issuer, identity }] };

    expect(judgeKeyless(signedBy, ISSUER, IDENTITY)).toBe('satisfied');
    expect(judgeKeyless(signedBy, ISSUER, 'https://gitlab.com/org/')).toBe('IDENTITY_MISMATCH');
    expect(judgeKeyless(signedBy, 'https://evil', IDENTITY)).toBe('ISSUER_MISMATCH');
  });

  // A5
  test('without identities trusts nobody', () => {
    expect(judgeKeyless(keyless([]), ISSUER, IDENTITY)).toBe('ISSUER_MISMATCH');
  });

  test('says who signed and who was expected', () => {
    const signer: Signer = { kind: 'keyless', issuer: ISSUER, identity: OTHER_IDENTITY };

    expect(judge(keyless([[ISSUER, IDENTITY]]), signer)).toEqual({
      kind: 'failed',
      signer,
      reason: reason(
        'IDENTITY_MISMATCH',
        `signed by "${OTHER_IDENTITY}" of issuer "${ISSUER}"; trust policy release of Verifier cosign expects "${IDENTITY}" of issuer "${ISSUER}"`,
      ),
    });
  });

  test('says how patterns are meant, and names three entries at most', () => {
    const issuer = exactMatcher('i');
    const identities = [
      anywhereMatcher('a'),
      wholeMatcher('b'),
      exactMatcher('c'),
      exactMatcher('d'),
      exactMatcher('e'),
    ];
    const signedBy: SignedBy = {
      kind: 'keyless',
      ctLogVerify: true,
      identities: identities.map((identity) => ({ issuer, identity })),
    };

    expect(judge(signedBy, { kind: 'keyless', issuer: 'i', identity: 'x' })).toMatchObject({
      reason: {
        message: expect.stringContaining(
          'expects anything that contains a match of "a" of issuer "i", or anything that matches "b" as a whole of issuer "i", or "c" of issuer "i", or 2 more',
        ),
      },
    });
  });
});

describe('a policy with keys', () => {
  const trusted = keyPair('team/release');
  const old = keyPair('team/old');
  const foreign = keyPair('team/release');
  const signedBy: SignedBy = { kind: 'keys', keys: [old.key, trusted.key] };

  test('is satisfied by any of its keys, under whatever name it was checked', () => {
    expect(judge(signedBy, trusted.signer).kind).toBe('satisfied');
    expect(judge(signedBy, old.signer).kind).toBe('satisfied');
    expect(judge(signedBy, { ...trusted.signer, name: 'elsewhere/same-key' }).kind).toBe('satisfied');
  });

  test('is not satisfied by another key of the same name', () => {
    expect(judge(signedBy, foreign.signer)).toEqual({
      kind: 'failed',
      signer: foreign.signer,
      reason: reason(
        'KEY_MISMATCH',
        `signed by key team/release (sha256 ${foreign.signer.fingerprint.slice(0, 12)}…); trust policy release of Verifier cosign expects key team/old, or key team/release`,
      ),
    });
  });

  test('without keys trusts nobody', () => {
    expect(judge({ kind: 'keys', keys: [] }, trusted.signer)).toMatchObject({
      reason: { code: 'KEY_MISMATCH' },
    });
  });

  test('does not take a certificate for a key, nor a key for a certificate', () => {
    expect(judge(signedBy, signature().signer)).toMatchObject({ reason: { code: 'SIGNER_KIND_MISMATCH' } });
    expect(judge(keyless([[ISSUER, IDENTITY]]), trusted.signer)).toMatchObject({
      reason: { code: 'SIGNER_KIND_MISMATCH' },
    });
  });
});

describe('a signature that does not verify', () => {
  const why = reason('LOG_ENTRY_MISSING', 'the signature has no log entry');

  test('fails with its own reason', () => {
    expect(judgeSigner(trustPolicy(), { kind: 'invalid', reason: why })).toEqual({
      kind: 'failed',
      reason: why,
    });
  });

  test('fails even where it claims to be by the trusted signer, and names no signer', () => {
    const result = judgeSigner(trustPolicy(), { kind: 'invalid', reason: why, claimed: signature().signer });

    expect(result).toEqual({
      kind: 'failed',
      reason: {
        ...why,
        message: `the signature has no log entry; the signature claims, unproven, to be by "${IDENTITY}" of issuer "${ISSUER}"`,
      },
    });
  });

  test('puts what it claims into the message in printable ASCII and bounded', () => {
    const claimed: Signer = {
      kind: 'keyless',
      issuer: 'a\n\u001b[31m"\u202e\u0085\u{1f600}',
      identity: 'x'.repeat(5_000),
    };
    const result = judgeSigner(trustPolicy(), { kind: 'invalid', reason: why, claimed });
    const message = result.kind === 'failed' ? result.reason.message : '';

    expect(message).toContain('"a\\n\\u001b[31m\\"\\u202e\\u0085\\ud83d\\ude00"');
    expect(message).toContain(`"${'x'.repeat(256)}…"`);
    expect(message.length).toBeLessThan(1_000);
  });
});
