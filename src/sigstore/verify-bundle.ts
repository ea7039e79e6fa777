import type { Bundle, TransparencyLogEntry } from '@sigstore/bundle';
import { ASN1Obj, EXTENSION_OID_SCT, X509Certificate } from '@sigstore/core';
import { type SignedEntity, toSignedEntity } from '@sigstore/verify';
import { CountersignError } from '../errors.ts';
import type { Signer, VerifiedSignature } from '../verdict.ts';
import { leafOf } from './bundle.ts';
import { readSigningCertificate, type SigningCertificate } from './certificate.ts';
import { fromLibrary } from './library-error.ts';
import {
  checkDistinct,
  checkLogValidity,
  checkProvenTree,
  checkRecordedSigner,
  entriesOfKnownLogs,
  integratedTimeOf,
  reportEntry,
  type SigningMaterial,
} from './log-entry.ts';
import { type Artifact, type SignedContent, signedContent } from './signed-content.ts';
import { type KnownTimestamp, timestampsOfKnownAuthorities } from './timestamp.ts';
import type { CompiledTrust, TrustedKey } from './trust-material.ts';

/** Who signed, by the bundle's own word and the signature over the content; not yet vouched for by anybody. */
type Claim =
  | { readonly kind: 'keyless'; readonly certificate: SigningCertificate }
  | { readonly kind: 'key'; readonly key: TrustedKey };

/** What the bundle brings to prove time and publicity, as far as the trust root knows who made it. */
interface Evidence {
  readonly entries: readonly TransparencyLogEntry[];
  readonly timestamps: readonly KnownTimestamp[];
  /** Milliseconds; proven once the library has verified entries and timestamps. */
  readonly times: readonly number[];
}

/**
 * Verifies a bundle: signature, signer, transparency log, time. What was signed is the caller's to compare: the payload
 * of a DSSE envelope is covered by the signature, but nobody has looked into it.
 *
 * @param artifact What a message signature is over; not needed for a DSSE envelope.
 * @param now Milliseconds since the epoch.
 * @throws CountersignError with a code of the class `rejected`
 */
export function verifyBundle(
  bundle: Bundle,
  artifact: Artifact | undefined,
  trust: CompiledTrust,
  now: number,
): VerifiedSignature {
  try {
    return verify(bundle, signedContent(bundle, artifact), trust, now);
  } catch (error) {
    throw fromLibrary(error);
  }
}

/** What the certificate says, unproven; undefined where there is none, or none that can be read. */
export function claimedSigner(bundle: Bundle): Signer | undefined {
  const leaf = leafOf(bundle);
  if (leaf === undefined) return undefined;
  try {
    return readSigningCertificate(leaf).signer;
  } catch {
    return undefined;
  }
}

function verify(
  bundle: Bundle,
  content: SignedContent,
  trust: CompiledTrust,
  now: number,
): VerifiedSignature {
  const claim = claimOf(bundle, content, trust);
  const evidence = gather(bundle, trust);
  const signing = signingMaterial(claim);
  for (const entry of evidence.entries) checkRecordedSigner(entry, signing);

  const restsOnNow = claim.kind === 'keyless' && evidence.times.length === 0;
  if (claim.kind === 'keyless') checkValidity(claim.certificate, restsOnNow ? [now] : evidence.times);
  const entity = entityOf(bundle, content, claim, evidence, trust);
  if (restsOnNow) entity.timestamps.push(presentTime(now));
  // Without an identity policy: identities are compared by the trust policy, exactly or by RE2.
  (entity.timestamps.length === 0 ? trust.untimed : trust.verifier).verify(entity);
  for (const entry of evidence.entries) {
    checkProvenTree(entry);
    checkLogValidity(entry, trust.material.tlogs, evidence.times);
  }

  return {
    signer: signerOf(claim),
    logEntries: evidence.entries.map(reportEntry),
    times: evidence.times,
    ...(restsOnNow && { validUntil: claim.certificate.notAfter }),
  };
}

function claimOf(bundle: Bundle, content: SignedContent, trust: CompiledTrust): Claim {
  const leaf = leafOf(bundle);
  if (trust.keys.length > 0) {
    if (leaf !== undefined) {
      throw new CountersignError(
        'SIGNER_KIND_MISMATCH',
        'the policy asks for a public key, and the signature was made with a certificate',
      );
    }
    // The hint in the bundle is anybody's word; the signature is not.
    const key = trust.keys.find((candidate) => content.verifySignature(candidate.key));
    if (key !== undefined) return { kind: 'key', key };
    const names = trust.keys.map(({ name }) => name).join(', ');
    throw new CountersignError(
      'KEY_MISMATCH',
      `none of the public keys of the policy made the signature: ${names}`,
    );
  }
  if (leaf === undefined) {
    throw new CountersignError(
      'SIGNER_KIND_MISMATCH',
      'the policy asks for a certificate, and the signature was made with a bare key',
    );
  }
  const certificate = readSigningCertificate(leaf);
  if (!content.verifySignature(certificate.key.key)) {
    throw new CountersignError(
      'SIGNATURE_INVALID',
      'the signature over the content was not made with the key of the certificate',
    );
  }
  return { kind: 'keyless', certificate };
}

