import { createHash } from 'node:crypto';
import type { Bundle } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';
import { HashAlgorithm as ProtobufHash } from '@sigstore/protobuf-specs';
import type { SignedEntity } from '@sigstore/verify';
import { CountersignError } from '../errors.ts';
import {
  canVerifyDigest,
  type HashAlgorithm,
  usualHashes,
  verifyDigest,
  verifySignature,
} from './public-key.ts';

/** What a message signature is over: the bytes, or their SHA-256 (32 bytes) where nobody has the bytes at hand. */
export type Artifact = { readonly bytes: Uint8Array } | { readonly sha256: Uint8Array };

/** What was signed, and the signature over it, as `@sigstore/verify` wants it. */
export type SignedContent = SignedEntity['signature'];

const HASHES: Partial<Record<ProtobufHash, HashAlgorithm>> = {
  [ProtobufHash.SHA2_256]: 'sha256',
  [ProtobufHash.SHA2_384]: 'sha384',
  [ProtobufHash.SHA2_512]: 'sha512',
};

/** By the length of a digest in a log entry, which Rekor v2 makes with the hash that goes with the key. */
const HASH_OF_LENGTH: Readonly<Record<number, HashAlgorithm>> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' };

/**
 * Takes the place of the library's own signature content, which hashes everything with SHA-256 (so that Ed25519 message
 * signatures and DSSE envelopes by P-384 fail) and believes the bundle's message digest.
 *
 * @throws SUBJECT_MISMATCH where a message signature is for another artifact, SIGNATURE_MALFORMED where none is given
 */
export function signedContent(bundle: Bundle, artifact: Artifact | undefined): SignedContent {
  const { content } = bundle;
  if (content.$case === 'dsseEnvelope') {
    const { payloadType, payload, signatures } = content.dsseEnvelope;
    return envelopeContent(
      dsse.preAuthEncoding(payloadType, payload),
      payload,
      signatures[0]?.sig ?? Buffer.alloc(0),
    );
  }
  const { messageDigest, signature } = content.messageSignature;
  const hash = HASHES[messageDigest.algorithm];
  if (artifact === undefined || hash === undefined) {
    throw new CountersignError('SIGNATURE_MALFORMED', 'the bundle has a message signature, but no message');
  }
  const digest = 'bytes' in artifact ? digestOf(hash, artifact.bytes) : Buffer.from(artifact.sha256);
  // A hint for who looks the message up; what counts is the digest of the message itself.
  if (!digest.equals(messageDigest.digest)) {
    throw new CountersignError(
      'SUBJECT_MISMATCH',
      `the signature is for content with the digest ${messageDigest.digest.toString('hex').slice(0, 128)}, not ${digest.toString('hex')}`,
    );
  }
  return messageContent(artifact, hash, digest, signature);
}

function envelopeContent(encoded: Buffer, payload: Buffer, signature: Buffer): SignedContent {
  return {
    signature,
    compareSignature: (other) => other.equals(signature),
    compareDigest: (other) => isDigestOf(other, payload),
    compareSignedDigest: (other) => isDigestOf(other, encoded),
    verifySignature: (key) => usualHashes(key).some((hash) => verifySignature(key, hash, encoded, signature)),
  };
}

function messageContent(
  artifact: Artifact,
  hash: HashAlgorithm,
  digest: Buffer,
  signature: Buffer,
): SignedContent {
  return {
    signature,
    compareSignature: (other) => other.equals(signature),
    compareDigest: (other) => other.equals(digest),
    compareSignedDigest: (other) => other.equals(digest),
    verifySignature: (key) => {
      if ('bytes' in artifact) return verifySignature(key, hash, artifact.bytes, signature);
      if (canVerifyDigest(key)) return verifyDigest(key, digest, signature);
      throw new CountersignError(
        'SIGNATURE_UNSUPPORTED',
        `the signature is a message signature by a key of type ${key.asymmetricKeyType}, which cannot be verified from the digest of the image alone`,
        { remediation: 'Sign the image with cosign 3, which wraps the digest in a signed statement.' },
      );
    },
  };
}

function isDigestOf(digest: Buffer, data: Buffer): boolean {
  const hash = HASH_OF_LENGTH[digest.length];
  return hash !== undefined && digestOf(hash, data).equals(digest);
}

function digestOf(hash: HashAlgorithm, data: Uint8Array): Buffer {
  return createHash(hash).update(data).digest();
}
