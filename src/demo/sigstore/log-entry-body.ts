import { hash } from 'node:crypto';
import type { DsseEnvelope } from './dsse.ts';
import type { SigningKey } from './signing-key.ts';
import type { LogEntryBody } from './transparency-log.ts';

/** What verifies a signature: a certificate, or a bare key. */
export interface VerifierMaterial {
  readonly kind: 'certificate' | 'key';
  readonly pem: string;
  readonly der: Buffer;
  /** The key that signed, in both cases. */
  readonly key: SigningKey;
}

/** Rekor v1 `hashedrekord`: the digest of an artifact and the signature over it. */
export function hashedRekordV1(
  artifact: Uint8Array,
  signature: Buffer,
  verifier: VerifierMaterial,
): LogEntryBody {
  const algorithm = verifier.key.hash ?? 'sha256';
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm, value: hash(algorithm, artifact) } },
      signature: {
        content: signature.toString('base64'),
        publicKey: { content: Buffer.from(verifier.pem).toString('base64') },
      },
    },
  };
}

/** Rekor v1 `dsse`: the hashes of an envelope and of its payload, and the signature. */
export function dsseV1(envelope: DsseEnvelope, verifier: VerifierMaterial): LogEntryBody {
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: { algorithm: 'sha256', value: hash('sha256', JSON.stringify(envelope)) },
      payloadHash: { algorithm: 'sha256', value: hash('sha256', Buffer.from(envelope.payload, 'base64')) },
      signatures: envelope.signatures.map(({ sig }) => ({
        signature: sig,
        verifier: Buffer.from(verifier.pem).toString('base64'),
      })),
    },
  };
}

/** Rekor v2 `hashedrekord`. cosign records DSSE signatures so too: the artifact is then the pre-authentication encoding. */
export function hashedRekordV2(
  artifact: Uint8Array,
  signature: Buffer,
  verifier: VerifierMaterial,
): LogEntryBody {
  const { hash: algorithm = 'sha256', keyDetails } = verifier.key;
  const rawBytes = verifier.der.toString('base64');
  return {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: algorithm.replace('sha', 'SHA2_'), digest: hash(algorithm, artifact, 'base64') },
        signature: {
          content: signature.toString('base64'),
          verifier: {
            keyDetails,
            ...(verifier.kind === 'certificate'
              ? { x509Certificate: { rawBytes } }
              : { publicKey: { rawBytes } }),
          },
        },
      },
    },
  };
}