/** The library compares too, but can't say of which certificate of the chain it found what. */
function checkValidity({ notBefore, notAfter }: SigningCertificate, times: readonly number[]): void {
  const outside = times.find((time) => !(notBefore <= time && time <= notAfter));
  if (outside === undefined) return;
  const [from, until, at] = [notBefore, notAfter, outside].map((time) => new Date(time).toISOString());
  throw new CountersignError(
    'CERTIFICATE_EXPIRED',
    `the signing certificate is valid from ${from} to ${until}, and the signature is of ${at}`,
  );
}

function gather(bundle: Bundle, trust: CompiledTrust): Evidence {
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const entries = trust.transparencyLog ? entriesOfKnownLogs(tlogEntries, trust.material.tlogs) : [];
  const stamped = timestampVerificationData?.rfc3161Timestamps ?? [];
  const timestamps = timestampsOfKnownAuthorities(stamped, trust.material.timestampAuthorities);
  const integrated = entries.map(integratedTimeOf).filter((time) => time !== undefined);
  const times = [...integrated, ...timestamps.map(({ time }) => time)];
  if (trust.transparencyLog && entries.length === 0) throw noEntry(tlogEntries);
  checkDistinct(entries);
  if (trust.transparencyLog && times.length === 0) throw noTime(stamped.length > 0);
  return { entries, timestamps, times };
}

function noEntry(foreign: readonly TransparencyLogEntry[]): CountersignError {
  const [first] = foreign;
  if (first === undefined) {
    return new CountersignError(
      'LOG_ENTRY_MISSING',
      'the policy demands a transparency log entry, and the signature has none',
    );
  }
  return new CountersignError(
    'LOG_UNTRUSTED',
    `the trust root does not name the transparency log ${first.logId.keyId.toString('hex').slice(0, 64)}, which recorded the signature`,
  );
}

function noTime(isStamped: boolean): CountersignError {
  return isStamped
    ? new CountersignError(
        'TIMESTAMP_UNTRUSTED',
        'the signature has timestamps only of authorities that the trust root does not name, and its log entry tells no time',
      )
    : new CountersignError(
        'TIMESTAMP_MISSING',
        'neither a transparency log nor a timestamp authority vouches for the time of signing',
      );
}

/**
 * Always by way of `toSignedEntity`: it alone ties the times that count to the entries that are verified. The bundle
 * is reduced to evidence by known authorities first, since the library lets an unknown one fail the whole bundle.
 */
function entityOf(
  bundle: Bundle,
  signature: SignedContent,
  claim: Claim,
  evidence: Evidence,
  trust: CompiledTrust,
): SignedEntity {
  const entity = toSignedEntity({
    ...bundle,
    verificationMaterial: {
      ...bundle.verificationMaterial,
      tlogEntries: [...evidence.entries],
      timestampVerificationData: { rfc3161Timestamps: evidence.timestamps.map(({ signed }) => signed) },
    },
  });
  return { ...entity, signature, key: verificationKey(claim, trust) };
}

function verificationKey(claim: Claim, trust: CompiledTrust): SignedEntity['key'] {
  if (claim.kind === 'key') return { $case: 'public-key', hint: claim.key.fingerprint };
  const root = ASN1Obj.parseBuffer(Buffer.from(claim.certificate.der));
  const certificate = trust.certificateTransparency ? new X509Certificate(root) : new WithoutScts(root);
  return { $case: 'certificate', certificate };
}

/** The library reads SCTs from a copy, and rejects any by an unknown log even where it demands none. */
class WithoutScts extends X509Certificate {
  override clone(): X509Certificate {
    const copy = super.clone();
    const { extensions } = copy;
    const index = extensions.findIndex(({ subs }) => subs[0]?.toOID() === EXTENSION_OID_SCT);
    if (index >= 0) extensions.splice(index, 1);
    return copy;
  }
}

/** The library takes times only from evidence. An entry that nobody verifies hands it the present one. */
function presentTime(now: number): SignedEntity['timestamps'][number] {
  return {
    $case: 'transparency-log',
    tlogEntry: {
      logIndex: '0',
      logId: { keyId: Buffer.alloc(0) },
      kindVersion: { kind: '', version: '' },
      integratedTime: String(Math.floor(now / 1000)),
      inclusionPromise: { signedEntryTimestamp: Buffer.alloc(0) },
      inclusionProof: undefined,
      canonicalizedBody: Buffer.alloc(0),
    },
  };
}

function signingMaterial(claim: Claim): SigningMaterial {
  return claim.kind === 'key'
    ? { certificate: undefined, spki: claim.key.spki }
    : { certificate: claim.certificate.der, spki: claim.certificate.key.spki };
}

function signerOf(claim: Claim): Signer {
  return claim.kind === 'key'
    ? { kind: 'key', name: claim.key.name, fingerprint: claim.key.fingerprint }
    : claim.certificate.signer;
}
