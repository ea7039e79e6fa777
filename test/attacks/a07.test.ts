import { expect, it } from 'vitest';
import type { CertificateOverrides } from '../../src/demo/sigstore/certificate-authority.ts';
import type { Extension } from '../../src/demo/sigstore/x509.ts';
import { attack } from '../support/attack.ts';
import { RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import * as der from '../support/der.ts';

const { issuer, subject } = RELEASE;
const BOB = { issuer, subject: 'bob@example.com' };
const FULCIO_NAME = '1.3.6.1.4.1.57264.1.7';
const EMAIL = 1;
const DNS = 2;
const URI = 6;

function names(...encoded: Uint8Array[]): CertificateOverrides {
  const extension: Extension = { oid: '2.5.29.17', critical: true, value: der.sequence(...encoded) };
  return { subjectAlternativeNames: [], extraExtensions: [extension] };
}

function name(tag: number, text: string | Uint8Array): Buffer {
  return der.taggedPrimitive(tag, Buffer.from(text));
}

function otherName(text: string): Buffer {
  return der.tagged(0, der.objectIdentifier(FULCIO_NAME), der.tagged(0, der.utf8String(text)));
}

function issuerExtension(arc: number, value: Uint8Array): CertificateOverrides {
  return { extraExtensions: [{ oid: `1.3.6.1.4.1.57264.1.${arc}`, critical: false, value }] };
}

/** Certificates of the trusted authority, as it should never issue them. */
const AMBIGUOUS: readonly (readonly [string, CertificateOverrides])[] = [
  ['the trusted name first of two', names(name(URI, subject), name(URI, 'https://evil.example'))],
  ['the trusted name last of two', names(name(URI, 'https://evil.example'), name(URI, subject))],
  ['the trusted name beside an e-mail address', names(name(EMAIL, 'a@evil.example'), name(URI, subject))],
  ['the trusted name beside a DNS name', names(name(URI, subject), name(DNS, 'evil.example'))],
  ['the trusted name twice', names(name(URI, subject), name(URI, subject))],
  ['the trusted name as a DNS name', names(name(DNS, subject))],
  ['the trusted name as an e-mail address', names(name(EMAIL, subject))],
  ["the trusted name as a user's name", names(otherName(subject))],
  ['no name at all', { subjectAlternativeNames: [] }],
  ['a list without names', names()],
  ['a NUL behind the trusted name', names(name(URI, `${subject}\0.evil.example`))],
  ['a line feed behind the trusted name', names(name(URI, `${subject}\n`))],
  ['a blank that is none', names(name(URI, `${subject}\u00a0`))],
  // 0xE5 without its high bit is the letter e.
  ['a high bit, which ASCII drops', names(name(URI, Buffer.from(subject.replace('e', '\xe5'), 'latin1')))],
  ['a letter of another alphabet', names(name(URI, subject.replace('a', '\u0430')))],
  [
    'the extension of names twice',
    {
      extraExtensions: [
        { oid: '2.5.29.17', critical: true, value: der.sequence(name(URI, 'https://evil.example')) },
      ],
    },
  ],
  ['two issuers', { issuerV1: 'https://evil.example' }],
  ['two issuers, the trusted one second', { issuerV2: 'https://evil.example' }],
  ['the issuer extension twice', issuerExtension(8, der.utf8String(issuer))],
  ['the old issuer extension twice', issuerExtension(1, Buffer.from(issuer))],
];

attack(
  'A7',
  'a certificate that two programs read as two different people would be read as the trusted one',
  () => {
    const setUp = setUpAttack({
      trustPolicies: (host) => [
        releasePolicy(host, {
          keyless: {
            identities: [
              { issuer, identity: subject },
              { issuer, identity: BOB.subject },
              { issuer, identity: 'bob!example.com' },
            ],
          },
        }),
      ],
    });

    function signed(certificate: CertificateOverrides, identity = RELEASE) {
      const image = setUp.image();
      return setUp.attach(image, setUp.bundle(image, { identity, certificate }));
    }

    it.each<[string, CertificateOverrides]>([
      ['a workflow as a URI', names(name(URI, subject))],
      ['a person as an e-mail address', names(name(EMAIL, BOB.subject))],
      ['a user by name', names(otherName('bob!example.com'))],
    ])('twin: %s, once, is verified', async (_, certificate) => {
      expect(await setUp.judge(signed(certificate))).toBe('verified');
    });

    it.each(AMBIGUOUS)('%s is rejected', async (_, certificate) => {
      expect(await setUp.judge(signed(certificate))).toBe('rejected CERTIFICATE_INVALID');
    });

    it('an e-mail address as a URI is rejected', async () => {
      expect(await setUp.judge(signed(names(name(URI, BOB.subject)), BOB))).toBe(
        'rejected CERTIFICATE_INVALID',
      );
    });

    it('the same ambiguity in the old form is rejected', async () => {
      for (const [, certificate] of AMBIGUOUS) {
        const image = setUp.image();
        setUp.attachLegacy(image, setUp.legacy(image, { certificate }));
        expect(await setUp.judge(image)).toBe('rejected CERTIFICATE_INVALID');
      }
    });
  },
);
