import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { TrustMaterial } from '@sigstore/verify';
import { z } from 'zod';
import { decodeBase64 } from '../base64.ts';
import { CountersignError } from '../errors.ts';
import { readJson } from '../json-shape.ts';
import { parsePem } from '../pem.ts';
import type { VerifiedSignature } from '../verdict.ts';

/** Who an entry says has signed. */
interface RecordedSigner {
  readonly kind: 'certificate' | 'key';
  readonly der: Buffer;
}

/** What a signature is verified with: the leaf certificate, or a bare key. */
export interface SigningMaterial {
  /** DER; undefined for a bare key. */
  readonly certificate: Buffer | undefined;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
}

/** Rekor v1 records base64 of PEM. */
const pemVerifier = z.string().transform((text, context): RecordedSigner => {
  const block = parsePem(decodeBase64(text)?.toString('latin1') ?? '');
  if (block?.label === 'CERTIFICATE') return { kind: 'certificate', der: block.der };
  if (block?.label === 'PUBLIC KEY') return { kind: 'key', der: block.der };
  context.addIssue({ code: 'custom', message: 'not exactly one PEM certificate or public key' });
  return z.NEVER;
});

const rawBytes = z.strictObject({
  rawBytes: z.string().transform((text, context) => {
    const der = decodeBase64(text);
    if (der !== undefined) return der;
    context.addIssue({ code: 'custom', message: 'not canonical base64' });
    return z.NEVER;
  }),
});

/** Rekor v2 records DER, next to the name of the algorithm. */
const derVerifier = z
  .union([
    z.strictObject({ x509Certificate: rawBytes, keyDetails: z.string().optional() }),
    z.strictObject({ publicKey: rawBytes, keyDetails: z.string().optional() }),
  ])
  .transform(
    (verifier): RecordedSigner =>
      'x509Certificate' in verifier
        ? { kind: 'certificate', der: verifier.x509Certificate.rawBytes }
        : { kind: 'key', der: verifier.publicKey.rawBytes },
  );

/** Where each type of entry keeps the signer (rekor `pkg/types`, rekor-tiles `entry.proto`). */
const SIGNER_OF: Readonly<Record<string, z.ZodType<RecordedSigner>>> = {
  'hashedrekord 0.0.1': z
    .object({
      spec: z.object({ signature: z.object({ publicKey: z.object({ content: pemVerifier }) }) }),
    })
    .transform(({ spec }) => spec.signature.publicKey.content),
  'dsse 0.0.1': z
    .object({ spec: z.object({ signatures: z.tuple([z.object({ verifier: pemVerifier })]) }) })
    .transform(({ spec }) => spec.signatures[0].verifier),
  'intoto 0.0.2': z
    .object({
      spec: z.object({
        content: z.object({
          envelope: z.object({ signatures: z.tuple([z.object({ publicKey: pemVerifier })]) }),
        }),
      }),
    })
    .transform(({ spec }) => spec.content.envelope.signatures[0].publicKey),
  'hashedrekord 0.0.2': z
    .object({
      spec: z.object({ hashedRekordV002: z.object({ signature: z.object({ verifier: derVerifier }) }) }),
    })
    .transform(({ spec }) => spec.hashedRekordV002.signature.verifier),
  'dsse 0.0.2': z
    .object({
      spec: z.object({ dsseV002: z.object({ signatures: z.tuple([z.object({ verifier: derVerifier })]) }) }),
    })
    .transform(({ spec }) => spec.dsseV002.signatures[0].verifier),
};

/** Entries of logs that the trust root names. The others prove nothing and are left alone. */
export function entriesOfKnownLogs(
  entries: readonly TransparencyLogEntry[],
  logs: TrustMaterial['tlogs'],
): TransparencyLogEntry[] {
  return entries.filter((entry) => logs.some((log) => log.logID.equals(entry.logId.keyId)));
}

/**
 * The library refuses copies too, but where they tell a time it takes them for copies of a timestamp.
 *
 * @throws LOG_ENTRY_INVALID
 */
export function checkDistinct(entries: readonly TransparencyLogEntry[]): void {
  const seen = new Set<string>();
  for (const { logId, canonicalizedBody } of entries) {
    const log = logId.keyId.toString('hex');
    const record = `${log} ${canonicalizedBody.toString('base64')}`;
    if (seen.has(record)) {
      throw new CountersignError('LOG_ENTRY_INVALID', `the signature has one entry of the log ${log} twice`);
    }
    seen.add(record);
  }
}

