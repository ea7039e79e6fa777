import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPayload } from '../../../src/cosign/simple-signing-payload.ts';
import { CountersignError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { type Digest, parseDigest } from '../../../src/registry/digest.ts';

const SUBJECT: Digest = parseDigest(`sha256:${'ab'.repeat(32)}`);

const honest = JSON.stringify({
  critical: {
    identity: { 'docker-reference': 'index.docker.io/library/app' },
    image: { 'docker-manifest-digest': SUBJECT },
    type: 'cosign container image signature',
  },
  optional: null,
});

function codeOf(text: string | Uint8Array, subject = SUBJECT): string | undefined {
  try {
    checkPayload(Buffer.from(text), subject);
    return undefined;
  } catch (error) {
    return error instanceof CountersignError ? error.code : String(error);
  }
}

describe('a simple-signing payload', () => {
  it.each([
    ['as cosign writes it', honest],
    ['with annotations', honest.replace('null', '{"env":"prod","n":1}')],
    [
      'with another name for the image, which is not compared',
      honest.replace('library/app', 'somebody/else'),
    ],
    ['with white space', `\n${JSON.stringify(JSON.parse(honest), null, 2)}\n`],
  ])('is accepted %s', (_, text) => {
    expect(codeOf(text)).toBeUndefined();
  });

  it.each([
    ['another image (B1)', honest.replace('abab', 'cdcd')],
    ['upper-case hex (B1)', honest.replace(SUBJECT, SUBJECT.replaceAll('ab', 'AB'))],
    ['the digest alone (B1)', honest.replace('sha256:', '')],
    ['another algorithm (B1)', honest.replace('sha256:', 'sha512:')],
    ['a digest with white space (B1)', honest.replace(SUBJECT, `${SUBJECT} `)],
  ])('is for another image with %s', (_, text) => {
    expect(codeOf(text)).toBe('SUBJECT_MISMATCH');
  });

  it.each([
    ['critical twice', honest.replace('{"critical"', '{"critical":{},"critical"')],
    ['the digest twice', honest.replace('"image":{', `"image":{"docker-manifest-digest":"x",`)],
    ['another spelling', honest.replace('docker-manifest-digest', 'Docker-manifest-digest')],
    [
      'another spelling beside the right one',
      honest.replace('"image":{', '"image":{"Docker-Manifest-Digest":"x",'),
    ],
    ['an unknown key in critical', honest.replace('"critical":{', '"critical":{"more":1,')],
    ['an unknown key at the top', honest.replace('{"critical"', '{"more":1,"critical"')],
    ['another type', honest.replace('cosign container', 'atomic container')],
    ['no type', honest.replace(',"type":"cosign container image signature"', '')],
    ['no reference', honest.replace('"docker-reference":"index.docker.io/library/app"', '')],
    ['__proto__', honest.replace('null', '{"__proto__":{}}')],
    ['trailing data', `${honest}x`],
    ['a second document', `${honest}${honest}`],
    ['a byte order mark', `\uFEFF${honest}`],
    ['a lone surrogate', honest.replace('null', '{"x":"\\ud800"}')],
    ['a number beyond all', honest.replace('null', '{"x":1e400}')],
    ['invalid UTF-8', Buffer.from(`${honest.slice(0, -5)}"\xff"}`, 'latin1')],
    ['nothing', ''],
    ['another kind of JSON', '[]'],
  ])('is malformed with %s (B16)', (_, text) => {
    expect(codeOf(text)).toBe('SIGNATURE_MALFORMED');
  });

  it('is not read beyond its limit', () => {
    expect(codeOf(' '.repeat(limits.payload + 1))).toBe('LIMIT_EXCEEDED');
  });

  it('is refused, and never makes a parser stumble, whatever it is (A9)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(codeOf(text)).toBe('SIGNATURE_MALFORMED');
      }),
    );
  });
});
