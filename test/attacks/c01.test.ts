import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { inTurn, manifestAnswer, setUpHostileRegistry, stored } from '../support/hostile-registry.ts';
import { MUTATE_PATH } from '../support/test-provider.ts';

attack(
  'C1',
  'a registry that answers a tag differently each time would have one image verified and another pinned',
  () => {
    const { setUp, hostile } = setUpHostileRegistry({ flags: { tagTtl: '60' } });

    /** A tag that leads to one image at first, and to the other from then on. */
    function alternating(repository: string) {
      const [signed, unsigned] = [setUp.signed('bundle', repository, 'v1'), setUp.image(repository)];
      const [good, bad] = [manifestAnswer(stored(signed)), manifestAnswer(stored(unsigned))];
      return { key: `${setUp.host}/${repository}:v1`, repository, signed, unsigned, good, bad };
    }

    async function pinned(key: string): Promise<unknown> {
      const { items } = await setUp.provider.post(MUTATE_PATH, [key]);
      return items[0]?.value;
    }

    it('twin: a tag that stays where it is is verified, and pinned to the same image', async () => {
      const { key, signed } = alternating('acme/c01-steady');
      expect(await setUp.judge(key)).toBe('verified');
      expect(await pinned(key)).toBe(signed.key);
    });

    it('signed first: what is verified is what is pinned, in whatever order and spelling it is asked for', async () => {
      const { key, repository, signed, good, bad } = alternating('acme/c01-signed-first');
      hostile.misbehave(repository, 'tag', inTurn(good, bad));
      const values = await setUp.provider.verify(key, `[team-a]${key}`, key);
      expect(values.map(({ isSuccess, subject }) => [isSuccess, subject])).toEqual(
        Array(3).fill([true, signed.key]),
      );
      expect(await pinned(key)).toBe(signed.key);
      expect(hostile.seen(repository, 'tag')).toHaveLength(1);
    });

    it('unsigned first: the signed one that comes later changes nothing', async () => {
      const { key, repository, unsigned, good, bad } = alternating('acme/c01-unsigned-first');
      hostile.misbehave(repository, 'tag', inTurn(bad, good));
      expect(await pinned(key)).toBe(unsigned.key);
      const value = await setUp.ask(key);
      expect(value).toMatchObject({ isSuccess: false, code: 'SIGNATURE_NOT_FOUND', subject: unsigned.key });
      expect(hostile.seen(repository, 'tag')).toHaveLength(1);
    });

    it('asks by digest for everything after the tag', async () => {
      const { key, repository, signed } = alternating('acme/c01-by-digest');
      await setUp.judge(key);
      const [resolution, ...others] = hostile.seen(repository);
      expect(resolution).toMatchObject({ step: 'tag', method: 'HEAD' });
      expect(others.length).toBeGreaterThan(3);
      for (const { path } of others) expect(path).toMatch(/sha256[:-][0-9a-f]{64}/);
      expect(others.some(({ path }) => path.includes(signed.digest))).toBe(true);
    });

    it('a manifest by digest that changes between two requests is refused', async () => {
      const repository = 'acme/c01-content';
      const [image, other] = [setUp.signed('bundle', repository), setUp.signed('bundle', repository)];
      expect(await setUp.judge(other)).toBe('verified');
      hostile.misbehave(repository, 'referrer', manifestAnswer(stored(other)));
      expect(await setUp.judge(image)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
    });
  },
);
