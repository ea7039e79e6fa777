import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';
import { attack } from '../support/attack.ts';
import { type AttackedImage, type AttackSetUp, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import * as der from '../support/der.ts';
import { annotated, edited, rewritten } from '../support/forgery.ts';
import { type BundleJson, entryOf } from '../support/private-sigstore.ts';

type Publish = (setUp: AttackSetUp, image: AttackedImage) => void;

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');
const deepDer = (): Buffer => {
  let nested = der.nothing();
  for (let depth = 0; depth < 3_000; depth += 1) nested = der.sequence(nested);
  return nested;
};

function text(content: string | Uint8Array): Publish {
  return (setUp, image) => void setUp.attach(image, rewritten(setUp.bundle(image), content));
}

function bundle(change: (json: BundleJson) => void): Publish {
  return (setUp, image) => void setUp.attach(image, edited(setUp.bundle(image), change));
}

function certificate(bytes: Uint8Array): Publish {
  return bundle(({ verificationMaterial }) => {
    verificationMaterial.certificate = { rawBytes: base64(bytes) };
  });
}

function timestamp(bytes: Uint8Array): Publish {
  return bundle(({ verificationMaterial }) => {
    verificationMaterial.timestampVerificationData = {
      rfc3161Timestamps: [{ signedTimestamp: base64(bytes) }],
    };
  });
}

function annotation(name: string, value: string): Publish {
  return (setUp, image) =>
    void setUp.attachLegacy(image, annotated(setUp.legacy(image, { timestamp: true }), { [name]: value }));
}

/** Something in place of the manifest under the `.sig` tag. */
function signatureManifest(content: unknown, mediaType = MANIFEST_MEDIA_TYPE): Publish {
  return (setUp, { repository, digest }) => {
    const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
    setUp.registry.push(repository, { bytes, mediaType, tag: `${digest.replace(':', '-')}.sig` });
  };
}

const MALFORMED = 'rejected SIGNATURE_MALFORMED';

const GARBAGE: readonly (readonly [string, Publish, string])[] = [
  ['an empty bundle', text(''), MALFORMED],
  ['random bytes', text(randomBytes(4_096)), MALFORMED],
  ['null', text('null'), MALFORMED],
  ['a list', text('[]'), MALFORMED],
  ['a number', text('42'), MALFORMED],
  ['an empty object', text('{}'), MALFORMED],
  ['gzip', text(Buffer.from('1f8b0800000000000003', 'hex')), MALFORMED],
  [
    'a number in place of the certificate',
    bundle((json) => Object.assign(json.verificationMaterial, { certificate: 42 })),
    MALFORMED,
  ],
  [
    'null in place of the log entries',
    bundle((json) => Object.assign(json.verificationMaterial, { tlogEntries: [null] })),
    MALFORMED,
  ],
  [
    'an unknown hash algorithm',
    bundle((json) => {
      json.messageSignature = { messageDigest: { algorithm: 'MD5', digest: 'AAAA' }, signature: 'AAAA' };
      delete json.dsseEnvelope;
    }),
    MALFORMED,
  ],
  [
    'an enormous index',
    bundle((json) => {
      entryOf(json).logIndex = '9'.repeat(30);
    }),
    MALFORMED,
  ],
  [
    'a log entry that is no JSON',
    bundle((json) => {
      entryOf(json).canonicalizedBody = base64('garbage');
    }),
    'rejected LOG_ENTRY_MISMATCH',
  ],
  [
    'a log entry that is a list',
    bundle((json) => {
      entryOf(json).canonicalizedBody = base64('[]');
    }),
    'rejected LOG_ENTRY_MISMATCH',
  ],
  [
    'a checkpoint without lines',
    bundle((json) => {
      const proof = entryOf(json).inclusionProof;
      if (proof !== undefined) proof.checkpoint = { envelope: 'garbage' };
    }),
    'rejected LOG_ENTRY_INVALID',
  ],
  [
    'a proof of a tree without leaves',
    bundle((json) => Object.assign(entryOf(json).inclusionProof ?? {}, { treeSize: '0', logIndex: '0' })),
    'rejected LOG_ENTRY_INVALID',
  ],
  ['a certificate of random bytes', certificate(randomBytes(512)), 'rejected CERTIFICATE_INVALID'],
  ['an empty sequence for a certificate', certificate(der.sequence()), 'rejected CERTIFICATE_INVALID'],
  ['a certificate of 3,000 levels', certificate(deepDer()), 'rejected CERTIFICATE_INVALID'],
  ['a length without end', certificate(Buffer.from('3084ffffffff', 'hex')), 'rejected CERTIFICATE_INVALID'],
  ['a timestamp of random bytes', timestamp(randomBytes(512)), 'rejected TIMESTAMP_INVALID'],
  ['an empty sequence for a timestamp', timestamp(der.sequence()), 'rejected TIMESTAMP_INVALID'],
  ['a timestamp of 3,000 levels', timestamp(deepDer()), 'rejected TIMESTAMP_INVALID'],
  ['null in an annotation', annotation(ANNOTATION.bundle, 'null'), MALFORMED],
  ['an empty object in an annotation', annotation(ANNOTATION.bundle, '{}'), MALFORMED],
  [
    'an odd timestamp in an annotation',
    annotation(ANNOTATION.timestamp, '{"SignedRFC3161Timestamp":""}'),
    MALFORMED,
  ],
  ['a signature of one byte', annotation(ANNOTATION.signature, 'AA=='), 'rejected SIGNATURE_INVALID'],
  ['no signature', annotation(ANNOTATION.signature, ''), MALFORMED],
  ['a manifest without layers', signatureManifest({ schemaVersion: 2 }), MALFORMED],
  ['a manifest with null for its layers', signatureManifest({ schemaVersion: 2, layers: null }), MALFORMED],
  [
    'a manifest with a layer that is null',
    signatureManifest({ schemaVersion: 2, layers: [null] }),
    MALFORMED,
  ],
  [
    'an index in place of a manifest',
    signatureManifest({ schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests: [] }, INDEX_MEDIA_TYPE),
    MALFORMED,
  ],
  ['a manifest that is no JSON', signatureManifest('garbage'), 'unavailable REGISTRY_RESPONSE_INVALID'],
  ['a manifest that is null', signatureManifest('null'), 'unavailable REGISTRY_RESPONSE_INVALID'],
];

attack(
  'B19',
  'one signature that makes a parser fail would admit its image, or take the process down',
  () => {
    const setUp = setUpAttack();

    it.each(GARBAGE)('%s costs its own image alone', async (_, publish, verdict) => {
      const [image, honest] = [setUp.image(), setUp.signed()];
      publish(setUp, image);
      const values = await setUp.provider.verify(honest.key, image.key, honest.key);
      expect(values.map(verdictOf)).toEqual(['verified', verdict, 'verified']);
    });

    it.each(GARBAGE)('%s beside an honest signature does not hide it', async (_, publish, verdict) => {
      const image = setUp.signed();
      publish(setUp, image);
      // What can't be read from the registry is an outage of a place, which one good signature makes up for under any.
      expect(await setUp.judge(image)).toBe('verified');
      expect(verdict).not.toBe('verified');
    });

    it('twin: afterwards the process lives and verifies', async () => {
      expect(await setUp.judge(setUp.signed())).toBe('verified');
      expect(await setUp.judge(setUp.signed('legacy'))).toBe('verified');
    });
  },
);
