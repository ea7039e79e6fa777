import { describe, expect, it } from 'vitest';
import { flipped } from './base64-mutations.ts';
import { honestSignature } from './field-by-field.ts';
import { judge, labMaterials, type Material } from './material.ts';

/**
 * The parts of a TimeStampResp (RFC 3161) around what the authority signed: no signature covers them, and none of them
 * says when, by whom or for what. The TSTInfo is covered by the signed attributes, those by the signature, and whose
 * signature it is, is told by the key that verifies it.
 */
const FRAME: Readonly<Record<string, string>> = {
  '0': 'the tag of the response',
  '0.1': 'the tag of the token',
  '0.1.1.0': 'the tag of SignedData',
  '0.1.1.0.0': 'the version of SignedData',
  '0.1.1.0.1': 'the tag of its list of digest algorithms',
  '0.1.1.0.1.0': 'the tag of an entry of this list',
  '0.1.1.0.1.0.0': 'a digest algorithm of this list; the one that counts stands in SignerInfo',
  '0.1.1.0.2': 'the tag of the content',
  '0.1.1.0.2.1': 'the tag around the content',
  '0.1.1.0.3': 'the tag of the list of certificates, which is not read',
  '0.1.1.0.4': 'the tag of the list of signers',
  '0.1.1.0.4.0.0': 'the version of SignerInfo',
  '0.1.1.0.4.0.1.0': 'the tag of the name of the issuer; the name itself is compared',
  '0.1.1.0.4.0.2': 'the tag of the digest algorithm',
  '0.1.1.0.4.0.4': 'the tag of the signature algorithm',
  '0.1.1.0.4.0.4.0': 'the signature algorithm; the key that verifies decides',
  '0.1.1.0.4.0.5': 'the tag of the signature',
};

interface Element {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Every DER element with its path of indices; outer ones first. */
function elementsOf(der: Buffer, start = 0, end = der.length, prefix = ''): Element[] {
  const elements: Element[] = [];
  for (let at = start, index = 0; at < end; index += 1) {
    const path = prefix === '' ? String(index) : `${prefix}.${index}`;
    const first = der.readUInt8(at + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const content = at + 2 + lengthBytes;
    const next = content + (lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes));
    elements.push({ path, start: at, end: next });
    if ((der.readUInt8(at) & 0x20) !== 0) elements.push(...elementsOf(der, content, next, path));
    at = next;
  }
  return elements;
}

function materialOf(name: string): Material {
  const found = labMaterials().find((material) => material.name === name);
  if (found === undefined || found.content.kind !== 'bundle') throw new Error(`no bundle ${name}`);
  return found;
}

describe('every byte of a timestamp', () => {
  it('is signed, or part of the frame that says nothing', () => {
    const material = materialOf('b-key-rekor2');
    const honest = honestSignature(material);
    if (material.content.kind !== 'bundle') return;
    const bundle = JSON.parse(Buffer.from(material.content.bytes).toString('utf8'));
    const [timestamp] = bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps;
    const der = Buffer.from(timestamp.signedTimestamp, 'base64');
    const elements = elementsOf(der);
    const unexplained = new Set<string>();
    const explained = new Set<string>();
    for (let position = 0; position < der.length; position += 1) {
      timestamp.signedTimestamp = flipped(der, position).toString('base64');
      const outcome = judge(material, { kind: 'bundle', bytes: Buffer.from(JSON.stringify(bundle)) });
      if (outcome.kind !== 'signed') continue;
      expect(outcome.signature).toEqual(honest);
      const path = elements.findLast(({ start, end }) => start <= position && position < end)?.path ?? '';
      if (path in FRAME) explained.add(path);
      else unexplained.add(`byte ${position} of ${path}`);
    }
    expect([...unexplained]).toEqual([]);
    // A part that is no longer tolerated need not be explained either.
    expect(Object.keys(FRAME).filter((path) => !explained.has(path))).toEqual([]);
  });
});
