import { X509Certificate as OpensslCertificate } from 'node:crypto';
import { type ASN1Obj, X509Certificate } from '@sigstore/core';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Signer, WorkflowClaims } from '../verdict.ts';
import {
  certificateInvalid,
  type Extension,
  elementsOf,
  readExtensions,
  SEQUENCE,
  textOf,
} from './certificate-extensions.ts';
import { type AcceptedKey, acceptKey } from './public-key.ts';

/** A leaf certificate that has the form of one that may sign code. Whether anybody vouches for it is another matter. */
export interface SigningCertificate {
  readonly der: Buffer;
  readonly key: AcceptedKey;
  /** Milliseconds since the epoch, the first and the last that it is valid. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly signer: Extract<Signer, { kind: 'keyless' }>;
}

const OID = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  // https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
  issuerV1: '1.3.6.1.4.1.57264.1.1',
  otherName: '1.3.6.1.4.1.57264.1.7',
  issuer: '1.3.6.1.4.1.57264.1.8',
} as const;

/** What may be marked critical, since it is looked at below (RFC 5280 section 4.2: reject what is not understood). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.keyUsage,
  OID.subjectAltName,
  OID.basicConstraints,
  OID.extendedKeyUsage,
]);

/** Per claim: the extensions that carry it, the plain text ones of the first Fulcio before their successors. */
const CLAIMS: readonly (readonly [keyof WorkflowClaims, readonly number[]])[] = [
  ['repository', [5, 12]],
  ['ref', [6, 14]],
  ['sha', [3, 13]],
  ['trigger', [2, 20]],
  ['workflow', [4, 18]],
  ['runUrl', [21]],
];

/** What names of each kind look like. Policies compare the text alone, so no text may be a name of two kinds. */
const NAME = {
  email: /^(?!.*:\/\/).+@.+$/,
  uri: /^[A-Za-z][A-Za-z0-9+.-]*:\/\//,
  // Fulcio joins the user and the domain of the issuer, and takes no e-mail address for a user.
  user: /^(?!.*:\/\/)[^@]+![^@]+$/,
} as const;

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;
const CONTROL = /\p{Cc}/u;

/**
 * Reads a leaf certificate and refuses what `@sigstore/verify` lets pass: usage other than code signing, a CA, critical
 * extensions that nobody looks at, an ambiguous or unprintable identity, weak keys.
 *
 * @throws CERTIFICATE_INVALID, LIMIT_EXCEEDED
 */
export function readSigningCertificate(der: Buffer<ArrayBuffer>): SigningCertificate {
  // Before parsing: what it costs grows with the size.
  if (der.length > limits.certificate) {
    throw new CountersignError(
      'LIMIT_EXCEEDED',
      `the certificate has ${der.length} bytes; at most ${limits.certificate} are read`,
    );
  }
  try {
    return read(der);
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'CERTIFICATE_INVALID') throw error;
    const why = error instanceof CountersignError ? error.message : 'it cannot be read';
    throw certificateInvalid(why, error);
  }
}

function read(der: Buffer<ArrayBuffer>): SigningCertificate {
  const certificate = X509Certificate.parse(der);
  // Signatures are checked over what the parser writes again: it must be what was signed, to the byte.
  if (!certificate.root.toDER().equals(der)) throw certificateInvalid('its encoding is not canonical');
  checkFrame(certificate.root);
  if (certificate.version !== 'v3')
    throw certificateInvalid(`it is an X.509 ${certificate.version} certificate`);
  const extensions = readExtensions(certificate);
  checkUsage(extensions);
  const key = acceptKey(certificate.publicKey);
  const issuer = readIssuer(extensions);
  const identity = readIdentity(extensions);
  checkSecondReading(der, certificate);
  return {
    der,
    key,
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    signer: { kind: 'keyless', issuer, identity, ...readClaims(extensions) },
  };
}

/**
 * RFC 5280 section 4.1.1: what stands around the part that the authority signed. No signature covers it, and the
 * library takes anything of the right length for it, so one certificate could be written in several ways.
 */
function checkFrame({ tag, subs }: ASN1Obj): void {
  const [signed, algorithm, signature] = subs;
  const signedAlgorithm = signed?.subs[2];
  const isFrame =
    tag.toDER() === SEQUENCE &&
    subs.length === 3 &&
    signature?.tag.isBitString() === true &&
    signature.value[0] === 0 &&
    signedAlgorithm !== undefined &&
    algorithm?.toDER().equals(signedAlgorithm.toDER()) === true;
  if (!isFrame)
    throw certificateInvalid('the frame around what its issuer signed is not the one of a certificate');
}

/**
 * The library finds fields by their place, whatever their type is, and reads numbers and dates generously. OpenSSL does
 * neither, so what the two read has to agree.
 */
function checkSecondReading(der: Buffer, { publicKey, notBefore, notAfter }: X509Certificate): void {
  const other = readByOpenssl(der);
  const agrees =
    !other.ca &&
    other.keyUsage?.includes(OID.codeSigning) === true &&
    other.subjectAltName !== undefined &&
    other.publicKey.export({ type: 'spki', format: 'der' }).equals(publicKey) &&
    other.validFromDate.getTime() === notBefore.getTime() &&
    other.validToDate.getTime() === notAfter.getTime();
  if (!agrees) throw certificateInvalid('two programs read different things in it');
}

