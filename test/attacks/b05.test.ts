import { describe, expect, it } from 'vitest';
import {
  dsseV1,
  hashedRekordV1,
  hashedRekordV2,
  type VerifierMaterial,
} from '../../src/demo/sigstore/log-entry-body.ts';
import { generateSigningKey } from '../../src/demo/sigstore/signing-key.ts';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';
import { attack } from '../support/attack.ts';
import { RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import {
  annotated,
  certificateMaterial,
  keyMaterial,
  leafOf,
  legacyEntry,
  withEntries,
} from '../support/forgery.ts';
import { inlineKey, store } from '../support/resources.ts';

const key = generateSigningKey();

attack('B5', "a signature would be logged under a name that its owner doesn't watch", () => {
  const setUp = setUpAttack({
    trustPolicies: (host) => [
      releasePolicy(host, { scopes: [`${host}/acme/*`] }),
      releasePolicy(host, {
        name: 'keyed',
        scopes: [`${host}/keyed/*`],
        keyless: undefined,
        keys: [{ provider: 'key' }],
      }),
    ],
    resources: (host) => [store([{ host, plainHttp: true }]), inlineKey('key', key.pem)],
  });
  const { sigstore } = setUp;
  const { v1, v2 } = sigstore.logs;
  const otherLeaf = () => sigstore.certificateAuthority.issue(RELEASE, key);
  const recorded: Readonly<Record<string, (leaf: Buffer) => VerifierMaterial>> = {
    'the bare key of the certificate': () => keyMaterial(key),
    'another certificate of the same person and key': () => certificateMaterial(otherLeaf(), key),
    'the certificate of somebody else': () => {
      const stranger = generateSigningKey();
      const identity = { issuer: RELEASE.issuer, subject: 'https://example.com/unwatched' };
      return certificateMaterial(sigstore.certificateAuthority.issue(identity, stranger), stranger);
    },
    'a text that is no certificate': (leaf) => ({
      ...certificateMaterial(leaf, key),
      pem: 'garbage',
      der: Buffer.from('garbage'),
    }),
    'two certificates': (leaf) => {
      const honest = certificateMaterial(leaf, key);
      return { ...honest, pem: `${honest.pem}${honest.pem}`, der: Buffer.concat([leaf, leaf]) };
    },
  };

  describe.each(['dsse', 'hashedrekord', 'hashedrekord of Rekor v2'])('an entry of the type %s', (type) => {
    function signedWithEntry(material: (leaf: Buffer) => VerifierMaterial) {
      const image = setUp.image();
      const bundle = withEntries(setUp.bundle(image, { key }), (parts, json) => {
        const { envelope, encoded, signature } = parts;
        const verifier = material(leafOf(json));
        if (type === 'dsse') return [v1.append(dsseV1(envelope, verifier))];
        if (type === 'hashedrekord') return [v1.append(hashedRekordV1(encoded, signature, verifier))];
        return [v2.append(hashedRekordV2(encoded, signature, verifier))];
      });
      return setUp.attach(image, bundle);
    }

    it('twin: with the certificate that signed it is verified', async () => {
      expect(await setUp.judge(signedWithEntry((leaf) => certificateMaterial(leaf, key)))).toBe('verified');
    });

    it.each(Object.entries(recorded))('with %s it is rejected', async (_, material) => {
      expect(await setUp.judge(signedWithEntry(material))).toBe('rejected LOG_ENTRY_MISMATCH');
    });
  });

  it('the old form, logged with the bare key of its certificate, is rejected', async () => {
    const image = setUp.image();
    const honest = setUp.legacy(image, { key });
    const signature = Buffer.from(honest.annotations[ANNOTATION.signature] ?? '', 'base64');
    const entry = v1.append(hashedRekordV1(honest.payload, signature, keyMaterial(key)));
    const forged = annotated(honest, { [ANNOTATION.bundle]: legacyEntry(entry) });
    expect(await setUp.judge(setUp.attachLegacy(image, forged))).toBe('rejected LOG_ENTRY_MISMATCH');
    const twin = setUp.image();
    expect(await setUp.judge(setUp.attachLegacy(twin, setUp.legacy(twin, { key })))).toBe('verified');
  });

  it('a signature by a key, logged with a certificate for that key, is rejected', async () => {
    const twin = setUp.image('keyed/app');
    const sign = ({ digest }: typeof twin) => sigstore.signBundle({ digest, key });
    expect(await setUp.judge(setUp.attach(twin, sign(twin)))).toBe('verified');
    const image = setUp.image('keyed/app');
    const forged = withEntries(sign(image), ({ envelope }) => [
      v1.append(dsseV1(envelope, certificateMaterial(otherLeaf(), key))),
    ]);
    expect(await setUp.judge(setUp.attach(image, forged))).toBe('rejected LOG_ENTRY_MISMATCH');
  });
});
