import { generateSigningKey, type SigningKey, signWith } from './signing-key.ts';

/** A certificate transparency log (RFC 6962), reduced to its promises: it signs, and keeps nothing. */
export interface CtLog {
  readonly key: SigningKey;
  /** SHA-256 of the public key. */
  readonly logId: Buffer;
  /**
   * A SignedCertificateTimestamp for a certificate that is about to be issued.
   * @param toBeSigned its TBSCertificate, complete but for the SCT extension
   * @param issuer the key that will sign it
   */
  sign(toBeSigned: Uint8Array, issuer: SigningKey): Buffer;
}

const VERSION_1 = Buffer.of(0);
const CERTIFICATE_TIMESTAMP = Buffer.of(0);
const PRECERT_ENTRY = Buffer.of(0, 1);
const NO_EXTENSIONS = Buffer.of(0, 0);
/** SignatureAndHashAlgorithm (RFC 5246, 7.4.1.4.1): SHA-256, ECDSA. */
const SHA256_ECDSA = Buffer.of(4, 3);

export function createCtLog(now: () => Date): CtLog {
  const key = generateSigningKey('ec-p256');
  return {
    key,
    logId: key.keyId,
    sign(toBeSigned, issuer) {
      const timestamp = Buffer.alloc(8);
      timestamp.writeBigUInt64BE(BigInt(now().getTime()));
      const signed = Buffer.concat([
        VERSION_1,
        CERTIFICATE_TIMESTAMP,
        timestamp,
        PRECERT_ENTRY,
        issuer.keyId,
        opaque(toBeSigned, 3),
        NO_EXTENSIONS,
      ]);
      const signature = opaque(signWith(key, signed), 2);
      return Buffer.concat([VERSION_1, key.keyId, timestamp, NO_EXTENSIONS, SHA256_ECDSA, signature]);
    },
  };
}

/** SignedCertificateTimestampList (RFC 6962 3.3). */
export function sctList(timestamps: readonly Uint8Array[]): Buffer {
  return opaque(Buffer.concat(timestamps.map((timestamp) => opaque(timestamp, 2))), 2);
}

/** A TLS variable-length vector: its length in `lengthBytes` bytes, then the bytes. */
function opaque(bytes: Uint8Array, lengthBytes: 2 | 3): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(bytes.length, 0, lengthBytes);
  return Buffer.concat([length, bytes]);
}
