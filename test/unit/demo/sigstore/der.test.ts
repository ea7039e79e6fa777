import { expect, test } from 'vitest';
import * as der from '../../../../src/demo/sigstore/der.ts';

const short = der.octetString(Buffer.of(2));
const long = der.octetString(Buffer.of(1, 1));

test.each([
  ['text', der.utf8String('ä'), '0c02c3a4'],
  ['bytes', long, '04020101'],
  ['a sequence, in the order given', der.sequence(long, short), '300704020101040102'],
  ['a set, in the order of DER', der.setOf(long, short), '310704010204020101'],
  ['an object identifier', der.objectIdentifier('1.3.6.1.4.1.57264.1.1'), '060a2b0601040183bf300101'],
])('%s', (_name, encoded, hex) => {
  expect(encoded.toString('hex')).toBe(hex);
});
