import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/demo/sigstore/canonical-json.ts';
import { hashedRekordV1 } from '../../src/demo/sigstore/log-entry-body.ts';
import { generateSigningKey, signWith } from '../../src/demo/sigstore/signing-key.ts';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';
import { attack } from '../support/attack.ts';
import { type AttackedImage, RELEASE, setUpAttack } from '../support/attack-set-up.ts';
import { annotated, certificateMaterial, legacyEntry, rewritten, textOf } from '../support/forgery.ts';
import { ODD_JSON } from '../support/odd-json.ts';

type Rewrite = (text: string) => string | Uint8Array;

const honestly: Rewrite = (text) => text;
const key = generateSigningKey();

attack('B16', 'a text that two programs read differently would show one of them another image', () => {
  const setUp = setUpAttack();
  const { sigstore } = setUp;

  /** A signed image with one of its texts rewritten; where the text is signed or logged, it is so as rewritten. */
  const TEXTS: Readonly<Record<string, (rewrite: Rewrite) => AttackedImage>> = {
    'the payload of a signature of the old form': (rewrite) => {
      const image = setUp.image();
      const { payload } = setUp.legacy(image);
      const odd = Buffer.from(rewrite(Buffer.from(payload).toString('utf8')));
      const request = { digest: image.digest, dockerReference: 'app', identity: RELEASE, payload: odd };
      return setUp.attachLegacy(image, sigstore.signLegacy(request));
    },
    'a signed statement': (rewrite) => {
      const image = setUp.image();
      const statement = {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { sha256: image.digest.slice('sha256:'.length) } }],
        predicateType: 'https://sigstore.dev/cosign/sign/v1',
      };
      const payload = Buffer.from(rewrite(JSON.stringify(statement)));
      return setUp.attach(image, sigstore.signEnvelope({ identity: RELEASE, payload }));
    },
    'a bundle': (rewrite) => {
      const image = setUp.image();
      const bundle = setUp.bundle(image);
      return setUp.attach(image, rewritten(bundle, rewrite(textOf(bundle))));
    },
    'the log entry in an annotation': (rewrite) => {
      const image = setUp.image();
      const signature = setUp.legacy(image);
      const text = Buffer.from(rewrite(signature.annotations[ANNOTATION.bundle] ?? '')).toString('utf8');
      return setUp.attachLegacy(image, annotated(signature, { [ANNOTATION.bundle]: text }));
    },
    'the timestamp in an annotation': (rewrite) => {
      const image = setUp.image();
      const signature = setUp.legacy(image, { timestamp: true });
      const text = Buffer.from(rewrite(signature.annotations[ANNOTATION.timestamp] ?? '')).toString('utf8');
      return setUp.attachLegacy(image, annotated(signature, { [ANNOTATION.timestamp]: text }));
    },
  };

  describe.each(Object.entries(TEXTS))('%s', (_, imageWith) => {
    it('twin: as it is, and with blanks around it, it is verified', async () => {
      expect(await setUp.judge(imageWith(honestly))).toBe('verified');
      expect(await setUp.judge(imageWith((text) => ` ${text}\n`))).toBe('verified');
    });

    it.each(Object.entries(ODD_JSON))('%s: rejected', async (__, rewrite) => {
      expect(await setUp.judge(imageWith(rewrite))).toBe('rejected SIGNATURE_MALFORMED');
    });
  });

  describe('what a log recorded', () => {
    /** The log signs whatever it is given, byte for byte. */
    function logged(rewrite: Rewrite): AttackedImage {
      const image = setUp.image();
      const honest = setUp.legacy(image, { key, log: 'none' });
      const leaf = Buffer.from(
        (honest.annotations[ANNOTATION.certificate] ?? '').replaceAll(/-----.*-----|\s/g, ''),
        'base64',
      );
      const signature = Buffer.from(honest.annotations[ANNOTATION.signature] ?? '', 'base64');
      const { v1 } = sigstore.logs;
      const body = hashedRekordV1(honest.payload, signature, certificateMaterial(leaf, key));
      const entry = v1.append(body);
      const canonicalizedBody = Buffer.from(rewrite(canonicalJson(body))).toString('base64');
      const promised = canonicalJson({
        body: canonicalizedBody,
        integratedTime: Number(entry.integratedTime),
        logIndex: Number(entry.logIndex),
        logID: v1.logId.toString('hex'),
      });
      const signedEntryTimestamp = signWith(v1.key, Buffer.from(promised)).toString('base64');
      const odd = { ...entry, canonicalizedBody, inclusionPromise: { signedEntryTimestamp } };
      return setUp.attachLegacy(image, annotated(honest, { [ANNOTATION.bundle]: legacyEntry(odd) }));
    }

    it('twin: is verified', async () => {
      expect(await setUp.judge(logged(honestly))).toBe('verified');
    });

    it.each(Object.entries(ODD_JSON))('%s: rejected', async (__, rewrite) => {
      expect(await setUp.judge(logged(rewrite))).toBe('rejected SIGNATURE_MALFORMED');
    });
  });

  it.each<[string, Rewrite]>([
    ['critical twice', (text) => text.replace('"critical":', '"critical":{},"critical":')],
    ['an image twice', (text) => text.replace('"image":', '"image":{},"image":')],
    [
      'the digest again in the spelling of the specification',
      (text) =>
        text.replace('"docker-manifest-digest":', '"Docker-manifest-digest":"x","docker-manifest-digest":'),
    ],
    [
      'the digest in that spelling alone',
      (text) => text.replace('docker-manifest-digest', 'Docker-manifest-digest'),
    ],
    [
      'another type',
      (text) => text.replace('cosign container image signature', 'atomic container signature'),
    ],
    ['something else that is critical', (text) => text.replace('"type":', '"more":1,"type":')],
    ['no type', (text) => text.replace(',"type":"cosign container image signature"', '')],
    ['a digest that is a list', (text) => text.replace(/"(sha256:[0-9a-f]+)"/, '["$1"]')],
  ])('a signed payload with %s is rejected', async (_, rewrite) => {
    const imageWith = TEXTS['the payload of a signature of the old form'];
    const image = imageWith?.(rewrite) ?? '';
    expect(await setUp.judge(image)).toBe('rejected SIGNATURE_MALFORMED');
  });
});
