import { createPublicKey, type KeyObject } from 'node:crypto';
import { RFC3161Timestamp, X509Certificate } from '@sigstore/core';
import { expect, test } from 'vitest';
import { createTimestampAuthority } from '../../../../src/demo/sigstore/timestamp-authority.ts';

const NOW = new Date('2026-05-06T07:08:09Z');
const DATA = Buffer.from('a signature');

const authority = createTimestampAuthority(() => NOW);
const [leaf, root] = authority.chain.map((der) => X509Certificate.parse(Buffer.from(der)));
if (leaf === undefined || root === undefined) throw new Error('two certificates were expected');

function parse(der: Uint8Array): RFC3161Timestamp {
  return RFC3161Timestamp.parse(Buffer.from(der));
}

function keyOf(certificate: X509Certificate): KeyObject {
  return createPublicKey({ key: certificate.publicKey, format: 'der', type: 'spki' });
}

test('a timestamp verifies over the data, and tells the time and who signed it', () => {
  const timestamp = parse(authority.timestamp(DATA));

  expect(timestamp.status).toBe(0n);
  expect(timestamp.signingTime).toEqual(NOW);
  expect(timestamp.signerSerialNumber).toEqual(leaf.serialNumber);
  expect(timestamp.signerIssuer).toEqual(leaf.issuer);
  expect(() => timestamp.verify(DATA, keyOf(leaf))).not.toThrow();
});

test('a timestamp does not verify over other data, or with another key', () => {
  const timestamp = parse(authority.timestamp(DATA));

  expect(() => timestamp.verify(Buffer.from('other'), keyOf(leaf))).toThrow();
  expect(() => timestamp.verify(DATA, keyOf(root))).toThrow('signature verification failed');
});

test('certificates are embedded when they are given', () => {
  const der = authority.timestamp(DATA, authority.chain);

  for (const certificate of authority.chain) expect(der.includes(certificate)).toBe(true);
  expect(() => parse(der).verify(DATA, keyOf(leaf))).not.toThrow();
});
