import type { Bundle, TransparencyLogEntry } from '@sigstore/bundle';
import { SIGNATURE_PREDICATE_TYPE } from '../cosign/artifact-types.ts';
import type { CandidateContent } from '../cosign/candidate.ts';
import { legacyBundle } from '../cosign/legacy-bundle.ts';
import { checkPayload } from '../cosign/simple-signing-payload.ts';
import { readStatement } from '../cosign/statement.ts';
import { CountersignError, type Reason, reason, reasonOf } from '../errors.ts';
import type { Digest } from '../registry/digest.ts';
import { bundleOf, leafOf, readBundle } from '../sigstore/bundle.ts';
import { claimedSigner } from '../sigstore/verify-bundle.ts';
import type { Signer } from '../verdict.ts';

/** What a signature says of itself. Nothing of it is proven: anybody can write anything into an artifact. */
export interface Claims {
  readonly says: 'signature' | 'attestation';
  /** Of the in-toto statement; absent where there is none. */
  readonly predicateType?: string;
  readonly about: 'this image' | 'something else';
  /** `unreadable`: a certificate that can't be one that signs code. */
  readonly signedWith: 'certificate' | 'unreadable certificate' | 'key';
  /** Absent for keys, which have no names, and where the certificate can't be read. */
  readonly signer?: Extract<Signer, { kind: 'keyless' }>;
  readonly logEntries: readonly ClaimedLogEntry[];
  /** RFC 3161 timestamps that it brings. */
  readonly timestamps: number;
}

interface ClaimedLogEntry {
  readonly logIndex: string;
  /** RFC 3339; absent where the log tells none. */
  readonly integratedTime?: string;
}

const LOG_ENTRIES = { transparencyLog: true };

/** Reads what a candidate claims, within the limits of verification and without judging; a reason where it can't be read. */
export function readClaims(content: CandidateContent, subject: Digest): Claims | Reason {
  try {
    if (content.kind === 'simple-signing') {
      const bundle = bundleOf(legacyBundle(content, LOG_ENTRIES), LOG_ENTRIES);
      const isAbout = holds(() => checkPayload(content.payload, subject));
      return { says: 'signature', about: aboutOf(isAbout), ...claimsOf(bundle) };
    }
    const bundle = readBundle(content.bytes, LOG_ENTRIES);
    if (bundle.content.$case === 'messageSignature') {
      const signed = bundle.content.messageSignature.messageDigest.digest.toString('hex');
      return { says: 'signature', about: aboutOf(subject === `sha256:${signed}`), ...claimsOf(bundle) };
    }
    const { payloadType, payload } = bundle.content.dsseEnvelope;
    const { predicateType, isAbout } = readStatement(payloadType, payload);
    const says = predicateType === SIGNATURE_PREDICATE_TYPE ? 'signature' : 'attestation';
    return { says, predicateType, about: aboutOf(isAbout(subject)), ...claimsOf(bundle) };
  } catch (error) {
    // Hostile certificates and bundles make parsers throw errors of their own.
    return error instanceof CountersignError
      ? reasonOf(error)
      : reason('SIGNATURE_MALFORMED', 'the signature cannot be read');
  }
}

function claimsOf(bundle: Bundle): Pick<Claims, 'signedWith' | 'signer' | 'logEntries' | 'timestamps'> {
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  return {
    ...signerOf(bundle),
    logEntries: tlogEntries.map(logEntryOf),
    timestamps: timestampVerificationData?.rfc3161Timestamps.length ?? 0,
  };
}

function signerOf(bundle: Bundle): Pick<Claims, 'signedWith' | 'signer'> {
  if (leafOf(bundle) === undefined) return { signedWith: 'key' };
  const signer = claimedSigner(bundle);
  return signer?.kind === 'keyless'
    ? { signedWith: 'certificate', signer }
    : { signedWith: 'unreadable certificate' };
}

function logEntryOf({ logIndex, integratedTime }: TransparencyLogEntry): ClaimedLogEntry {
  const time = new Date(Number(integratedTime) * 1_000);
  const isTold = Number(integratedTime) > 0 && !Number.isNaN(time.getTime());
  return { logIndex, ...(isTold && { integratedTime: time.toISOString() }) };
}

function aboutOf(isAbout: boolean): Claims['about'] {
  return isAbout ? 'this image' : 'something else';
}

/** Whether a check passes that throws SUBJECT_MISMATCH where it does not. */
function holds(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'SUBJECT_MISMATCH') return false;
    throw error;
  }
}
