// @peculiar/x509 needs this before it is loaded.
import 'reflect-metadata';
import { AsnConvert } from '@peculiar/asn1-schema';
import * as asn1 from '@peculiar/asn1-x509';
import * as peculiar from '@peculiar/x509';
import { type SigningKey, sha256, signWith } from './signing-key.ts';

export const OID = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
} as const;

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export interface SubjectAlternativeName {
  readonly kind: 'email' | 'dns' | 'uri';
  readonly value: string;
}

/** The fields of a certificate that its issuer decides. */
export interface CertificateContent {
  readonly serialNumber: Uint8Array;
  /** RFC 4514 text; empty for none. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subjectPublicKey: SigningKey;
  readonly extensions: readonly Extension[];
}

/** Who signs a certificate. */
export interface CertificateIssuer {
  /** RFC 4514 text. */
  readonly name: string;
  /** An EC key. */
  readonly key: SigningKey;
}

/**
 * TBSCertificate, DER. Certificates are assembled from their parts, since the generator of the library gives no access to
 * what a certificate log has to sign before there is a certificate.
 */
export function encodeToBeSigned(content: CertificateContent, issuer: CertificateIssuer): Uint8Array {
  return serialize(toBeSigned(content, issuer));
}

/** @returns DER */
export function signCertificate(content: CertificateContent, issuer: CertificateIssuer): Buffer {
  const tbsCertificate = toBeSigned(content, issuer);
  const certificate = new asn1.Certificate({
    tbsCertificate,
    signatureAlgorithm: tbsCertificate.signature,
    signatureValue: arrayBuffer(signWith(issuer.key, serialize(tbsCertificate))),
  });
  return Buffer.from(AsnConvert.serialize(certificate));
}

function toBeSigned(content: CertificateContent, issuer: CertificateIssuer): asn1.TBSCertificate {
  const { serialNumber, subject, notBefore, notAfter, subjectPublicKey, extensions } = content;
  return new asn1.TBSCertificate({
    version: asn1.Version.v3,
    serialNumber: arrayBuffer(serialNumber),
    signature: new asn1.AlgorithmIdentifier({
      algorithm: issuer.key.hash === 'sha384' ? OID.ecdsaWithSha384 : OID.ecdsaWithSha256,
    }),
    issuer: nameOf(issuer.name),
    validity: new asn1.Validity({ notBefore, notAfter }),
    subject: nameOf(subject),
    subjectPublicKeyInfo: AsnConvert.parse(subjectPublicKey.spki, asn1.SubjectPublicKeyInfo),
    extensions: new asn1.Extensions(
      extensions.map(({ oid, critical, value }) => {
        const extension = new peculiar.Extension(oid, critical, value);
        return AsnConvert.parse(extension.rawData, asn1.Extension);
      }),
    ),
  });
}

export function pemOf(certificate: Uint8Array): string {
  return `${peculiar.PemConverter.encode(arrayBuffer(certificate), peculiar.PemConverter.CertificateTag)}\n`;
}

export function basicConstraints(certificateAuthority: boolean): Extension {
  return fieldsOf(new peculiar.BasicConstraintsExtension(certificateAuthority, undefined, true));
}

export function keyUsage(usage: 'digitalSignature' | 'certificateSigning'): Extension {
  const { digitalSignature, keyCertSign, cRLSign } = peculiar.KeyUsageFlags;
  const flags = usage === 'digitalSignature' ? digitalSignature : keyCertSign | cRLSign;
  return fieldsOf(new peculiar.KeyUsagesExtension(flags, true));
}

/** @param usages OIDs */
export function extendedKeyUsage(usages: readonly string[], critical = false): Extension {
  return fieldsOf(new peculiar.ExtendedKeyUsageExtension([...usages], critical));
}

export function subjectKeyIdentifier(key: SigningKey): Extension {
  return fieldsOf(new peculiar.SubjectKeyIdentifierExtension(keyIdentifier(key)));
}

export function authorityKeyIdentifier(key: SigningKey): Extension {
  return fieldsOf(new peculiar.AuthorityKeyIdentifierExtension(keyIdentifier(key)));
}

/** Critical, since the subject of such certificates is empty (RFC 5280, 4.2.1.6). */
export function subjectAlternativeName(names: readonly SubjectAlternativeName[]): Extension {
  const types = { email: 'email', dns: 'dns', uri: 'url' } as const;
  const json = names.map(({ kind, value }) => ({ type: types[kind], value }));
  return fieldsOf(new peculiar.SubjectAlternativeNameExtension(json, true));
}

/** Hex. Any 20 bytes that tell keys apart serve (RFC 7093). */
function keyIdentifier(key: SigningKey): string {
  return sha256(key.spki).subarray(0, 20).toString('hex');
}

function fieldsOf({ type, critical, value }: peculiar.Extension): Extension {
  return { oid: type, critical, value: new Uint8Array(value) };
}

function nameOf(text: string): asn1.Name {
  return AsnConvert.parse(new peculiar.Name(text).toArrayBuffer(), asn1.Name);
}

function serialize(value: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
