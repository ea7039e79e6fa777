import { createHash, createPublicKey } from 'node:crypto';
import { type ErrorCode, type Reason, reason } from '../errors.ts';
import type { SignatureReport, Signer, VerifiedSignature } from '../verdict.ts';
import { formatExpected, formatPolicy, formatSigner } from './format.ts';
import type { IdentityRequirement, PublicKey, TrustPolicy } from './trust-policy.ts';

/** What cryptography says of a candidate. */
export type SignatureOutcome =
  | { readonly kind: 'signed'; readonly signature: VerifiedSignature }
  /** `claimed` is what the certificate says, unproven: it goes into the message and nowhere else. */
  | { readonly kind: 'invalid'; readonly reason: Reason; readonly claimed?: Signer };

type KeylessSigner = Extract<Signer, { kind: 'keyless' }>;

/**
 * Holds one signature against one trust policy. A signature that verified satisfies the policy when its signer is one
 * that the policy names: for `keys` one of them; for `keyless` one of the identities, where issuer and identity match
 * the same entry.
 *
 * Which mismatch is reported where the certificate verified and no entry matches:
 * - IDENTITY_MISMATCH: some entry trusts this issuer, and no entry trusts this identity
 * - ISSUER_MISMATCH: otherwise, be it that the identity is trusted from another issuer only, or that nothing matches
 *
 * @throws nothing: what can't be satisfied is `failed`
 */
export function judgeSigner(policy: TrustPolicy, outcome: SignatureOutcome): SignatureReport['result'] {
  if (outcome.kind === 'invalid') return { kind: 'failed', reason: withClaim(outcome) };
  const { signature } = outcome;
  const { signer } = signature;
  const code = mismatchOf(policy, signer);
  if (code === undefined) return { kind: 'satisfied', signature };
  const message = `signed by ${formatSigner(signer)}; ${formatPolicy(policy)} expects ${formatExpected(policy.signedBy)}`;
  return { kind: 'failed', reason: reason(code, message), signer };
}

function mismatchOf({ signedBy }: TrustPolicy, signer: Signer): ErrorCode | undefined {
  if (signedBy.kind === 'keyless') {
    return signer.kind === 'keyless' ? identityMismatch(signedBy.identities, signer) : 'SIGNER_KIND_MISMATCH';
  }
  if (signer.kind !== 'key') return 'SIGNER_KIND_MISMATCH';
  return signedBy.keys.some((key) => fingerprintOf(key) === signer.fingerprint) ? undefined : 'KEY_MISMATCH';
}

function identityMismatch(
  required: readonly IdentityRequirement[],
  { issuer, identity }: KeylessSigner,
): ErrorCode | undefined {
  if (required.some((entry) => entry.issuer.matches(issuer) && entry.identity.matches(identity))) {
    return undefined;
  }
  const issuerTrusted = required.some((entry) => entry.issuer.matches(issuer));
  const identityTrusted = required.some((entry) => entry.identity.matches(identity));
  return issuerTrusted && !identityTrusted ? 'IDENTITY_MISMATCH' : 'ISSUER_MISMATCH';
}

/** By the key itself, not by its name: two names may stand for one key, and one name must not stand for two. */
function fingerprintOf({ pem }: PublicKey): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

function withClaim({ reason: why, claimed }: Extract<SignatureOutcome, { kind: 'invalid' }>): Reason {
  if (claimed === undefined) return why;
  return {
    ...why,
    message: `${why.message}; the signature claims, unproven, to be by ${formatSigner(claimed)}`,
  };
}
