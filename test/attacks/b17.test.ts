import { describe, expect, it } from 'vitest';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';
import { attack } from '../support/attack.ts';
import { setUpAttack } from '../support/attack-set-up.ts';
import { annotated, edited } from '../support/forgery.ts';
import { type BundleJson, entryOf } from '../support/private-sigstore.ts';

/** Other spellings of the same bytes; some decoders read them all. */
const RESPELLED: readonly (readonly [string, (base64: string) => string])[] = [
  ['a blank before it', (text) => ` ${text}`],
  ['a line feed behind it', (text) => `${text}\n`],
  ['a line feed within', (text) => `${text.slice(0, 8)}\n${text.slice(8)}`],
  ['no padding, or too much', (text) => (text.endsWith('=') ? text.replace(/=+$/, '') : `${text}====`)],
  ['a character that is none', (text) => `${text.slice(0, 8)}*${text.slice(8)}`],
  ['bytes behind the padding', (text) => `${text}====AAAA`],
];

interface Field {
  get(bundle: BundleJson): string;
  set(bundle: BundleJson, text: string): void;
}

function field<Part extends object>(
  partOf: (bundle: BundleJson) => Part | undefined,
  name: { [Name in keyof Part]: Part[Name] extends string | undefined ? Name : never }[keyof Part] & string,
): Field {
  const there = (bundle: BundleJson): Record<string, unknown> => {
    const part = partOf(bundle);
    if (part === undefined) throw new Error('the bundle lacks a part');
    return part as Record<string, unknown>;
  };
  return {
    get: (bundle) => String(there(bundle)[name]),
    set(bundle, text) {
      there(bundle)[name] = text;
    },
  };
}

const FIELDS: Readonly<Record<string, Field>> = {
  certificate: field(({ verificationMaterial }) => verificationMaterial.certificate, 'rawBytes'),
  'log id': field((bundle) => entryOf(bundle).logId, 'keyId'),
  'log entry': field(entryOf, 'canonicalizedBody'),
  promise: field((bundle) => entryOf(bundle).inclusionPromise, 'signedEntryTimestamp'),
  'root hash': field((bundle) => entryOf(bundle).inclusionProof, 'rootHash'),
  timestamp: field(
    ({ verificationMaterial }) => verificationMaterial.timestampVerificationData?.rfc3161Timestamps[0],
    'signedTimestamp',
  ),
  payload: field(({ dsseEnvelope }) => dsseEnvelope, 'payload'),
  signature: field(({ dsseEnvelope }) => dsseEnvelope?.signatures[0], 'sig'),
};

attack(
  'B17',
  'a text that decoders read differently would carry one signature for us and another for others',
  () => {
    const setUp = setUpAttack();

    it('twin: the one spelling of each is verified', async () => {
      expect(await setUp.judge(setUp.signed())).toBe('verified');
      expect(await setUp.judge(setUp.signed('legacy'))).toBe('verified');
    });

    describe.each(Object.entries(FIELDS))('the %s of a bundle', (_, { get, set }) => {
      it.each(RESPELLED)('with %s is rejected', async (__, respell) => {
        const image = setUp.image();
        setUp.attach(
          image,
          edited(setUp.bundle(image), (json) => set(json, respell(get(json)))),
        );
        expect(await setUp.judge(image)).toBe('rejected SIGNATURE_MALFORMED');
      });

      it('in the alphabet of URLs is rejected', async () => {
        const image = setUp.image();
        let differs = false;
        const bundle = edited(setUp.bundle(image), (json) => {
          const text = get(json);
          set(json, text.replaceAll('+', '-').replaceAll('/', '_'));
          differs = get(json) !== text;
        });
        expect(await setUp.judge(setUp.attach(image, bundle))).toBe(
          differs ? 'rejected SIGNATURE_MALFORMED' : 'verified',
        );
      });
    });

    it.each(RESPELLED)('the signature of the old form with %s is rejected', async (_, respell) => {
      const image = setUp.image();
      const signature = setUp.legacy(image);
      const odd = respell(signature.annotations[ANNOTATION.signature] ?? '');
      setUp.attachLegacy(image, annotated(signature, { [ANNOTATION.signature]: odd }));
      expect(await setUp.judge(image)).toBe('rejected SIGNATURE_MALFORMED');
    });

    it.each<[string, (pem: string) => string, string]>([
      ['line ends of Windows', (pem) => pem.replaceAll('\n', '\r\n'), 'verified'],
      ['a second certificate', (pem) => `${pem}${pem}`, 'rejected SIGNATURE_MALFORMED'],
      ['words before it', (pem) => `Certificate:\n${pem}`, 'rejected SIGNATURE_MALFORMED'],
      ['words behind it', (pem) => `${pem}more`, 'rejected SIGNATURE_MALFORMED'],
      ['another label', (pem) => pem.replaceAll('CERTIFICATE', 'PUBLIC KEY'), 'rejected SIGNATURE_MALFORMED'],
      ['two labels', (pem) => pem.replace('CERTIFICATE', 'X509 CRL'), 'rejected SIGNATURE_MALFORMED'],
      [
        'a header',
        (pem) => pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n'),
        'rejected SIGNATURE_MALFORMED',
      ],
      ['no end', (pem) => pem.replace(/-----END.*/, ''), 'rejected SIGNATURE_MALFORMED'],
      ['nothing in it', (pem) => pem.replace(/\n[^-]*\n/, '\n'), 'rejected SIGNATURE_MALFORMED'],
      ['a blank within a line', (pem) => pem.replace(/(\n.{8})/, '$1 '), 'rejected SIGNATURE_MALFORMED'],
      ['nothing but blanks', () => ' \n ', 'rejected SIGNATURE_MALFORMED'],
      ['nothing', () => '', 'rejected SIGNER_KIND_MISMATCH'],
    ])('a certificate of the old form with %s: %#', async (_, rewrite, verdict) => {
      const image = setUp.image();
      const signature = setUp.legacy(image);
      const odd = rewrite(signature.annotations[ANNOTATION.certificate] ?? '');
      setUp.attachLegacy(image, annotated(signature, { [ANNOTATION.certificate]: odd }));
      expect(await setUp.judge(image)).toBe(verdict);
    });

    it('bytes behind the certificate are rejected, whether inside or outside of it', async () => {
      const image = setUp.image();
      const bundle = edited(setUp.bundle(image), ({ verificationMaterial: { certificate } }) => {
        if (certificate === undefined) throw new Error('no certificate');
        const der = Buffer.concat([Buffer.from(certificate.rawBytes, 'base64'), Buffer.of(0)]);
        certificate.rawBytes = der.toString('base64');
      });
      expect(await setUp.judge(setUp.attach(image, bundle))).toBe('rejected CERTIFICATE_INVALID');
    });
  },
);
