import type { Bundle } from '@sigstore/bundle';
import { SIGNATURE_PREDICATE_TYPE } from '../cosign/artifact-types.ts';
import type { CandidateContent } from '../cosign/candidate.ts';
import { legacyBundle } from '../cosign/legacy-bundle.ts';
import { checkPayload } from '../cosign/simple-signing-payload.ts';
import { readStatement } from '../cosign/statement.ts';
import { CountersignError, reason } from '../errors.ts';
import type { Digest } from '../registry/digest.ts';
import { bundleOf, readBundle } from '../sigstore/bundle.ts';
import type { VerificationOutcome } from '../sigstore/outcome.ts';
import type { Artifact } from '../sigstore/signed-content.ts';
import type { CompiledTrust } from '../sigstore/trust-material.ts';
import { claimedSigner, verifyBundle } from '../sigstore/verify-bundle.ts';

/**
 * Judges one signature: whether it is well-formed, about this image, and made by somebody the trust root vouches for.
 * Never throws: a signature that makes a parser stumble is an invalid one.
 *
 * @param trust Made when it is needed: trust material that can't be compiled makes the signature invalid too.
 * @param now Milliseconds since the epoch.
 */
export function verifyContent(
  content: CandidateContent,
  subject: Digest,
  trust: () => CompiledTrust,
  now: number,
): VerificationOutcome {
  let claim: Bundle | undefined;
  try {
    const compiled = trust();
    if (content.kind === 'simple-signing') {
      // Cheap first: a signature that was copied from another image costs no cryptography.
      checkPayload(content.payload, subject);
      claim = bundleOf(legacyBundle(content, compiled), compiled);
      return signed(claim, { bytes: content.payload }, compiled, now);
    }
    claim = readBundle(content.bytes, compiled);
    if (claim.content.$case === 'messageSignature') {
      return signed(claim, { sha256: Buffer.from(subject.slice('sha256:'.length), 'hex') }, compiled, now);
    }
    const { payloadType, payload } = claim.content.dsseEnvelope;
    const statement = readStatement(payloadType, payload);
    if (statement.predicateType !== SIGNATURE_PREDICATE_TYPE) {
      return { kind: 'attestation', predicateType: statement.predicateType };
    }
    if (!statement.isAbout(subject)) {
      throw new CountersignError('SUBJECT_MISMATCH', `no subject of the signed statement is ${subject}`);
    }
    return signed(claim, undefined, compiled, now);
  } catch (error) {
    const claimed = claim && claimedSigner(claim);
    return {
      kind: 'invalid',
      reason:
        error instanceof CountersignError
          ? error.reason
          : reason('SIGNATURE_MALFORMED', 'the signature cannot be read'),
      ...(claimed !== undefined && { claimed }),
    };
  }
}

function signed(
  bundle: Bundle,
  artifact: Artifact | undefined,
  trust: CompiledTrust,
  now: number,
): VerificationOutcome {
  return { kind: 'signed', signature: verifyBundle(bundle, artifact, trust, now) };
}
