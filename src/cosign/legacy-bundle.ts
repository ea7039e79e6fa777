import { createHash } from 'node:crypto';
import { z } from 'zod';
import { decodeBase64 } from '../base64.ts';
import { CountersignError } from '../errors.ts';
import { readJson } from '../json-shape.ts';
import { limits } from '../limits.ts';
import { parsePem } from '../pem.ts';
import type { CandidateContent, SimpleSigningAnnotations } from './candidate.ts';

type SimpleSigning = Extract<CandidateContent, { kind: 'simple-signing' }>;

/** What Rekor v1 answered when the signature was logged, as cosign keeps it. */
const rekorBundle = z.strictObject({
  SignedEntryTimestamp: z.string(),
  Payload: z.strictObject({
    body: z.string(),
    integratedTime: z.int().nonnegative(),
    logIndex: z.int().nonnegative(),
    logID: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});

const entryBody = z.looseObject({ kind: z.string(), apiVersion: z.string() });

const timestampBundle = z.strictObject({ SignedRFC3161Timestamp: z.string() });

export interface LegacyBundleOptions {
  /** Without it, the log entry is not read. */
  readonly transparencyLog: boolean;
}

/**
 * Puts the parts of a `.sig` layer together as the JSON of a Sigstore bundle, version 0.1: the one that knows signed
 * promises without proofs. The `chain` annotation is left out: whom to trust is the trust root's to say.
 *
 * @throws SIGNATURE_MALFORMED, LIMIT_EXCEEDED
 */
export function legacyBundle({ payload, annotations }: SimpleSigning, options: LegacyBundleOptions): object {
  checkSizes(annotations);
  const { signature, certificate, bundle, timestamp } = annotations;
  if (signature === undefined || signature === '') throw malformed('the layer has no signature annotation');
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      ...signer(certificate),
      tlogEntries: options.transparencyLog && isThere(bundle) ? [logEntry(bundle)] : [],
      timestampVerificationData: { rfc3161Timestamps: isThere(timestamp) ? [timestampOf(timestamp)] : [] },
    },
    messageSignature: {
      // cosign signs these payloads with SHA-256, whatever the key.
      messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(payload).digest('base64') },
      signature,
    },
  };
}

/** cosign writes empty annotations where it has nothing to say. */
function isThere(annotation: string | undefined): annotation is string {
  return annotation !== undefined && annotation !== '';
}

function checkSizes(annotations: SimpleSigningAnnotations): void {
  for (const [name, value] of Object.entries(annotations)) {
    if (value.length > limits.annotation) {
      throw new CountersignError(
        'LIMIT_EXCEEDED',
        `the annotation "${name}" has ${value.length} characters; at most ${limits.annotation} are read`,
      );
    }
  }
}

function signer(certificate: string | undefined): object {
  if (!isThere(certificate)) return { publicKey: {} };
  const block = parsePem(certificate);
  if (block?.label !== 'CERTIFICATE')
    throw malformed('the certificate annotation is not exactly one PEM certificate');
  return { x509CertificateChain: { certificates: [{ rawBytes: block.der.toString('base64') }] } };
}

function logEntry(annotation: string): object {
  const { SignedEntryTimestamp, Payload } = readJson(
    annotation,
    rekorBundle,
    'the bundle annotation',
    'SIGNATURE_MALFORMED',
  );
  const body = decodeBase64(Payload.body);
  if (body === undefined) throw malformed('the log entry of the bundle annotation is not canonical base64');
  const { kind, apiVersion } = readJson(body, entryBody, 'the log entry', 'SIGNATURE_MALFORMED');
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  };
}

function timestampOf(annotation: string): object {
  const { SignedRFC3161Timestamp } = readJson(
    annotation,
    timestampBundle,
    'the timestamp annotation',
    'SIGNATURE_MALFORMED',
  );
  return { signedTimestamp: SignedRFC3161Timestamp };
}

function malformed(message: string): CountersignError {
  return new CountersignError('SIGNATURE_MALFORMED', message);
}
