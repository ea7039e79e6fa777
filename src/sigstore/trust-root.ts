import { createHash } from 'node:crypto';
import { X509Certificate } from '@sigstore/core';
import {
  type CertificateAuthority,
  PublicKeyDetails,
  type TransparencyLogInstance,
  TrustedRoot,
} from '@sigstore/protobuf-specs';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { CountersignError } from '../errors.ts';
import { readJson } from '../json-shape.ts';
import { limits } from '../limits.ts';
import { acceptKey, acceptRsaKey } from './public-key.ts';
import { trustedRootSchema } from './trust-root-schema.ts';

export interface EmbeddedTrustRoot {
  /** Text of the `trusted_root.json`. */
  readonly json: string;
  /** Where it comes from. */
  readonly source: string;
  /** Hex SHA-256 of `json`. */
  readonly sha256: string;
  /** The day on which the package that carries it was published: how old it can be at least. */
  readonly date: string;
}

const PUBLIC_GOOD = 'https://tuf-repo-cdn.sigstore.dev';
const TIMESTAMPING = '1.3.6.1.5.5.7.3.8';
const EXTENDED_KEY_USAGE = '2.5.29.37';

/** The trust root of the public Sigstore instance, as the pinned `@sigstore/tuf` carries it. No network is used. */
export function publicGoodTrustRoot(): EmbeddedTrustRoot {
  const bytes = Buffer.from(seeds[PUBLIC_GOOD].targets['trusted_root.json'], 'base64');
  return {
    json: bytes.toString('utf8'),
    source: `${PUBLIC_GOOD}, embedded in @sigstore/tuf 5.0.1`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    date: '2026-11-05',
  };
}

/**
 * Reads a `trusted_root.json` and refuses what would weaken verification in silence: validity without a start
 * (the library takes it for "always"), unknown or misspelled fields (it takes them for an empty list), unusable keys,
 * incomplete certificate chains.
 *
 * @returns The trust root as `toTrustMaterial` reads it right.
 * @throws TRUST_ROOT_INVALID; the message names the field.
 */
export function parseTrustRoot(json: string): TrustedRoot {
  if (Buffer.byteLength(json) > limits.trustRoot) {
    throw invalid(`it has more than ${limits.trustRoot} bytes`);
  }
  const root = TrustedRoot.fromJSON(
    readJson(json, trustedRootSchema, 'the trust root', 'TRUST_ROOT_INVALID'),
  );
  for (const [index, authority] of root.certificateAuthorities.entries()) {
    readChain(authority, `certificateAuthorities.${index}`);
  }
  for (const [index, authority] of root.timestampAuthorities.entries()) {
    checkTimestampAuthority(authority, `timestampAuthorities.${index}`);
  }
  return {
    ...root,
    tlogs: root.tlogs.map((log, index) => usableLog(log, `tlogs.${index}`)),
    ctlogs: root.ctlogs.map((log, index) => usableLog(log, `ctlogs.${index}`)),
  };
}

/**
 * The library takes a `checkpointKeyId` (four bytes in the wild) for the log's id, which then matches nothing, and by
 * their details takes all RSA keys for PKCS #1. So the one is left out and every key becomes a SubjectPublicKeyInfo.
 */
function usableLog(log: TransparencyLogInstance, path: string): TransparencyLogInstance {
  const { keyDetails, rawBytes = Buffer.alloc(0), validFor } = log.publicKey ?? {};
  try {
    const isPkcs1 = keyDetails === PublicKeyDetails.PKCS1_RSA_PKCS1V5;
    const { spki } = isPkcs1 ? acceptRsaKey(rawBytes) : acceptKey(rawBytes);
    return {
      ...log,
      publicKey: { rawBytes: spki, keyDetails: PublicKeyDetails.PUBLIC_KEY_DETAILS_UNSPECIFIED, validFor },
      checkpointKeyId: undefined,
    };
  } catch (error) {
    throw invalid(`${path}.publicKey: ${messageOf(error)}`, error);
  }
}

/** The library builds the path to a self-signed certificate of the same chain, so it has to be there. */
function readChain(authority: CertificateAuthority, path: string): readonly X509Certificate[] {
  const certificates = (authority.certChain?.certificates ?? []).map(({ rawBytes }, index) =>
    readCertificate(rawBytes, `${path}.certChain.certificates.${index}`),
  );
  if (!certificates.some((certificate) => certificate.subject.equals(certificate.issuer))) {
    throw invalid(`${path}.certChain: the chain does not reach a self-signed certificate`);
  }
  return certificates;
}

/** RFC 3161 section 2.3: the key of a timestamp authority has this one usage. */
function checkTimestampAuthority(authority: CertificateAuthority, path: string): void {
  const [leaf] = readChain(authority, path);
  const usages = leaf?.extension(EXTENDED_KEY_USAGE)?.valueObj.subs[0]?.subs.map((usage) => usage.toOID());
  if (usages?.includes(TIMESTAMPING) !== true) {
    throw invalid(`${path}.certChain.certificates.0: the certificate is not one for time stamping`);
  }
}

function readCertificate(der: Buffer, path: string): X509Certificate {
  try {
    const certificate = X509Certificate.parse(Buffer.from(der));
    acceptKey(certificate.publicKey);
    if (Number.isNaN(certificate.notBefore.getTime() + certificate.notAfter.getTime()))
      throw invalid('no dates');
    return certificate;
  } catch (error) {
    throw invalid(`${path}: the certificate cannot be used: ${messageOf(error)}`, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function invalid(why: string, cause?: unknown): CountersignError {
  return new CountersignError('TRUST_ROOT_INVALID', `the trust root is not usable: ${why}`, { cause });
}
