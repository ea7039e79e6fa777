import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStatement } from '../../../src/cosign/statement.ts';
import { CountersignError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { type Digest, parseDigest } from '../../../src/registry/digest.ts';

const SUBJECT: Digest = parseDigest(`sha256:${'ab'.repeat(32)}`);
const HEX = 'ab'.repeat(32);
const TYPE = 'application/vnd.in-toto+json';
const SIGN = 'https://sigstore.dev/cosign/sign/v1';

function statement(overrides: Record<string, unknown> = {}): string {
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: HEX }, annotations: {} }],
    predicateType: SIGN,
    ...overrides,
  });
}

function read(text: string, type = TYPE) {
  return readStatement(type, Buffer.from(text));
}

describe('a signed statement', () => {
  it.each([
    ['as cosign 3 writes it', statement()],
    ['with a predicate', statement({ predicate: {} })],
    ['of the first version', statement({ _type: 'https://in-toto.io/Statement/v0.1' })],
    ['with names', statement({ subject: [{ name: 'app', digest: { sha256: HEX } }] })],
    [
      'with several subjects (B1)',
      statement({ subject: [{ digest: { sha512: 'x' } }, { digest: { sha256: HEX } }] }),
    ],
    ['with several digests', statement({ subject: [{ digest: { sha512: 'x', sha256: HEX } }] })],
  ])('is about its subject %s', (_, text) => {
    expect(read(text)).toMatchObject({ predicateType: SIGN });
    expect(read(text).isAbout(SUBJECT)).toBe(true);
  });

  it.each([
    ['another digest', { sha256: 'cd'.repeat(32) }],
    ['upper-case hex', { sha256: HEX.toUpperCase() }],
    ['a prefix', { sha256: SUBJECT }],
    ['SHA-512 only', { sha512: HEX }],
    ['no digest', {}],
    ['the digest under another name', { SHA256: HEX }],
  ])('is not about this image with %s (B1)', (_, digest) => {
    expect(read(statement({ subject: [{ digest }] })).isAbout(SUBJECT)).toBe(false);
  });

  it.each([
    ['no subject', statement({ subject: [] })],
    ['subjects that are no list', statement({ subject: { digest: { sha256: HEX } } })],
    ['nothing for a subject', statement({ subject: [null] })],
    ['a subject without digests', statement({ subject: [{ name: 'app' }] })],
    ['a digest that is no text', statement({ subject: [{ digest: { sha256: [HEX] } }] })],
    [
      'too many subjects (E2)',
      statement({ subject: Array(limits.statementSubjects + 1).fill({ digest: {} }) }),
    ],
    [
      'too many digests (E2)',
      statement({
        subject: [{ digest: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`d${i}`, 'x'])) }],
      }),
    ],
    ['another type', statement({ _type: 'https://in-toto.io/Statement/v2' })],
    ['no type', statement({ _type: undefined })],
    ['no predicate type', statement({ predicateType: undefined })],
    ['an empty predicate type', statement({ predicateType: '' })],
    ['a key twice (B16)', statement().replace('{', '{"subject":[],')],
    ['trailing data (B16)', `${statement()}{}`],
    ['no JSON (A9)', 'statement'],
  ])('is malformed with %s', (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'SIGNATURE_MALFORMED' }));
  });

  it.each([
    'application/vnd.in-toto',
    'application/vnd.in-toto+json ',
    'Application/vnd.in-toto+json',
    // Its low byte is that of "t" (B13).
    'application/vnd.in-\u0174oto+json',
    '',
  ])('is not read where the payload type is %j', (type) => {
    expect(() => read(statement(), type)).toThrow(expect.objectContaining({ code: 'SIGNATURE_UNSUPPORTED' }));
  });

  it('is refused, and never makes a parser stumble, whatever it is (A9)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => read(text)).toThrow(CountersignError);
      }),
    );
  });
});
