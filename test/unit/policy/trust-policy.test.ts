import { describe, expect, test } from 'vitest';
import { anywhereMatcher, exactMatcher, wholeMatcher } from '../../../src/policy/matcher.ts';
import { createTrustPolicy, type Matcher, type TrustPolicy } from '../../../src/policy/trust-policy.ts';
import { IDENTITY, ISSUER, keyless, trustPolicy } from './builders.ts';

function withMatcher(identity: Matcher): TrustPolicy {
  return trustPolicy({
    signedBy: {
      kind: 'keyless',
      ctLogVerify: true,
      identities: [{ issuer: exactMatcher(ISSUER), identity }],
    },
  });
}

describe('createTrustPolicy', () => {
  test('keeps the fields and adds a fingerprint', () => {
    const policy = trustPolicy();

    expect(policy).toMatchObject({ name: 'release', scopes: ['ghcr.io/org/*'], tLogVerify: true });
    expect(policy.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('gives equal fields an equal fingerprint, however the objects were built', () => {
    expect(trustPolicy().fingerprint).toBe(trustPolicy().fingerprint);
    expect(trustPolicy({ verifier: { name: 'cosign', kind: 'Verifier' } }).fingerprint).toBe(
      trustPolicy().fingerprint,
    );
  });

  // F1: what a cache key is made of must tell all of these apart.
  test('gives every difference another fingerprint', () => {
    const { trustRoot: _root, fingerprint: _fingerprint, ...rootless } = trustPolicy();
    const fields: Partial<TrustPolicy>[] = [
      {},
      { name: 'other' },
      { verifier: { kind: 'Verifier', name: 'other' } },
      { verifier: { kind: 'Verifier', name: 'cosign', namespace: 'team-a' } },
      { scopes: ['ghcr.io/org/*', 'ghcr.io/other/*'] },
      { scopes: ['ghcr.io/org/app'] },
      { tLogVerify: false },
      { requireDigest: true },
      { trustRoot: { name: 'public-good', json: '{}', fingerprint: 'beef' } },
      { trustRoot: { name: 'private', json: '{}', fingerprint: 'f00d' } },
      { signedBy: { ...keyless([[ISSUER, IDENTITY]]), ctLogVerify: false } as TrustPolicy['signedBy'] },
      { signedBy: keyless([[ISSUER, 'someone@example.com']]) },
      { signedBy: keyless([[IDENTITY, ISSUER]]) },
      {
        signedBy: keyless([
          [ISSUER, IDENTITY],
          [ISSUER, 'b'],
        ]),
      },
      { signedBy: { kind: 'keys', keys: [{ name: 'a', pem: 'p' }] } },
      { signedBy: { kind: 'keys', keys: [{ name: 'a', pem: 'q' }] } },
      { signedBy: { kind: 'keys', keys: [{ name: 'b', pem: 'p' }] } },
      {
        signedBy: {
          kind: 'keys',
          keys: [
            { name: 'a', pem: 'p' },
            { name: 'b', pem: 'q' },
          ],
        },
      },
    ];
    const policies = [
      ...fields.map((field) => trustPolicy(field)),
      withMatcher(anywhereMatcher(IDENTITY)),
      withMatcher(wholeMatcher(IDENTITY)),
      createTrustPolicy(rootless),
    ];

    expect(new Set(policies.map(({ fingerprint }) => fingerprint)).size).toBe(policies.length);
  });
});
