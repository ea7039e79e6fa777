import { type Reason, reason } from '../../../src/errors.ts';
import { exactMatcher } from '../../../src/policy/matcher.ts';
import { createTrustPolicy, type SignedBy, type TrustPolicy } from '../../../src/policy/trust-policy.ts';
import type { SignatureReport, SignatureSource, VerifiedSignature } from '../../../src/verdict.ts';

export const ISSUER = 'https://token.actions.githubusercontent.com';
export const IDENTITY = 'https://github.com/org/repo/.github/workflows/release.yaml@refs/heads/main';

export const source: SignatureSource = {
  path: 'referrers-api',
  manifest: `sha256:${'a'.repeat(64)}`,
  blob: `sha256:${'b'.repeat(64)}`,
  form: 'bundle',
};

export function keyless(identities: readonly (readonly [issuer: string, identity: string])[]): SignedBy {
  return {
    kind: 'keyless',
    ctLogVerify: true,
    identities: identities.map(([issuer, identity]) => ({
      issuer: exactMatcher(issuer),
      identity: exactMatcher(identity),
    })),
  };
}

export function trustPolicy(overrides: Partial<Omit<TrustPolicy, 'fingerprint'>> = {}): TrustPolicy {
  return createTrustPolicy({
    name: 'release',
    verifier: { kind: 'Verifier', name: 'cosign' },
    scopes: ['ghcr.io/org/*'],
    signedBy: keyless([[ISSUER, IDENTITY]]),
    tLogVerify: true,
    requireDigest: false,
    trustRoot: { name: 'public-good', json: '{}', fingerprint: 'f00d' },
    ...overrides,
  });
}

export function signature(overrides: Partial<VerifiedSignature> = {}): VerifiedSignature {
  return {
    signer: { kind: 'keyless', issuer: ISSUER, identity: IDENTITY },
    logEntries: [{ logId: 'c0ffee', logIndex: '7' }],
    times: [1_700_000_000_000],
    ...overrides,
  };
}

export function satisfied(policy: TrustPolicy, validUntil?: number): SignatureReport {
  const proven = signature(validUntil === undefined ? {} : { validUntil });
  return reportOf(policy, { kind: 'satisfied', signature: proven });
}

export function failed(
  policy: TrustPolicy,
  why: Reason = reason('SIGNATURE_INVALID', 'no'),
): SignatureReport {
  return reportOf(policy, { kind: 'failed', reason: why });
}

function reportOf(policy: TrustPolicy, result: SignatureReport['result']): SignatureReport {
  return { source, verifier: policy.verifier.name, policy: policy.name, result };
}
