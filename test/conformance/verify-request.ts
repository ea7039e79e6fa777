import { readStatement } from '../../src/cosign/statement.ts';
import { CountersignError } from '../../src/errors.ts';
import { judgeSigner } from '../../src/policy/judge.ts';
import { exactMatcher } from '../../src/policy/matcher.ts';
import { createTrustPolicy, type SignedBy } from '../../src/policy/trust-policy.ts';
import { type Digest, digestOf } from '../../src/registry/digest.ts';
import { readBundle } from '../../src/sigstore/bundle.ts';
import type { Artifact } from '../../src/sigstore/signed-content.ts';
import { compileTrust } from '../../src/sigstore/trust-material.ts';
import { verifyBundle } from '../../src/sigstore/verify-bundle.ts';
import type { VerifiedSignature } from '../../src/verdict.ts';
import { trustSpecOf } from '../../src/verification/trust-spec.ts';

/** One question of the suite: is this bundle a signature of this artifact, by this signer? */
export interface ConformanceRequest {
  readonly bundle: Uint8Array;
  /** Text of a `trusted_root.json`. */
  readonly trustedRoot: string;
  readonly signer: ConformanceSigner;
  readonly artifact: ConformanceArtifact;
}

export type ConformanceSigner =
  | { readonly kind: 'identity'; readonly identity: string; readonly issuer: string }
  /** A PEM public key. */
  | { readonly kind: 'key'; readonly pem: string };

/** The artifact itself, or its digest alone. */
export type ConformanceArtifact = { readonly bytes: Uint8Array } | { readonly digest: Digest };

/**
 * Verifies as the provider does, except that an artifact is any file: a DSSE envelope holds a statement of any
 * predicate type, and a message signature is over the file.
 *
 * @param now Milliseconds since the epoch.
 * @throws CountersignError
 */
export function verifyRequest(request: ConformanceRequest, now: number): VerifiedSignature {
  const policy = createTrustPolicy({
    name: 'conformance',
    verifier: { kind: 'Verifier', name: 'conformance' },
    scopes: ['*'],
    signedBy: signedByOf(request.signer),
    tLogVerify: true,
    requireDigest: false,
    trustRoot: { name: 'trusted-root', json: request.trustedRoot, fingerprint: 'trusted-root' },
  });
  const trust = compileTrust(trustSpecOf(policy));
  const bundle = readBundle(request.bundle, trust);
  const signature = verifyBundle(bundle, artifactOf(request.artifact), trust, now);
  if (bundle.content.$case === 'dsseEnvelope') {
    const { payloadType, payload } = bundle.content.dsseEnvelope;
    const { artifact } = request;
    const digest = 'bytes' in artifact ? digestOf(artifact.bytes) : artifact.digest;
    if (!readStatement(payloadType, payload).isAbout(digest)) {
      throw new CountersignError('SUBJECT_MISMATCH', `no subject of the signed statement is ${digest}`);
    }
  }
  const judged = judgeSigner(policy, { kind: 'signed', signature });
  if (judged.kind === 'failed') throw new CountersignError(judged.reason.code, judged.reason.message);
  return signature;
}

function signedByOf(signer: ConformanceSigner): SignedBy {
  if (signer.kind === 'key') return { kind: 'keys', keys: [{ name: 'key', pem: signer.pem }] };
  const { identity, issuer } = signer;
  return {
    kind: 'keyless',
    identities: [{ issuer: exactMatcher(issuer), identity: exactMatcher(identity) }],
    ctLogVerify: true,
  };
}

function artifactOf(artifact: ConformanceArtifact): Artifact {
  if ('bytes' in artifact) return artifact;
  return { sha256: Buffer.from(artifact.digest.slice('sha256:'.length), 'hex') };
}
