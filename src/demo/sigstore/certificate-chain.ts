import { randomBytes } from 'node:crypto';
import { generateSigningKey, type SigningKey } from './signing-key.ts';
import * as x509 from './x509.ts';

/** Somebody with a name, a key and a certificate for both. */
export interface CertificateHolder extends x509.CertificateIssuer {
  /** DER. */
  readonly certificate: Buffer;
}

export interface ChainOptions {
  readonly commonName: string;
  /** When both certificates begin to be valid. The root ends after 20 years, the other after 10. */
  readonly notBefore: Date;
  /** The one below the root. */
  readonly subordinate: {
    readonly commonName: string;
    readonly key: SigningKey;
    readonly extensions: readonly x509.Extension[];
  };
}

export interface CertificateChain {
  readonly subordinate: CertificateHolder;
  /** DER, the root last. */
  readonly certificates: readonly Buffer[];
}

export function createChain({ commonName, notBefore, subordinate }: ChainOptions): CertificateChain {
  const root = { name: nameOf(commonName), key: generateSigningKey('ec-p384') };
  const rootCertificate = x509.signCertificate(
    {
      serialNumber: createSerialNumber(),
      subject: root.name,
      notBefore,
      notAfter: yearsAfter(notBefore, 20),
      subjectPublicKey: root.key,
      extensions: [
        x509.basicConstraints(true),
        x509.keyUsage('certificateSigning'),
        x509.subjectKeyIdentifier(root.key),
      ],
    },
    root,
  );
  const name = nameOf(subordinate.commonName);
  const certificate = x509.signCertificate(
    {
      serialNumber: createSerialNumber(),
      subject: name,
      notBefore,
      notAfter: yearsAfter(notBefore, 10),
      subjectPublicKey: subordinate.key,
      extensions: [
        ...subordinate.extensions,
        x509.subjectKeyIdentifier(subordinate.key),
        x509.authorityKeyIdentifier(root.key),
      ],
    },
    root,
  );
  return {
    subordinate: { name, key: subordinate.key, certificate },
    certificates: [certificate, rootCertificate],
  };
}

/** 20 bytes, positive and not zero (RFC 5280, 4.1.2.2). */
export function createSerialNumber(): Uint8Array {
  return Buffer.concat([Buffer.of(0x40), randomBytes(19)]);
}

function nameOf(commonName: string): string {
  return `O=sigstore.test, CN=${commonName}`;
}

function yearsAfter(date: Date, years: number): Date {
  const later = new Date(date);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later;
}
