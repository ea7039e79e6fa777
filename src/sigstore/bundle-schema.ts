import {
  BUNDLE_V01_MEDIA_TYPE,
  BUNDLE_V02_MEDIA_TYPE,
  BUNDLE_V03_LEGACY_MEDIA_TYPE,
  BUNDLE_V03_MEDIA_TYPE,
} from '@sigstore/bundle';
import { z } from 'zod';
import { decodeBase64 } from '../base64.ts';
import { limits } from '../limits.ts';

/** One spelling for the same bytes: the library's decoder takes many. */
const bytes = z.string().refine((text) => decodeBase64(text) !== undefined, 'not canonical base64');
const someBytes = bytes.min(1);

/** Protobuf's JSON writes 64-bit integers as strings and reads numbers too. */
const int64 = z.union([z.string().regex(/^(0|[1-9]\d{0,18})$/), z.int().nonnegative()]);

const certificate = z.strictObject({ rawBytes: bytesUpTo(limits.certificate) });

const logEntry = z.strictObject({
  logIndex: int64.optional(),
  logId: z.strictObject({ keyId: someBytes }),
  kindVersion: z.strictObject({ kind: z.string(), version: z.string() }),
  integratedTime: int64.optional(),
  inclusionPromise: z.strictObject({ signedEntryTimestamp: someBytes }).optional(),
  inclusionProof: z
    .strictObject({
      logIndex: int64.optional(),
      rootHash: bytes.optional(),
      treeSize: int64.optional(),
      hashes: z.array(someBytes).max(limits.proofHashes).optional(),
      checkpoint: z.strictObject({ envelope: z.string().max(limits.checkpoint) }),
    })
    .optional(),
  canonicalizedBody: someBytes,
});

const verificationMaterial = z
  .strictObject({
    certificate: certificate.optional(),
    x509CertificateChain: z
      .strictObject({ certificates: z.array(certificate).min(1).max(limits.chainLength) })
      .optional(),
    publicKey: z.strictObject({ hint: z.string().max(limits.identityLength).optional() }).optional(),
    tlogEntries: z.array(logEntry).max(limits.logEntries).optional(),
    timestampVerificationData: z
      .strictObject({
        rfc3161Timestamps: z
          .array(z.strictObject({ signedTimestamp: bytesUpTo(limits.timestamp) }))
          .max(limits.timestamps)
          .optional(),
      })
      .optional(),
  })
  .refine(
    ({ certificate, x509CertificateChain, publicKey }) =>
      [certificate, x509CertificateChain, publicKey].filter((content) => content !== undefined).length === 1,
    'exactly one of certificate, x509CertificateChain and publicKey is needed',
  );

const messageSignature = z.strictObject({
  messageDigest: z.strictObject({
    algorithm: z.enum(['SHA2_256', 'SHA2_384', 'SHA2_512']),
    digest: someBytes,
  }),
  signature: someBytes,
});

const dsseEnvelope = z.strictObject({
  payload: someBytes,
  payloadType: z.string(),
  signatures: z.array(z.strictObject({ sig: someBytes, keyid: z.string().optional() })).length(1),
});

/**
 * A Sigstore bundle, media type versions 0.1 to 0.3 (protobuf-specs, `sigstore_bundle.proto`). Stricter than the
 * library: unknown fields, several alternatives at once and other versions are errors, and numbers are bounded.
 */
export const bundleSchema = z
  .strictObject({
    mediaType: z.enum([
      BUNDLE_V01_MEDIA_TYPE,
      BUNDLE_V02_MEDIA_TYPE,
      BUNDLE_V03_LEGACY_MEDIA_TYPE,
      BUNDLE_V03_MEDIA_TYPE,
    ]),
    verificationMaterial,
    messageSignature: messageSignature.optional(),
    dsseEnvelope: dsseEnvelope.optional(),
  })
  .refine(
    ({ messageSignature, dsseEnvelope }) => (messageSignature === undefined) !== (dsseEnvelope === undefined),
    'exactly one of messageSignature and dsseEnvelope is needed',
  );

function bytesUpTo(maximum: number) {
  return someBytes.max(Math.ceil(maximum / 3) * 4, `larger than ${maximum} bytes`);
}
