import type { ASN1Obj, X509Certificate } from '@sigstore/core';
import { CountersignError } from '../errors.ts';

/** An X.509 extension (RFC 5280 section 4.2). */
export interface Extension {
  readonly critical: boolean;
  /** The bytes of extnValue. */
  readonly value: Buffer;
  /** The DER value inside of extnValue, where it is exactly one. */
  readonly nested: ASN1Obj | undefined;
  /** Like `nested`; throws where there is none. */
  readonly content: ASN1Obj;
}

const UTF8_STRING = 0x0c;
export const SEQUENCE = 0x30;

/** @throws CERTIFICATE_INVALID for duplicate extensions and for anything that is not an extension by the letter. */
export function readExtensions(certificate: X509Certificate): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const { subs } of certificate.extensions) {
    const oid = subs[0]?.toOID();
    const value = subs.at(-1);
    if (oid === undefined || value?.tag.isOctetString() !== true || subs.length > 3) {
      throw certificateInvalid('an extension is malformed');
    }
    if (extensions.has(oid)) throw certificateInvalid(`the extension ${oid} occurs twice`);
    extensions.set(oid, extension(value, subs.length === 3 && subs[1]?.toBoolean() === true));
  }
  return extensions;
}

function extension(octets: ASN1Obj, critical: boolean): Extension {
  const nested = octets.subs.length === 1 ? octets.subs[0] : undefined;
  return {
    critical,
    value: octets.value,
    nested,
    get content() {
      if (nested === undefined) throw certificateInvalid('the value of an extension is malformed');
      return nested;
    },
  };
}

/** The elements of an extension that is a SEQUENCE; none where there is no such extension. @throws CERTIFICATE_INVALID */
export function elementsOf(extension: Extension | undefined): readonly ASN1Obj[] {
  if (extension === undefined) return [];
  const { tag, subs } = extension.content;
  if (tag.toDER() !== SEQUENCE) throw certificateInvalid('an extension is no list, where a list belongs');
  return subs;
}

/** The bytes of a UTF8String; undefined for any other type. */
export function textOf(value: ASN1Obj): Buffer | undefined {
  const { tag } = value;
  return tag.isUniversal() && !tag.constructed && tag.number === UTF8_STRING ? value.value : undefined;
}

export function certificateInvalid(why: string, cause?: unknown): CountersignError {
  return new CountersignError('CERTIFICATE_INVALID', `the signing certificate is not acceptable: ${why}`, {
    cause,
  });
}
