import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { type AttackedImage, RELEASE, setUpAttack } from '../support/attack-set-up.ts';

const PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';
const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

attack('B20', 'the statement that something was published would vouch for anything by that name', () => {
  const setUp = setUpAttack();

  /** By the trusted workflow, about a subject of this image's name and another image's digest, or both its own. */
  function published(predicateType: string, about: (image: AttackedImage) => AttackedImage): AttackedImage {
    const image = setUp.image();
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [
        {
          name: `${setUp.host}/${image.repository}`,
          digest: { sha256: about(image).digest.slice('sha256:'.length) },
        },
      ],
      predicateType,
      predicate: { name: image.repository, version: '1.0.0', registry: setUp.host, digest: image.digest },
    };
    const payload = Buffer.from(JSON.stringify(statement));
    return setUp.attach(image, setUp.sigstore.signEnvelope({ identity: RELEASE, payload }));
  }

  it('twin: a signature whose subject has name and digest of the image is verified', async () => {
    expect(await setUp.judge(published(SIGNATURE, (image) => image))).toBe('verified');
  });

  it('the name of the image with the digest of another is rejected', async () => {
    const image = published(SIGNATURE, () => setUp.image());
    expect(await setUp.judge(image)).toBe('rejected SUBJECT_MISMATCH');
  });

  it('a statement of publication is no signature, whatever its subject', async () => {
    expect(await setUp.judge(published(PUBLISH, (image) => image))).toBe('rejected ATTESTATION_ONLY');
    expect(await setUp.judge(published(PUBLISH, () => setUp.image()))).toBe('rejected ATTESTATION_ONLY');
  });
});
