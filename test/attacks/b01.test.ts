import { describe, expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { type AttackedImage, RELEASE, setUpAttack } from '../support/attack-set-up.ts';

const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

attack('B1', 'a signature that was made for one image would admit another', () => {
  const setUp = setUpAttack();
  const tags = setUpAttack({ registry: { referrersApi: false }, sigstore: setUp.sigstore });

  function hexOf({ digest }: AttackedImage): string {
    return digest.slice('sha256:'.length);
  }

  /** An honest signature over a statement with these subjects. */
  function signedAbout(image: AttackedImage, subject: readonly unknown[]): AttackedImage {
    const statement = { _type: 'https://in-toto.io/Statement/v1', subject, predicateType: SIGNATURE };
    const payload = Buffer.from(JSON.stringify(statement));
    return setUp.attach(image, setUp.sigstore.signEnvelope({ identity: RELEASE, payload }));
  }

  it('twin: each form is verified on the image that it was made for', async () => {
    for (const at of [setUp, tags]) {
      expect(await at.judge(at.signed())).toBe('verified');
      expect(await at.judge(at.signed('legacy'))).toBe('verified');
    }
  });

  it('a bundle attached to another image is rejected', async () => {
    for (const at of [setUp, tags]) {
      const image = at.image();
      at.attach(image, at.bundle(at.image()));
      expect(await at.judge(image)).toBe('rejected SUBJECT_MISMATCH');
    }
  });

  it('a signature of the old form attached to another image is rejected', async () => {
    const image = setUp.image();
    setUp.attachLegacy(image, setUp.legacy(setUp.image()));
    expect(await setUp.judge(image)).toBe('rejected SUBJECT_MISMATCH');
  });

  it('a .sig manifest that is tagged again for another image is rejected', async () => {
    const [signed, image] = [setUp.signed('legacy'), setUp.image()];
    const tag = ({ digest }: AttackedImage) => `${digest.replace(':', '-')}.sig`;
    const manifest = setUp.registry.manifest(signed.repository, tag(signed));
    if (manifest === undefined) throw new Error('nothing was published');
    setUp.registry.push(image.repository, { ...manifest, tag: tag(image) });
    expect(await setUp.judge(image)).toBe('rejected SUBJECT_MISMATCH');
    expect(await setUp.judge(signed)).toBe('verified');
  });

  it('the referrer of another image, listed under the fallback tag, is rejected', async () => {
    const [signed, image] = [tags.signed(), tags.image()];
    const tag = ({ digest }: AttackedImage) => digest.replace(':', '-');
    const listing = tags.registry.manifest(signed.repository, tag(signed));
    if (listing === undefined) throw new Error('nothing was published');
    tags.registry.push(image.repository, { ...listing, tag: tag(image) });
    expect(await tags.judge(image)).toBe('rejected SUBJECT_MISMATCH');
    expect(await tags.judge(signed)).toBe('verified');
  });

  describe('the digests of a signed statement', () => {
    it('twin: this image among several subjects, or by several digests, is verified', async () => {
      const [image, other] = [setUp.image(), setUp.image()];
      signedAbout(image, [{ digest: { sha256: hexOf(other) } }, { digest: { sha256: hexOf(image) } }]);
      expect(await setUp.judge(image)).toBe('verified');
      const both = setUp.image();
      signedAbout(both, [{ digest: { sha512: 'ab'.repeat(64), sha256: hexOf(both) } }]);
      expect(await setUp.judge(both)).toBe('verified');
    });

    it.each<[string, (hex: string) => unknown]>([
      ['another image', () => ({ digest: { sha256: '0'.repeat(64) } })],
      ['SHA-512 only', () => ({ digest: { sha512: 'ab'.repeat(64) } })],
      ['the digest under another algorithm', (hex) => ({ digest: { sha512: hex } })],
      ['the algorithm in upper case', (hex) => ({ digest: { SHA256: hex } })],
      ['upper-case hex', (hex) => ({ digest: { sha256: hex.toUpperCase() } })],
      ['the digest with its algorithm', (hex) => ({ digest: { sha256: `sha256:${hex}` } })],
      ['a digest that begins the same', (hex) => ({ digest: { sha256: hex.slice(0, 32) } })],
      ['a digest with more behind it', (hex) => ({ digest: { sha256: `${hex}00` } })],
      ['an empty digest', () => ({ digest: { sha256: '' } })],
      ['no digest', () => ({ digest: {} })],
      ['the digest in its name only', (hex) => ({ name: `app@sha256:${hex}`, digest: {} })],
      ['the digest in an annotation only', (hex) => ({ digest: {}, annotations: { sha256: hex } })],
    ])('%s is rejected', async (_, subjectOf) => {
      const image = setUp.image();
      signedAbout(image, [subjectOf(hexOf(image))]);
      expect(await setUp.judge(image)).toBe('rejected SUBJECT_MISMATCH');
    });
  });

  it.each<[string, (digest: string) => string]>([
    ['another image', () => `sha256:${'0'.repeat(64)}`],
    ['no algorithm', (digest) => digest.slice('sha256:'.length)],
    ['upper-case hex', (digest) => `sha256:${digest.slice('sha256:'.length).toUpperCase()}`],
    ['the algorithm in upper case', (digest) => digest.replace('sha256', 'SHA256')],
    ['another algorithm', (digest) => digest.replace('sha256', 'sha512')],
    ['a blank behind it', (digest) => `${digest} `],
    ['nothing', () => ''],
  ])('a signed payload that names the image by %s is rejected', async (_, digestOf) => {
    const image = setUp.image();
    setUp.attachLegacy(image, setUp.legacy(image, { digest: digestOf(image.digest) }));
    expect(await setUp.judge(image)).toBe('rejected SUBJECT_MISMATCH');
  });
});
