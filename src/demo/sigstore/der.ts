import * as asn1js from 'asn1js';

/** Single DER values, for what has no class in the ASN.1 library: Fulcio's extensions, attributes of CMS. */

export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return encode(new asn1js.Sequence({ value: elements.map(decode) }));
}

/** SET OF, in the order that DER wants: that of the encodings (X.690 11.6). */
export function setOf(...elements: readonly Uint8Array[]): Buffer {
  return encode(new asn1js.Set({ value: elements.toSorted(Buffer.compare).map(decode) }));
}

export function octetString(bytes: Uint8Array): Buffer {
  return encode(new asn1js.OctetString({ valueHex: bytes }));
}

export function utf8String(value: string): Buffer {
  return encode(new asn1js.Utf8String({ value }));
}

/** @param value dotted */
export function objectIdentifier(value: string): Buffer {
  return encode(new asn1js.ObjectIdentifier({ value }));
}

function encode(block: asn1js.BaseBlock): Buffer {
  return Buffer.from(block.toBER());
}

function decode(bytes: Uint8Array): asn1js.BaseBlock {
  return asn1js.fromBER(bytes).result;
}
