import { expect, it } from 'vitest';
import { publishImage } from '../../src/demo/registry/image.ts';
import { githubIdentity } from '../../src/demo/sigstore/identity.ts';
import { attack } from '../support/attack.ts';
import { verdictOf } from '../support/attack-set-up.ts';
import { refusal, type Step, setUpHostileRegistry } from '../support/hostile-registry.ts';

/** A workflow of the same issuer that the policy doesn't trust. */
const ROGUE = githubIdentity({ repository: 'mallory/app', path: '.github/workflows/release.yml' });

attack(
  'F2',
  'a cache would answer by tag, keep an outage for a verdict, or keep a no when the signature has come',
  () => {
    const { setUp, hostile } = setUpHostileRegistry({ flags: { tagTtl: '0', rejectedTtl: '0' } });

    it('twin: what is verified is kept by its digest, and nothing is asked twice', async () => {
      const image = setUp.signed('bundle', 'acme/f02');
      expect(await setUp.judge(image)).toBe('verified');
      const asked = hostile.seen('acme/f02').length;
      expect(await setUp.judge(image)).toBe('verified');
      expect(hostile.seen('acme/f02')).toHaveLength(asked);
    });

    it('a tag that moved takes no verdict along', async () => {
      const signed = setUp.signed('bundle', 'acme/f02-moved', 'v1');
      const tag = `${setUp.host}/acme/f02-moved:v1`;
      expect(await setUp.judge(tag)).toBe('verified');
      publishImage(signed, 'not signed', 'v1');
      expect(await setUp.judge(tag)).toBe('rejected SIGNATURE_NOT_FOUND');
      setUp.registry.push('acme/f02-moved', {
        bytes: setUp.registry.manifest('acme/f02-moved', signed.digest)?.bytes ?? Buffer.alloc(0),
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        tag: 'v1',
      });
      expect(await setUp.judge(tag)).toBe('verified');
    });

    it.each(['tag', 'signature-tag', 'referrers', 'fallback-tag', 'referrer', 'blob'] as const)(
      'an outage at %s leaves nothing behind',
      async (step: Step) => {
        const repository = `acme/f02-outage-${step}`;
        const isNeeded = step === 'tag' || step === 'referrers' || step === 'referrer' || step === 'blob';
        const image = isNeeded ? setUp.signed('bundle', repository, 'v1') : setUp.image(repository, 'v1');
        const tag = `${setUp.host}/${repository}:v1`;
        hostile.misbehave(repository, step, refusal(500));
        expect(await setUp.judge(tag)).toBe('unavailable REGISTRY_ERROR');
        hostile.misbehave(repository, step, () => undefined);
        if (!isNeeded) setUp.attachLegacy(image, setUp.legacy(image));
        expect(await setUp.judge(tag)).toBe('verified');
      },
    );

    it('a signature that comes later counts, where a no is not to be kept', async () => {
      const image = setUp.image('acme/f02-later');
      expect(await setUp.judge(image)).toBe('rejected SIGNATURE_NOT_FOUND');
      setUp.attach(image, setUp.bundle(image, { identity: ROGUE }));
      expect(await setUp.judge(image)).toBe('rejected IDENTITY_MISMATCH');
      setUp.attach(image, setUp.bundle(image));
      expect(await setUp.judge(image)).toBe('verified');
    });

    it('an image that is pushed later is found', async () => {
      setUp.image('acme/f02-pushed');
      const tag = `${setUp.host}/acme/f02-pushed:v1`;
      expect(await setUp.judge(tag)).toBe('rejected IMAGE_NOT_FOUND');
      setUp.signed('bundle', 'acme/f02-pushed', 'v1');
      expect(await setUp.judge(tag)).toBe('verified');
    });

    it('a no that is kept is one about this image alone', async () => {
      const provider = await setUp.another({ flags: { rejectedTtl: '3600' } });
      const [unsigned, signed] = [setUp.image('acme/f02-kept'), setUp.signed('bundle', 'acme/f02-kept')];
      for (let round = 0; round < 2; round += 1) {
        const verdicts = (await provider.verify(unsigned.key, signed.key)).map(verdictOf);
        expect(verdicts).toEqual(['rejected SIGNATURE_NOT_FOUND', 'verified']);
      }
    });
  },
);
