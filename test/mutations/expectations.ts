import type { ErrorCode } from '../../src/errors.ts';
import type { VerificationOutcome } from '../../src/sigstore/outcome.ts';
import type { VerifiedSignature } from '../../src/verdict.ts';
import type { Mutation } from './documents.ts';
import type { Material } from './material.ts';

/** What may come of a damaged field; the first entry whose `field` matches counts. */
interface Expectation {
  readonly field: RegExp;
  readonly codes: readonly (ErrorCode | 'ATTESTATION')[];
}

const SIGNATURE = ['SIGNATURE_INVALID', 'KEY_MISMATCH'] as const;
const CERTIFICATE = [
  'CERTIFICATE_INVALID',
  'CERTIFICATE_UNTRUSTED',
  'SIGNATURE_INVALID',
  'LOG_ENTRY_MISMATCH',
] as const;
const ENTRY_BODY = ['LOG_ENTRY_MISMATCH', 'LOG_ENTRY_INVALID', 'SIGNATURE_UNSUPPORTED'] as const;
const SIGNED_TIME = ['LOG_ENTRY_INVALID', 'CERTIFICATE_EXPIRED', 'TIMESTAMP_MISSING'] as const;

/** SIGNATURE_MALFORMED is fitting everywhere: the form comes first. */
const EXPECTATIONS: readonly Expectation[] = [
  { field: /^dsseEnvelope\.payload(>|$)/, codes: ['SUBJECT_MISMATCH', 'ATTESTATION', ...SIGNATURE] },
  { field: /^dsseEnvelope\.payloadType$/, codes: ['SIGNATURE_UNSUPPORTED'] },
  { field: /^dsseEnvelope\.signatures\.0\.sig$/, codes: SIGNATURE },
  { field: /^dsseEnvelope/, codes: [] },
  { field: /certificate(\.rawBytes)?(>|$)/, codes: [...CERTIFICATE, 'SIGNER_KIND_MISMATCH'] },
  { field: /tlogEntries\.0\.canonicalizedBody|Payload\.body/, codes: ENTRY_BODY },
  { field: /inclusionProof/, codes: ['LOG_ENTRY_INVALID'] },
  { field: /inclusionPromise$/, codes: ['TIMESTAMP_MISSING'] },
  { field: /signedEntryTimestamp$|SignedEntryTimestamp$/, codes: ['LOG_ENTRY_INVALID'] },
  { field: /integratedTime$/, codes: SIGNED_TIME },
  { field: /kindVersion/, codes: ['SIGNATURE_UNSUPPORTED'] },
  { field: /logId\.keyId$|logID$/, codes: ['LOG_UNTRUSTED'] },
  { field: /logIndex$/, codes: ['LOG_ENTRY_INVALID'] },
  { field: /tlogEntries\.0$/, codes: ['LOG_ENTRY_MISSING', 'LOG_ENTRY_INVALID', 'TIMESTAMP_INVALID'] },
  { field: /tlogEntries$|^annotations>bundle$/, codes: ['LOG_ENTRY_MISSING', 'LOG_ENTRY_MISMATCH'] },
  {
    field: /signedTimestamp$|SignedRFC3161Timestamp$|^annotations>timestamp$/,
    codes: ['TIMESTAMP_INVALID', 'TIMESTAMP_UNTRUSTED', 'CERTIFICATE_EXPIRED'],
  },
  // Without a timestamp the present time counts where no log entry is demanded, and the certificate is of the past.
  {
    field: /timestampVerificationData|rfc3161Timestamps/,
    codes: ['TIMESTAMP_MISSING', 'TIMESTAMP_INVALID', 'CERTIFICATE_EXPIRED'],
  },
  { field: /^annotations>signature$/, codes: SIGNATURE },
  { field: /^payload/, codes: ['SUBJECT_MISMATCH', ...SIGNATURE] },
  { field: /./, codes: [] },
];

/** Changes after which the signature still verifies, as it should. */
export interface Harmless {
  readonly field: RegExp;
  readonly change: RegExp;
  readonly only?: (material: Material) => boolean;
  readonly why: string;
}

const hasPromise = ({ log }: Material): boolean => log === 'rekor v1';
const isTimedTwice = (material: Material): boolean => hasPromise(material) && material.timestamp;

