import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A key pair and how it signs. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** The public key, as `cosign.pub` holds it. */
  readonly pem: string;
  /** undefined: the algorithm hashes on its own (Ed25519). */
  readonly hash: 'sha256' | 'sha384' | undefined;
  /** The algorithm's name in Sigstore's registry (`PublicKeyDetails`). */
  readonly keyDetails: string;
  /** SHA-256 of `spki`: what logs and bundles name the key by. */
  readonly keyId: Buffer;
}

const ALGORITHMS = {
  'ec-p256': {
    hash: 'sha256',
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  },
  'ec-p384': {
    hash: 'sha384',
    keyDetails: 'PKIX_ECDSA_P384_SHA_384',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  },
  /** cosign hashed with SHA-256 whatever the curve, before it followed the algorithm registry. */
  'ec-p384-sha256': {
    hash: 'sha256',
    keyDetails: 'PKIX_ECDSA_P384_SHA_256',
    generate: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  },
  'rsa-2048': {
    hash: 'sha256',
    keyDetails: 'PKIX_RSA_PKCS1V15_2048_SHA256',
    generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  },
  ed25519: {
    hash: undefined,
    keyDetails: 'PKIX_ED25519',
    generate: () => generateKeyPairSync('ed25519'),
  },
} as const;

export type KeyAlgorithm = keyof typeof ALGORITHMS;

export function generateSigningKey(algorithm: KeyAlgorithm = 'ec-p256'): SigningKey {
  const { generate, hash, keyDetails } = ALGORITHMS[algorithm];
  const { privateKey, publicKey } = generate();
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    privateKey,
    publicKey,
    spki,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    hash,
    keyDetails,
    keyId: sha256(spki),
  };
}

/** ECDSA signatures are DER, RSA is PKCS#1 v1.5, Ed25519 is the pure form. */
export function signWith(key: SigningKey, data: Uint8Array): Buffer {
  return sign(key.hash, data, key.privateKey);
}

export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
