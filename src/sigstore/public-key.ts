import { constants, createHash, createPublicKey, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import { parsePem } from '../pem.ts';

/** A public key that may verify signatures. */
export interface AcceptedKey {
  readonly key: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** Hex SHA-256 of `spki`. */
  readonly fingerprint: string;
}

export type HashAlgorithm = 'sha256' | 'sha384' | 'sha512';

const CURVES: Readonly<Record<string, readonly HashAlgorithm[]>> = {
  prime256v1: ['sha256'],
  // The hash that belongs to the curve, and the one that cosign 2 takes for every key.
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};

const RSA_MINIMUM_BITS = 2048;
const RSA_MAXIMUM_BITS = 4096;

/** DER of a DigestInfo for SHA-256 up to the digest itself (RFC 8017 section 9.2). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/**
 * Reads a PEM public key.
 *
 * @throws KEY_INVALID for anything but one block with a key of an accepted algorithm.
 */
export function parsePublicKey(pem: string): AcceptedKey {
  const block = parsePem(pem);
  if (block === undefined) throw keyInvalid('it is not exactly one PEM block');
  if (block.label === 'PUBLIC KEY') return acceptKey(block.der);
  if (block.label === 'RSA PUBLIC KEY') return acceptRsaKey(block.der);
  throw keyInvalid(`the PEM block is a ${block.label}, not a PUBLIC KEY`);
}

/**
 * Reads a DER SubjectPublicKeyInfo and holds it against the list of accepted algorithms: EC P-256, P-384 and P-521,
 * RSA of 2048 to 4096 bits, Ed25519.
 *
 * @throws KEY_INVALID
 */
export function acceptKey(spki: Buffer): AcceptedKey {
  const key = importKey(spki, 'spki');
  // Another encoding of the same key, or bytes behind it, would give the key a second fingerprint.
  if (!key.export({ format: 'der', type: 'spki' }).equals(spki))
    throw keyInvalid('its encoding is not canonical');
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      break;
    case 'ec':
      if (namedCurve === undefined || !Object.hasOwn(CURVES, namedCurve)) {
        throw keyInvalid(`the curve ${namedCurve ?? 'without a name'} is not accepted`);
      }
      break;
    case 'rsa':
      if (modulusLength < RSA_MINIMUM_BITS || modulusLength > RSA_MAXIMUM_BITS) {
        throw keyInvalid(`RSA keys of ${modulusLength} bits are not accepted`);
      }
      break;
    default:
      throw keyInvalid(`the algorithm ${key.asymmetricKeyType ?? 'unknown'} is not accepted`);
  }
  return { key, spki, fingerprint: createHash('sha256').update(spki).digest('hex') };
}

/**
 * Like `acceptKey`, for a DER RSAPublicKey (PKCS #1).
 *
 * @throws KEY_INVALID
 */
export function acceptRsaKey(der: Buffer): AcceptedKey {
  return acceptKey(importKey(der, 'pkcs1').export({ format: 'der', type: 'spki' }));
}

/** Hash algorithms that go with the key where the signature itself doesn't say which one was used. */
export function usualHashes(key: KeyObject): readonly HashAlgorithm[] {
  return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? ['sha256'];
}

/** Ed25519 signs the data itself and takes no hash; RSA is PKCS #1 v1.5. */
export function verifySignature(
  key: KeyObject,
  hash: HashAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(key.asymmetricKeyType === 'ed25519' ? null : hash, data, key, signature);
  } catch {
    return false;
  }
}

/** Whether `verifyDigest` can answer for this key: Node offers no ECDSA or Ed25519 over a digest made elsewhere. */
export function canVerifyDigest(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa';
}

/** Verifies an RSA PKCS #1 v1.5 signature where only the SHA-256 digest of the data is at hand. */
export function verifyDigest(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    const recovered = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return recovered.equals(Buffer.concat([SHA256_DIGEST_INFO, digest]));
  } catch {
    return false;
  }
}

function importKey(der: Buffer, type: 'spki' | 'pkcs1'): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type });
  } catch (cause) {
    throw keyInvalid('it cannot be read', cause);
  }
}

function keyInvalid(why: string, cause?: unknown): CountersignError {
  return new CountersignError('KEY_INVALID', `the public key is not usable: ${why}`, { cause });
}