function readByOpenssl(der: Buffer): OpensslCertificate {
  try {
    return new OpensslCertificate(der);
  } catch (cause) {
    throw certificateInvalid('its fields are not those of a certificate', cause);
  }
}

function checkUsage(extensions: ReadonlyMap<string, Extension>): void {
  for (const [oid, { critical }] of extensions) {
    if (critical && !UNDERSTOOD.has(oid))
      throw certificateInvalid(`the critical extension ${oid} is not known`);
  }
  const usages = elementsOf(extensions.get(OID.extendedKeyUsage)).map((usage) => usage.toOID());
  if (!usages.includes(OID.codeSigning))
    throw certificateInvalid('its extended key usage does not include code signing');
  const keyUsage = extensions.get(OID.keyUsage);
  if (keyUsage !== undefined && keyUsage.content.toBitString()[0] !== 1) {
    throw certificateInvalid('its key usage does not include digital signatures');
  }
  const constraints = extensions.get(OID.basicConstraints)?.content;
  if (constraints !== undefined && !isOfEndEntity(constraints))
    throw certificateInvalid(
      'it belongs to a certificate authority, or its basic constraints cannot be read',
    );
}

/** RFC 5280 section 4.2.1.9: `cA` may be left out or false, and then nothing else is there. */
function isOfEndEntity({ tag, subs }: ASN1Obj): boolean {
  const [isCa, ...others] = subs;
  if (tag.toDER() !== SEQUENCE || others.length > 0) return false;
  return isCa === undefined || (isCa.tag.isBoolean() && !isCa.toBoolean());
}

/** RFC 5280 section 4.2.1.6. Of several names, programs differ in which one they read. */
function readIdentity(extensions: ReadonlyMap<string, Extension>): string {
  const names = elementsOf(extensions.get(OID.subjectAltName));
  const [name] = names;
  if (name === undefined) throw certificateInvalid('it names no subject');
  if (names.length > 1) throw certificateInvalid(`it names ${names.length} subjects instead of one`);
  const kind = kindOf(name);
  const value = kind === 'user' ? userName(name) : name.value;
  if (kind === undefined || value === undefined)
    throw certificateInvalid('its subject is neither a URI nor an e-mail address nor a name of Fulcio');
  const identity = printable(value, 'subject');
  if (!NAME[kind].test(identity)) throw certificateInvalid(`its subject is no ${kind}, although it says so`);
  return identity;
}

/** By the tag of GeneralName. */
function kindOf({ tag }: ASN1Obj): keyof typeof NAME | undefined {
  if (tag.constructed) return tag.isContextSpecific(0) ? 'user' : undefined;
  if (tag.isContextSpecific(1)) return 'email';
  return tag.isContextSpecific(6) ? 'uri' : undefined;
}

/** The text of Fulcio's otherName. */
function userName(name: ASN1Obj): Buffer | undefined {
  const [type, value, ...rest] = name.subs;
  if (type?.toOID() !== OID.otherName || rest.length > 0) return undefined;
  const [text, ...more] = value?.tag.isContextSpecific(0) === true ? value.subs : [];
  return text === undefined || more.length > 0 ? undefined : textOf(text);
}

function readIssuer(extensions: ReadonlyMap<string, Extension>): string {
  const first = extensions.get(OID.issuerV1)?.value;
  const current = extensions.get(OID.issuer);
  const second = current === undefined ? undefined : textOf(current.content);
  if (current !== undefined && second === undefined)
    throw certificateInvalid('its issuer extension is not a text');
  if (first !== undefined && second !== undefined && !first.equals(second)) {
    throw certificateInvalid('its two issuer extensions name different issuers');
  }
  const issuer = second ?? first;
  if (issuer === undefined) throw certificateInvalid('it names no OIDC issuer');
  return printable(issuer, 'issuer');
}

/** Control and non-ASCII characters make two different names look, or be decoded, alike. */
function printable(bytes: Buffer, what: string): string {
  if (bytes.length > limits.identityLength)
    throw certificateInvalid(`its ${what} has ${bytes.length} characters`);
  // latin1 keeps every byte apart; 'ascii' would drop the high bit and so fold 0xE5 into "e".
  const text = bytes.toString('latin1');
  if (!PRINTABLE_ASCII.test(text))
    throw certificateInvalid(`its ${what} is empty or has characters that are not printable ASCII`);
  return text;
}

/** For people to read, so what can't be read is left out. */
function readClaims(extensions: ReadonlyMap<string, Extension>): { workflow?: WorkflowClaims } {
  const claims: { -readonly [Claim in keyof WorkflowClaims]: WorkflowClaims[Claim] } = {};
  for (const [claim, numbers] of CLAIMS) {
    for (const number of numbers) {
      const value = claimText(extensions.get(`1.3.6.1.4.1.57264.1.${number}`), number);
      if (value !== undefined) claims[claim] ??= value;
    }
  }
  return Object.keys(claims).length === 0 ? {} : { workflow: claims };
}

/** Up to .7 the extension is the bare text, from .8 on a DER UTF8String. */
function claimText(extension: Extension | undefined, number: number): string | undefined {
  if (extension === undefined) return undefined;
  const bytes = number < 8 ? extension.value : extension.nested && textOf(extension.nested);
  const text = bytes?.toString('utf8') ?? '';
  const isReadable = text.length > 0 && text.length <= limits.identityLength && !CONTROL.test(text);
  return isReadable && !text.includes('\uFFFD') ? text : undefined;
}
