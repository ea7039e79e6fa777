import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { MALLORY, releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';

const byMallory = { identities: [{ issuer: MALLORY.issuer, identity: MALLORY.subject }] };

attack(
  'F9',
  'a verdict under one tag of an image would answer for another tag, which a stricter policy governs',
  () => {
    const setUp = setUpAttack({
      trustPolicies: (host) => [
        releasePolicy(host, { name: 'preview', scopes: [`${host}/acme/f09:preview`], keyless: byMallory }),
        releasePolicy(host, { name: 'release', scopes: [`${host}/acme/f09:release`] }),
        releasePolicy(host, { name: 'repository', scopes: [`${host}/acme/f09`] }),
      ],
    });
    const name = () => `${setUp.host}/acme/f09`;

    /** One image under both tags. */
    function tagged(sign: (image: ReturnType<typeof setUp.image>) => void): string {
      const image = setUp.image('acme/f09');
      sign(image);
      const manifest = setUp.registry.manifest('acme/f09', image.digest);
      if (manifest === undefined) throw new Error('not pushed');
      for (const tag of ['preview', 'release']) setUp.registry.push('acme/f09', { ...manifest, tag });
      return image.key;
    }

    const judge = async (keys: readonly string[]) => (await setUp.provider.verify(...keys)).map(verdictOf);
    const no = 'rejected ISSUER_MISMATCH';

    it('twin and attack: each tag gets the verdict of its own policy, in whatever order', async () => {
      const provider = await setUp.another({ flags: { tagTtl: '0' } });
      const byDigest = tagged((image) => setUp.attach(image, setUp.bundle(image, { identity: MALLORY })));
      const [preview, release] = [`${name()}:preview`, `${name()}:release`];
      const ask = async (...keys: readonly string[]) => (await provider.verify(...keys)).map(verdictOf);
      expect(await ask(preview)).toEqual(['verified']);
      expect(await ask(release, byDigest, preview)).toEqual([no, no, 'verified']);
      expect(await ask(byDigest, preview, release)).toEqual([no, 'verified', no]);
    });

    it('a tag that stands beside a digest chooses no policy', async () => {
      const byDigest = tagged((image) => setUp.attach(image, setUp.bundle(image, { identity: MALLORY })));
      const digest = byDigest.slice(byDigest.indexOf('@'));
      expect(await judge([`${name()}:preview${digest}`, byDigest])).toEqual([no, no]);
    });

    it('a policy for this very digest governs it under every tag', async () => {
      const byDigest = tagged((image) => setUp.attach(image, setUp.bundle(image, { identity: MALLORY })));
      const provider = await setUp.another({
        flags: { tagTtl: '0' },
        trustPolicies: (host) => [
          releasePolicy(host, { name: 'digest', scopes: [byDigest] }),
          releasePolicy(host, { name: 'preview', scopes: [`${host}/acme/f09:preview`], keyless: byMallory }),
        ],
      });
      expect(await setUp.judge(`${name()}:preview`, provider)).toBe(no);
      expect(await setUp.judge(byDigest, provider)).toBe(no);
    });
  },
);
