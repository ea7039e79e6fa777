import { expect, it } from 'vitest';
import { publishImage } from '../../src/demo/registry/image.ts';
import { attack } from '../support/attack.ts';
import { releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { MUTATE_PATH } from '../support/test-provider.ts';

attack(
  'C2',
  'a tag that is moved after the check would start another image than the one that was checked',
  () => {
    const setUp = setUpAttack({ flags: { tagTtl: '0' } });

    it('the verdict names the digest, the mutation pins it, and a tag that moved is judged anew', async () => {
      const image = setUp.signed('bundle', 'acme/c02', 'v1');
      const key = `${setUp.host}/acme/c02:v1`;
      expect(await setUp.ask(key)).toMatchObject({ isSuccess: true, subject: image.key });
      const { items } = await setUp.provider.post(MUTATE_PATH, [key]);
      expect(items[0]?.value).toBe(image.key);

      const moved = publishImage(image, 'what an attacker pushed', 'v1');
      const [byTag, byDigest] = await setUp.provider.verify(key, image.key);
      expect(verdictOf(byTag)).toBe('rejected SIGNATURE_NOT_FOUND');
      expect(byTag?.subject).toBe(`${setUp.host}/acme/c02@${moved.digest}`);
      expect(byDigest).toMatchObject({ isSuccess: true, subject: image.key });
    });

    it('a tag that stands beside a digest takes no part, wherever it leads', async () => {
      const image = setUp.signed('bundle', 'acme/c02-both', 'v1');
      publishImage(image, 'what an attacker pushed', 'v1');
      const value = await setUp.ask(`${setUp.host}/acme/c02-both:v1@${image.digest}`);
      expect(value).toMatchObject({ isSuccess: true, subject: image.key });
    });

    it('requireDigest refuses the tag, and takes the digest', async () => {
      const image = setUp.signed('bundle', 'acme/c02-strict', 'v1');
      const strict = await setUp.another({
        trustPolicies: (host) => [releasePolicy(host, { requireDigest: true })],
      });
      expect(await setUp.judge(image, strict)).toBe('verified');
      expect(await setUp.judge(`${setUp.host}/acme/c02-strict:v1`, strict)).toBe('rejected TAG_NOT_PINNED');
    });
  },
);
