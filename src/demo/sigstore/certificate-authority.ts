import { createChain, createSerialNumber } from './certificate-chain.ts';
import { type CtLog, sctList } from './ct-log.ts';
import * as der from './der.ts';
import { fulcioExtensions, type Identity, subjectAlternativeNamesOf } from './identity.ts';
import { generateSigningKey, type SigningKey } from './signing-key.ts';
import * as x509 from './x509.ts';

/** How a certificate differs from an honest one. Every field is optional; what is left out is as Fulcio does it. */
export interface CertificateOverrides {
  readonly notBefore?: Date;
  /** Default: ten minutes after `notBefore`. */
  readonly notAfter?: Date;
  /** Instead of the one name of the identity. Empty: no such extension. */
  readonly subjectAlternativeNames?: readonly x509.SubjectAlternativeName[];
  /** OIDs. Default: code signing. Empty: no such extension. */
  readonly extendedKeyUsages?: readonly string[];
  /** `CA:TRUE`, with the key usage that belongs to it. */
  readonly certificateAuthority?: boolean;
  /** What the extension `…57264.1.1` says, instead of the identity's issuer. */
  readonly issuerV1?: string;
  /** What the extension `…57264.1.8` says, instead of the identity's issuer. */
  readonly issuerV2?: string;
  /** Appended to the honest ones: unknown critical ones, duplicates. */
  readonly extraExtensions?: readonly x509.Extension[];
  /** Who promises to log the certificate. Empty: no SCT. Default: the log of this Sigstore. */
  readonly ctLogs?: readonly CtLog[];
}

/** Issues short-lived signing certificates, as Fulcio does. */
export interface CertificateAuthority {
  /** DER, from the issuing intermediate to the root. */
  readonly chain: readonly Buffer[];
  /** @returns DER */
  issue(identity: Identity, key: SigningKey, overrides?: CertificateOverrides): Buffer;
}

/** The list of SCTs in a certificate (RFC 6962 3.3). */
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';

const TEN_MINUTES = 10 * 60_000;

export function createCertificateAuthority(ctLog: CtLog, now: () => Date): CertificateAuthority {
  const { subordinate: intermediate, certificates } = createChain({
    commonName: 'demo-ca',
    notBefore: now(),
    subordinate: {
      commonName: 'demo-ca-intermediate',
      key: generateSigningKey('ec-p384'),
      extensions: [
        x509.basicConstraints(true),
        x509.keyUsage('certificateSigning'),
        x509.extendedKeyUsage([x509.OID.codeSigning]),
      ],
    },
  });

  function issue(identity: Identity, key: SigningKey, overrides: CertificateOverrides = {}): Buffer {
    const notBefore = overrides.notBefore ?? now();
    const content: x509.CertificateContent = {
      serialNumber: createSerialNumber(),
      subject: '',
      notBefore,
      notAfter: overrides.notAfter ?? new Date(notBefore.getTime() + TEN_MINUTES),
      subjectPublicKey: key,
      extensions: leafExtensions(identity, key, intermediate.key, overrides),
    };
    const logs = overrides.ctLogs ?? [ctLog];
    if (logs.length === 0) return x509.signCertificate(content, intermediate);
    // RFC 6962 3.1: a log signs the certificate as it will be, without the extension that will hold its promise.
    const promised = x509.encodeToBeSigned(content, intermediate);
    const timestamps = logs.map((log) => log.sign(promised, intermediate.key));
    const sct = { oid: SCT_LIST, critical: false, value: der.octetString(sctList(timestamps)) };
    return x509.signCertificate({ ...content, extensions: [...content.extensions, sct] }, intermediate);
  }

  return { chain: certificates, issue };
}

function leafExtensions(
  identity: Identity,
  key: SigningKey,
  issuerKey: SigningKey,
  overrides: CertificateOverrides,
): x509.Extension[] {
  const {
    subjectAlternativeNames = subjectAlternativeNamesOf(identity),
    extendedKeyUsages = [x509.OID.codeSigning],
    certificateAuthority = false,
    issuerV1 = identity.issuer,
    issuerV2 = identity.issuer,
    extraExtensions = [],
  } = overrides;
  return [
    x509.keyUsage(certificateAuthority ? 'certificateSigning' : 'digitalSignature'),
    ...(extendedKeyUsages.length > 0 ? [x509.extendedKeyUsage(extendedKeyUsages)] : []),
    ...(certificateAuthority ? [x509.basicConstraints(true)] : []),
    x509.subjectKeyIdentifier(key),
    x509.authorityKeyIdentifier(issuerKey),
    ...(subjectAlternativeNames.length > 0 ? [x509.subjectAlternativeName(subjectAlternativeNames)] : []),
    ...fulcioExtensions(identity, { v1: issuerV1, v2: issuerV2 }),
    ...extraExtensions,
  ];
}
