import { expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { attack } from '../support/attack.ts';
import { type AttackedImage, setUpAttack } from '../support/attack-set-up.ts';
import { edited } from '../support/forgery.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const COSIGN = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const IN_TOTO = 'application/vnd.in-toto+json';

attack('A11', 'what is attached to an image would count because it is there, without being verified', () => {
  const setUp = setUpAttack();

  function statementAbout({ digest }: AttackedImage, predicateType: string): Buffer {
    const subject = [{ digest: { sha256: digest.slice('sha256:'.length) } }];
    return Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType }));
  }

  /** Attaches content that nobody signed, under the name of something that is. */
  function attach(image: AttackedImage, artifactType: string, content: Uint8Array, layerType: string) {
    const { registry, repository, digest } = image;
    const subject = registry.manifest(repository, digest);
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_MEDIA_TYPE,
      artifactType,
      config: registry.pushBlob(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json'),
      layers: [
        {
          ...registry.pushBlob(content, layerType),
          annotations: { 'in-toto.io/predicate-type': 'https://sigstore.dev/cosign/sign/v1' },
        },
      ],
      annotations: { 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' },
      subject: { mediaType: MANIFEST_MEDIA_TYPE, digest, size: subject?.bytes.length ?? 0 },
    };
    registry.push(repository, {
      bytes: Buffer.from(JSON.stringify(manifest)),
      mediaType: MANIFEST_MEDIA_TYPE,
    });
    return image;
  }

  it('twin: what is verified counts', async () => {
    expect(await setUp.judge(setUp.signed())).toBe('verified');
  });

  it('an unsigned in-toto statement that says the image is signed', async () => {
    const image = setUp.image();
    const statement = statementAbout(image, 'https://sigstore.dev/cosign/sign/v1');
    expect(await setUp.judge(attach(image, IN_TOTO, statement, IN_TOTO))).toBe('rejected ATTESTATION_ONLY');
  });

  it('the same under the names of a bundle and of a signature', async () => {
    const bundle = setUp.image();
    const statement = statementAbout(bundle, 'https://sigstore.dev/cosign/sign/v1');
    attach(bundle, BUNDLE, statement, BUNDLE);
    expect(await setUp.judge(bundle)).toBe('rejected SIGNATURE_MALFORMED');
    const signature = setUp.image();
    attach(signature, COSIGN, statementAbout(signature, 'x'), SIMPLE_SIGNING);
    expect(await setUp.judge(signature)).toBe('rejected SIGNATURE_MALFORMED');
  });

  it('a payload in the form of cosign that names this image, without a signature over it', async () => {
    const image = setUp.image();
    const { payload } = setUp.legacy(image);
    attach(image, COSIGN, payload, SIMPLE_SIGNING);
    expect(await setUp.judge(image)).toBe('rejected SIGNATURE_MALFORMED');
  });

  it('a bundle with the signature taken out, or an empty one in its place', async () => {
    for (const signatures of [[], [{ sig: '' }]]) {
      const image = setUp.image();
      const unsigned = edited(setUp.bundle(image), ({ dsseEnvelope }) => {
        if (dsseEnvelope !== undefined) dsseEnvelope.signatures = signatures;
      });
      expect(await setUp.judge(setUp.attach(image, unsigned))).toBe('rejected SIGNATURE_MALFORMED');
    }
  });

  it('a bundle whose signature is by another key than its certificate says', async () => {
    const image = setUp.image();
    const stranger = setUp.bundle(image);
    const borrowed = edited(setUp.bundle(image), ({ dsseEnvelope }) => {
      const sig = /"sig":"([^"]+)"/.exec(Buffer.from(stranger.bytes).toString('utf8'))?.[1] ?? '';
      if (dsseEnvelope !== undefined) dsseEnvelope.signatures = [{ sig }];
    });
    expect(await setUp.judge(setUp.attach(image, borrowed))).toBe('rejected SIGNATURE_INVALID');
  });
});
