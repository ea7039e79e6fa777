import { expect, it } from 'vitest';
import type { RegistryRequest } from '../../src/demo/registry/registry-request.ts';
import { attack } from '../support/attack.ts';
import {
  judgeBeside,
  manifestAnswer,
  refusal,
  setUpHostileRegistry,
  stored,
} from '../support/hostile-registry.ts';
import { MUTATE_PATH } from '../support/test-provider.ts';

attack('C3', 'a registry would choose by a header which digest counts for the bytes that it sends', () => {
  const { setUp, hostile } = setUpHostileRegistry();

  /** A tag whose body is that of the unsigned image, whatever the header says. */
  function lying(repository: string, digest: string, onHead: 'lies' | 'refuses') {
    const [signed, unsigned] = [setUp.signed('bundle', repository), setUp.image(repository, 'v1')];
    const lie = manifestAnswer(stored(unsigned), { 'docker-content-digest': digest || signed.digest });
    hostile.misbehave(repository, 'tag', ({ method }: RegistryRequest) =>
      method === 'HEAD' && onHead === 'refuses' ? refusal(405) : lie,
    );
    return { key: `${setUp.host}/${repository}:v1`, signed, unsigned };
  }

  it('twin: an honest header is believed', async () => {
    const image = setUp.signed('bundle', 'acme/c03-honest', 'v1');
    expect(await setUp.ask(`${setUp.host}/acme/c03-honest:v1`)).toMatchObject({
      isSuccess: true,
      subject: image.key,
    });
    expect(hostile.seen('acme/c03-honest', 'tag')).toHaveLength(1);
  });

  it('where a body is read its hash wins, and the header is ignored', async () => {
    const { key, unsigned } = lying('acme/c03-body', '', 'refuses');
    const value = await setUp.ask(key);
    expect(value).toMatchObject({ isSuccess: false, code: 'SIGNATURE_NOT_FOUND', subject: unsigned.key });
  });

  it.each([
    ['upper case', `sha256:${'AB'.repeat(32)}`],
    ['63 digits', `sha256:${'a'.repeat(63)}`],
    ['another algorithm', `sha512:${'a'.repeat(128)}`],
    ['a path', 'sha256:../../../other/manifests/v1'],
    ['a list', `sha256:${'a'.repeat(64)}, sha256:${'b'.repeat(64)}`],
  ])('a digest in the header that is none is not used: %s', async (name, digest) => {
    const { key, unsigned } = lying(`acme/c03-${name.replaceAll(' ', '-').toLowerCase()}`, digest, 'lies');
    const value = await setUp.ask(key);
    expect(value).toMatchObject({ isSuccess: false, code: 'SIGNATURE_NOT_FOUND', subject: unsigned.key });
  });

  // HEAD has no body to hash. The lie leads to another image, not to another verdict: it is that image's verdict, under
  // its digest, and that digest is what the mutation pins.
  it('a lie in answer to HEAD gets the verdict of the image that it names, and that one is pinned', async () => {
    const { key, signed } = lying('acme/c03-head', '', 'lies');
    expect(await setUp.ask(key)).toMatchObject({ isSuccess: true, subject: signed.key });
    const { items } = await setUp.provider.post(MUTATE_PATH, [key]);
    expect(items[0]?.value).toBe(signed.key);
  });

  it('a right header does not make other bytes right', async () => {
    const image = setUp.signed('bundle', 'acme/c03-referrer');
    const foreign = stored(setUp.image('acme/c03-foreign'));
    hostile.misbehave('acme/c03-referrer', 'referrer', ({ target }) =>
      manifestAnswer(foreign, {
        'docker-content-digest': target.kind === 'manifest' ? target.reference : '',
      }),
    );
    expect(await judgeBeside(setUp, image)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
  });
});
