import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  CMSVersion,
  DigestAlgorithmIdentifier,
  DigestAlgorithmIdentifiers,
  EncapsulatedContent,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  id_contentType,
  id_messageDigest,
  id_signedData,
  id_signingTime,
  SignatureAlgorithmIdentifier,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  Accuracy,
  id_ct_tstInfo,
  MessageImprint,
  PKIStatus,
  PKIStatusInfo,
  TimeStampResp,
  TimeStampToken,
  TSTInfo,
  TSTInfoVersion,
} from '@peculiar/asn1-tsp';
import { AlgorithmIdentifier, Certificate, GeneralName, Time } from '@peculiar/asn1-x509';
import { type CertificateHolder, createChain, createSerialNumber } from './certificate-chain.ts';
import * as der from './der.ts';
import { generateSigningKey, sha256, signWith } from './signing-key.ts';
import * as x509 from './x509.ts';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
/** The policy that Sigstore's timestamp authority names by default. */
const POLICY = '1.3.6.1.4.1.57264.2';

export interface TimestampAuthority {
  /** DER, from the signing certificate to the root. */
  readonly chain: readonly Buffer[];
  /**
   * A granted TimeStampResp over SHA-256 of `data`, DER.
   * @param certificates embedded in the response, DER. Default none, as cosign asks for.
   */
  timestamp(data: Uint8Array, certificates?: readonly Uint8Array[]): Buffer;
}

/** An RFC 3161 timestamp authority. */
export function createTimestampAuthority(now: () => Date): TimestampAuthority {
  const { subordinate: signer, certificates } = createChain({
    commonName: 'demo-tsa',
    notBefore: now(),
    subordinate: {
      commonName: 'demo-tsa-signer',
      key: generateSigningKey('ec-p256'),
      extensions: [
        x509.basicConstraints(false),
        x509.keyUsage('digitalSignature'),
        // Critical, and the only usage (RFC 3161, 2.3).
        x509.extendedKeyUsage([x509.OID.timeStamping], true),
      ],
    },
  });
  return {
    chain: certificates,
    timestamp(data, embedded = []) {
      const time = now();
      const content = signedData(timestampInfo(data, time, signer), time, signer, embedded);
      const response = new TimeStampResp({
        status: new PKIStatusInfo({ status: PKIStatus.granted }),
        timeStampToken: new TimeStampToken({
          contentType: id_signedData,
          content: arrayBuffer(serialize(content)),
        }),
      });
      return Buffer.from(serialize(response));
    },
  };
}

function timestampInfo(data: Uint8Array, genTime: Date, signer: CertificateHolder): Uint8Array {
  const info = new TSTInfo({
    version: TSTInfoVersion.v1,
    policy: POLICY,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithm: SHA256, parameters: null }),
      hashedMessage: new OctetString(sha256(data)),
    }),
    serialNumber: arrayBuffer(createSerialNumber()),
    genTime,
    accuracy: new Accuracy({ seconds: 1 }),
    tsa: new GeneralName({ directoryName: parse(signer).subject }),
  });
  return serialize(info);
}

function signedData(
  info: Uint8Array,
  time: Date,
  signer: CertificateHolder,
  certificates: readonly Uint8Array[],
): SignedData {
  const content = new SignedData({
    version: CMSVersion.v3,
    digestAlgorithms: new DigestAlgorithmIdentifiers([new DigestAlgorithmIdentifier({ algorithm: SHA256 })]),
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: id_ct_tstInfo,
      eContent: new EncapsulatedContent({ single: new OctetString(info) }),
    }),
    signerInfos: new SignerInfos([signerInfo(info, time, signer)]),
  });
  if (certificates.length > 0)
    content.certificates = new CertificateSet(
      certificates.map(
        (bytes) => new CertificateChoices({ certificate: AsnConvert.parse(bytes, Certificate) }),
      ),
    );
  return content;
}

function signerInfo(info: Uint8Array, time: Date, signer: CertificateHolder): SignerInfo {
  const { issuer, serialNumber } = parse(signer);
  // Each is longer than the one before, which is the order of DER: what is stored is what is signed.
  const attributes = [
    attribute(id_contentType, der.objectIdentifier(id_ct_tstInfo)),
    attribute(id_signingTime, serialize(new Time(time))),
    attribute(id_messageDigest, der.octetString(sha256(info))),
    attribute(SIGNING_CERTIFICATE_V2, signingCertificate(signer)),
  ];
  return new SignerInfo({
    version: CMSVersion.v1,
    sid: new SignerIdentifier({
      issuerAndSerialNumber: new IssuerAndSerialNumber({ issuer, serialNumber }),
    }),
    digestAlgorithm: new DigestAlgorithmIdentifier({ algorithm: SHA256 }),
    signedAttrs: attributes,
    signatureAlgorithm: new SignatureAlgorithmIdentifier({ algorithm: x509.OID.ecdsaWithSha256 }),
    signature: new OctetString(signWith(signer.key, der.setOf(...attributes.map(serialize)))),
  });
}

/** SigningCertificateV2 (RFC 5035): names the certificate in what is signed, so that no other can take its place. */
function signingCertificate({ certificate }: CertificateHolder): Buffer {
  const essCertId = der.sequence(der.octetString(sha256(certificate)));
  return der.sequence(der.sequence(essCertId));
}

function attribute(attrType: string, value: Uint8Array): Attribute {
  return new Attribute({ attrType, attrValues: [arrayBuffer(value)] });
}

function serialize(value: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

function parse({ certificate }: CertificateHolder): Certificate['tbsCertificate'] {
  return AsnConvert.parse(certificate, Certificate).tbsCertificate;
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
