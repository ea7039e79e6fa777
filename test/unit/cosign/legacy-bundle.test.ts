import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CandidateContent, SimpleSigningAnnotations } from '../../../src/cosign/candidate.ts';
import { legacyBundle } from '../../../src/cosign/legacy-bundle.ts';
import { CountersignError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { labCase, labContents } from '../../support/lab-material.ts';

type SimpleSigning = Extract<CandidateContent, { kind: 'simple-signing' }>;

function labContent(name: string): SimpleSigning {
  const [content] = labContents(labCase(name));
  if (content?.kind !== 'simple-signing') throw new Error(`${name} is not of the legacy form`);
  return content;
}

const honest = labContent('l-email-rekor1tsa');
const certificate = honest.annotations.certificate ?? '';
const bundle = honest.annotations.bundle ?? '';

function convert(annotations: Partial<SimpleSigningAnnotations>, transparencyLog = true) {
  return legacyBundle(
    { ...honest, annotations: { ...honest.annotations, ...annotations } },
    { transparencyLog },
  );
}

describe('the annotations of a legacy signature', () => {
  it('become a bundle of version 0.1', () => {
    expect(convert({})).toMatchObject({
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: {
        x509CertificateChain: { certificates: [{}] },
        tlogEntries: [{ kindVersion: { kind: 'hashedrekord', version: '0.0.1' } }],
        timestampVerificationData: { rfc3161Timestamps: [{}] },
      },
      messageSignature: {
        messageDigest: { digest: createHash('sha256').update(honest.payload).digest('base64') },
        signature: honest.annotations.signature,
      },
    });
  });

  it('without a certificate are by a bare key', () => {
    for (const key of [
      labContent('l-key-bare'),
      { ...honest, annotations: { signature: 'AA==', certificate: '' } },
    ]) {
      expect(legacyBundle(key, { transparencyLog: true })).toMatchObject({
        verificationMaterial: {
          publicKey: {},
          tlogEntries: [],
          timestampVerificationData: { rfc3161Timestamps: [] },
        },
      });
    }
  });

  it('never let a chain in (B15)', () => {
    expect(JSON.stringify(convert({ chain: certificate }))).toBe(JSON.stringify(convert({ chain: '' })));
  });

  it('are not read about the log where nobody asks', () => {
    expect(convert({ bundle: 'nonsense' }, false)).toMatchObject({
      verificationMaterial: { tlogEntries: [] },
    });
  });

  it.each<[string, Partial<SimpleSigningAnnotations>]>([
    ['an empty signature', { signature: '' }],
    ['two certificates (B17)', { certificate: `${certificate}${certificate}` }],
    ['words before the certificate (B17)', { certificate: `subject=alice\n${certificate}` }],
    ['white space for a certificate (B17)', { certificate: ' \n' }],
    ['a key for a certificate', { certificate: certificate.replaceAll('CERTIFICATE', 'PUBLIC KEY') }],
    ['a certificate with a gap', { certificate: certificate.replace('\n', '\n\t') }],
    ['a log entry that is no JSON', { bundle: 'nonsense' }],
    ['a log entry with more in it (B16)', { bundle: bundle.replace('{', '{"more":1,') }],
    ['a log entry with a key twice (B16)', { bundle: bundle.replace('{', '{"Payload":{},') }],
    ['a log entry in another base64 (B17)', { bundle: bundle.replace('"body":"', '"body":" ') }],
    [
      'a log id in upper case',
      { bundle: bundle.replace(/"logID":"[0-9a-f]+"/, (id) => `"logID"${id.slice(7).toUpperCase()}`) },
    ],
    ['an index with a fraction', { bundle: bundle.replace(/"logIndex":(\d+)/, '"logIndex":$1.5') }],
    ['a time before all time', { bundle: bundle.replace('"integratedTime":', '"integratedTime":-') }],
    ['a timestamp that is no JSON', { timestamp: 'nonsense' }],
    ['a timestamp with more in it (B16)', { timestamp: '{"SignedRFC3161Timestamp":"AA==","more":1}' }],
  ])('are malformed with %s', (_, annotations) => {
    expect(() => convert(annotations)).toThrow(expect.objectContaining({ code: 'SIGNATURE_MALFORMED' }));
  });

  it.each(['signature', 'certificate', 'chain', 'bundle', 'timestamp'])(
    'are not read beyond their limit: %s',
    (name) => {
      expect(() => convert({ [name]: 'A'.repeat(limits.annotation + 1) })).toThrow(
        expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
      );
    },
  );

  it('never make a parser stumble, whatever they are (B19)', () => {
    const texts = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(
        fc.constantFrom('certificate', 'bundle', 'timestamp'),
        texts.filter((text) => text !== ''),
        (name, text) => {
          expect(() => convert({ [name]: text })).toThrow(CountersignError);
        },
      ),
    );
  });
});