const HARMLESS: readonly Harmless[] = [
  { field: /^$/, change: /^trailing white space$/, why: 'white space around JSON says nothing' },
  {
    field: /^annotations>(bundle|timestamp)$/,
    change: /^(a blank behind|trailing white space)$/,
    why: 'white space around JSON says nothing',
  },
  {
    field: /^annotations>certificate$/,
    change: /^(a blank behind|CRLF|one long line)$/,
    why: 'RFC 7468 lets PEM lines end and break in several ways; the certificate is the same',
  },
  {
    field: /^annotations>chain$/,
    change: /./,
    why: 'whom to trust is the trust root’s to say: the chain is not read',
  },
  {
    field: /publicKey\.hint$/,
    change: /./,
    why: 'a hint at the key; every key of the policy is tried, and the signature tells',
  },
  { field: /publicKey$/, change: /^emptied$/, why: 'the hint is left out' },
  {
    field:
      /^verificationMaterial.tlogEntries.0\.(logIndex|integratedTime)$|inclusionProof\.(logIndex|treeSize)$/,
    change: /^as a number$/,
    why: 'protobuf’s JSON writes 64-bit integers as numbers, too',
  },
  {
    field: /^verificationMaterial.tlogEntries.0\.logIndex$/,
    change: /^(removed|zero|one more|one less|a day later|number instead)$/,
    only: (material) => !hasPromise(material),
    why: 'only a promise signs this index; without one, the index of the proof counts and is reported',
  },
  {
    field: /inclusionProof\.rootHash$/,
    change: /^(removed|emptied)$/,
    why: 'the checkpoint says the root, signed; the proof need not say it again',
  },
  {
    field: /inclusionProof\.treeSize$/,
    change: /^(removed|zero)$/,
    why: 'the checkpoint says the size, signed; the proof need not say it again',
  },
  {
    field: /checkpoint\.envelope$/,
    change: /^(a blank|a NUL) behind$/,
    why: 'stands behind the signatures, where nothing is read',
  },
  {
    field: /signature line$/,
    change: /^(twice|an unknown signature (before|behind)|words behind)$/,
    why: 'a checkpoint carries the signatures of witnesses, too; those of strangers are not counted',
  },
  {
    field: /signature line$/,
    change: /^a part of the name$/,
    why: 'the name of a signature is not signed; key and key hint tell whose it is',
  },
  {
    field: /signature line$/,
    change: /^base64 for URLs$/,
    why: 'another spelling of the same signature, which is over the note alone',
  },
  {
    field: /inclusionPromise$/,
    change: /^removed$/,
    only: isTimedTwice,
    why: 'proof and timestamp are left: a later form of the same evidence',
  },
  {
    field: /timestampVerificationData|rfc3161Timestamps(\.0)?$|^annotations>timestamp$/,
    change: /^(removed|emptied|key in upper case)$/,
    only: isTimedTwice,
    why: 'the promise of the log proves the time; less evidence, none of it changed',
  },
  {
    field: /signedTimestamp$|SignedRFC3161Timestamp$|^annotations>timestamp$/,
    change: /^(byte \d+ flipped|a letter changed)$/,
    why: 'the frame of the CMS message (timestamp.test.ts names it byte by byte), or an authority that nobody knows any more, beside another proof of time',
  },
];

/** What came of a mutation: a code, `ATTESTATION`, or `VERIFIED`. */
export function codeOf(outcome: VerificationOutcome): string {
  if (outcome.kind === 'invalid') return outcome.reason.code;
  return outcome.kind === 'attestation' ? 'ATTESTATION' : 'VERIFIED';
}

/** Why this is not what was expected; undefined where it is. */
export function complaint(
  material: Material,
  honest: VerifiedSignature,
  { field, change }: Pick<Mutation, 'field' | 'change'>,
  outcome: VerificationOutcome,
): string | undefined {
  const code = codeOf(outcome);
  const what = `${material.name}: ${field || 'the whole'}, ${change}: ${code}`;
  if (outcome.kind === 'signed') {
    if (harmless(material, field, change) === undefined)
      return `${what}, and no reason is known why that is harmless`;
    return isPartOf(outcome.signature, honest)
      ? undefined
      : `${what}, and it says something else than before`;
  }
  const expected = EXPECTATIONS.find((expectation) => expectation.field.test(field))?.codes ?? [];
  const isFitting = code === 'SIGNATURE_MALFORMED' || expected.some((each) => each === code);
  return isFitting ? undefined : `${what}, expected SIGNATURE_MALFORMED ${expected.join(' ')}`;
}

export function harmless(material: Material, field: string, change: string): Harmless | undefined {
  return HARMLESS.find(
    (entry) => entry.field.test(field) && entry.change.test(change) && (entry.only?.(material) ?? true),
  );
}

/** The same signer, and nothing about log and time that was not there before. */
export function isPartOf(changed: VerifiedSignature, honest: VerifiedSignature): boolean {
  const isEntry = (entry: VerifiedSignature['logEntries'][number]): boolean =>
    honest.logEntries.some(({ logId, integratedTime }) => {
      const isTime = entry.integratedTime === undefined || entry.integratedTime === integratedTime;
      return entry.logId === logId && isTime;
    });
  return (
    JSON.stringify(changed.signer) === JSON.stringify(honest.signer) &&
    changed.times.every((time) => honest.times.includes(time)) &&
    changed.logEntries.every(isEntry) &&
    changed.validUntil === honest.validUntil
  );
}