/**
 * Compares the signer that the entry records with the one whose signature is being verified. The library compares only
 * signature and digest; with another key in the log, nobody who watches the log for that key would ever see the
 * signature.
 *
 * @throws LOG_ENTRY_MISMATCH, SIGNATURE_UNSUPPORTED
 */
export function checkRecordedSigner(entry: TransparencyLogEntry, signing: SigningMaterial): void {
  const type = `${entry.kindVersion.kind} ${entry.kindVersion.version}`;
  const schema = Object.hasOwn(SIGNER_OF, type) ? SIGNER_OF[type] : undefined;
  if (schema === undefined) {
    throw new CountersignError(
      'SIGNATURE_UNSUPPORTED',
      `the log entry is of type ${JSON.stringify(type.slice(0, 100))}, which is not verified`,
    );
  }
  const recorded = readJson(
    entry.canonicalizedBody,
    schema,
    'the body of the log entry',
    'LOG_ENTRY_MISMATCH',
  );
  const expected = signing.certificate ?? signing.spki;
  const isSame = recorded.kind === (signing.certificate === undefined ? 'key' : 'certificate');
  if (!isSame || !recorded.der.equals(expected)) {
    throw new CountersignError(
      'LOG_ENTRY_MISMATCH',
      `the log entry records another ${recorded.kind} than the one that signed`,
    );
  }
}

/**
 * An entry that is proven by inclusion alone carries no time of its own, so the library never holds the validity of
 * the log's key against one: the proven times of signing stand in.
 *
 * @throws LOG_ENTRY_INVALID
 */
export function checkLogValidity(
  entry: TransparencyLogEntry,
  logs: TrustMaterial['tlogs'],
  times: readonly number[],
): void {
  if (entry.inclusionPromise !== undefined) return;
  const instances = logs.filter((log) => log.logID.equals(entry.logId.keyId));
  const isValid = (time: number): boolean =>
    instances.some(({ validFor }) => validFor.start.getTime() <= time && time <= validFor.end.getTime());
  if (!times.every(isValid)) {
    throw new CountersignError(
      'LOG_ENTRY_INVALID',
      `the trust root does not trust the log ${entry.logId.keyId.toString('hex')} at the time of signing`,
    );
  }
}

/**
 * A proof says which tree it is for, and so does the checkpoint, which alone is signed and which alone the library reads.
 * Where the two differ, somebody has put them together.
 *
 * @param entry Its checkpoint has been verified.
 * @throws LOG_ENTRY_INVALID
 */
export function checkProvenTree({ inclusionProof }: TransparencyLogEntry): void {
  if (inclusionProof === undefined) return;
  const { rootHash, treeSize, checkpoint } = inclusionProof;
  // C2SP tlog-checkpoint: origin, size, root hash.
  const [, size, root = ''] = checkpoint?.envelope.split('\n') ?? [];
  const isSame =
    (rootHash.length === 0 || rootHash.equals(Buffer.from(root, 'base64'))) &&
    (treeSize === '0' || treeSize === size);
  if (!isSame) {
    throw new CountersignError(
      'LOG_ENTRY_INVALID',
      'the inclusion proof of the log entry names another tree than the checkpoint that the log signed',
    );
  }
}

/** Milliseconds; undefined where the log did not sign a time. */
export function integratedTimeOf(entry: TransparencyLogEntry): number | undefined {
  const seconds = Number(entry.integratedTime);
  return entry.inclusionPromise === undefined || seconds === 0 ? undefined : seconds * 1000;
}

/** Only what is authenticated: by the promise, or by the proof, whose index may differ from the entry's own. */
export function reportEntry(entry: TransparencyLogEntry): VerifiedSignature['logEntries'][number] {
  const time = integratedTimeOf(entry);
  const index = entry.inclusionPromise === undefined ? entry.inclusionProof?.logIndex : entry.logIndex;
  return {
    logId: entry.logId.keyId.toString('hex'),
    logIndex: index ?? entry.logIndex,
    ...(time !== undefined && { integratedTime: time / 1000 }),
  };
}
