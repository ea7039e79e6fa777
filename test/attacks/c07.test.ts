import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { releasePolicy } from '../support/attack-set-up.ts';
import { setUpHostileRegistry } from '../support/hostile-registry.ts';
import { MUTATE_PATH } from '../support/test-provider.ts';

attack('C7', 'a tag would be admitted where the policy asks for a digest', () => {
  const { setUp, hostile } = setUpHostileRegistry({
    trustPolicies: (host) => [
      releasePolicy(host, { scopes: [`${host}/strict/*`], requireDigest: true }),
      releasePolicy(host, { name: 'lax', scopes: [`${host}/lax/*`] }),
    ],
  });

  it('twin: the same tag is verified where no digest is asked for', async () => {
    setUp.signed('bundle', 'lax/c07', 'v1');
    expect(await setUp.judge(`${setUp.host}/lax/c07:v1`)).toBe('verified');
  });

  it.each(['', ':latest', ':v1'])('a name with %j, without a request to the registry', async (tag) => {
    const repository = `strict/c07${tag.replace(':', '-')}`;
    setUp.signed('bundle', repository, tag.slice(1) || 'latest');
    expect(await setUp.judge(`${setUp.host}/${repository}${tag}`)).toBe('rejected TAG_NOT_PINNED');
    expect(hostile.seen(repository)).toEqual([]);
  });

  it.each(['', ':v1', ':other'])('a digest, beside the tag %j', async (tag) => {
    const { digest } = setUp.signed('bundle', 'strict/c07-pinned', 'v1');
    expect(await setUp.judge(`${setUp.host}/strict/c07-pinned${tag}@${digest}`)).toBe('verified');
  });

  it('the mutation turns the one into the other', async () => {
    const image = setUp.signed('bundle', 'strict/c07-mutated', 'v1');
    const { items } = await setUp.provider.post(MUTATE_PATH, [`${setUp.host}/strict/c07-mutated:v1`]);
    expect(items).toEqual([{ key: `${setUp.host}/strict/c07-mutated:v1`, value: image.key }]);
    expect(await setUp.judge(image)).toBe('verified');
  });
});
