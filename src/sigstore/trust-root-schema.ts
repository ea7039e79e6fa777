import { z } from 'zod';
import { decodeBase64 } from '../base64.ts';
import { limits } from '../limits.ts';

const base64 = (maxBytes: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil(maxBytes / 3) * 4)
    .refine((text) => decodeBase64(text) !== undefined, 'not canonical base64');

const time = z.iso.datetime({ offset: true });

/** A closed interval. Without a start an authority would be trusted for all of the past. */
const validFor = z
  .strictObject({ start: time, end: time.optional() })
  .refine(
    ({ start, end }) => end === undefined || Date.parse(start) <= Date.parse(end),
    'ends before it starts',
  );

const KEY_DETAILS = [
  'PKIX_ECDSA_P256_SHA_256',
  'PKIX_ECDSA_P384_SHA_384',
  'PKIX_ECDSA_P521_SHA_512',
  'PKIX_ED25519',
  'PKIX_RSA_PKCS1V15_2048_SHA256',
  'PKIX_RSA_PKCS1V15_3072_SHA256',
  'PKIX_RSA_PKCS1V15_4096_SHA256',
  // Deprecated, but what the first certificate transparency logs are listed with.
  'PKIX_RSA_PKCS1V5',
  'PKCS1_RSA_PKCS1V5',
] as const;

const KEY_ID_BYTES = 32;

const log = z.strictObject({
  baseUrl: z.string().min(1),
  hashAlgorithm: z.literal('SHA2_256').optional(),
  publicKey: z.strictObject({
    rawBytes: base64(limits.certificate),
    keyDetails: z.enum(KEY_DETAILS),
    validFor,
  }),
  logId: z.strictObject({
    keyId: base64(KEY_ID_BYTES).refine(
      (text) => decodeBase64(text)?.length === KEY_ID_BYTES,
      `not ${KEY_ID_BYTES} bytes long`,
    ),
  }),
  checkpointKeyId: z.strictObject({ keyId: base64(KEY_ID_BYTES) }).optional(),
  operator: z.string().optional(),
});

const certificateAuthority = z.strictObject({
  subject: z.looseObject({}).optional(),
  uri: z.string().optional(),
  certChain: z.strictObject({
    certificates: z
      .array(z.strictObject({ rawBytes: base64(limits.certificate) }))
      .min(1)
      .max(limits.chainLength),
  }),
  validFor,
  operator: z.string().optional(),
});

/**
 * `trusted_root.json`, media type version 0.1 (sigstore protobuf-specs, `sigstore_trustroot.proto`). Field names in
 * camelCase only: the library silently drops others. A list that an instance has no use for may be left out.
 */
export const trustedRootSchema = z
  .strictObject({
    mediaType: z.enum([
      'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      'application/vnd.dev.sigstore.trustedroot.v0.1+json',
    ]),
    tlogs: z.array(log).default([]),
    certificateAuthorities: z.array(certificateAuthority).default([]),
    ctlogs: z.array(log).default([]),
    timestampAuthorities: z.array(certificateAuthority).default([]),
  })
  .refine(
    ({ tlogs, certificateAuthorities }) => tlogs.length + certificateAuthorities.length > 0,
    'it has neither certificate authorities nor transparency logs',
  );
