import { expect, it } from 'vitest';
import type { ContentDescriptor } from '../../src/demo/registry/content-store.ts';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { attack } from '../support/attack.ts';
import {
  judgeBeside,
  redirect,
  refusal,
  type Step,
  setUpHostileRegistry,
  stored,
  tagOf,
} from '../support/hostile-registry.ts';
import { reply, startServer } from '../support/registry-server.ts';

const EMPTY_PAGE = JSON.stringify({ schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests: [] });

attack('D5', 'a registry would have countersign call whatever URL it writes into an answer', () => {
  const { setUp, hostile } = setUpHostileRegistry();
  let count = 0;

  const startStranger = () =>
    startServer((_, response) => reply(response, 200, EMPTY_PAGE, { 'content-type': INDEX_MEDIA_TYPE }));

  it('`urls` of a layer are not read: what the registry itself has counts', async () => {
    const stranger = await startStranger();
    const image = setUp.signed('legacy', 'acme/d05-urls');
    const manifest = JSON.parse(Buffer.from(stored(image, tagOf(image, '.sig')).bytes).toString());
    const urls = [`${stranger.origin}/payload`, 'http://169.254.169.254/latest'];
    const layers = manifest.layers.map((layer: ContentDescriptor) => ({ ...layer, urls }));
    setUp.registry.push(image.repository, {
      bytes: Buffer.from(JSON.stringify({ ...manifest, layers })),
      mediaType: MANIFEST_MEDIA_TYPE,
      tag: tagOf(image, '.sig'),
    });
    expect(await judgeBeside(setUp, image)).toBe('verified');

    const other = setUp.signed('legacy', 'acme/d05-urls-only');
    const [layer] = JSON.parse(Buffer.from(stored(other, tagOf(other, '.sig')).bytes).toString()).layers;
    const foreign = { ...manifest, layers: [{ ...layer, urls }] };
    hostile.misbehave('acme/d05-urls-only', 'signature-tag', {
      status: 200,
      headers: { 'content-type': MANIFEST_MEDIA_TYPE },
      body: JSON.stringify(foreign),
    });
    hostile.misbehave('acme/d05-urls-only', 'blob', refusal(404));
    expect(await judgeBeside(setUp, other)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
    expect(stranger.requests).toEqual([]);
  });

  function linked(repository: string, link: string): void {
    hostile.misbehave(repository, 'referrers', ({ query }) =>
      query.has('page')
        ? undefined
        : { status: 200, headers: { 'content-type': INDEX_MEDIA_TYPE, link }, body: EMPTY_PAGE },
    );
  }

  it('twin: a Link to the next page of the same listing is followed', async () => {
    const image = setUp.signed('bundle', 'acme/d05-paged');
    linked(image.repository, `</v2/acme/d05-paged/referrers/${image.digest}?page=2>; rel="next"`);
    expect(await judgeBeside(setUp, image)).toBe('verified');
  });

  it.each([
    'http://127.0.0.1:PORT/v2/acme/d05/referrers/x',
    '//127.0.0.1:PORT/v2/acme/d05/referrers/x',
    'https://127.0.0.1:PORT/v2/acme/d05/referrers/x',
    'http://HOST@127.0.0.1:PORT/v2/acme/d05/referrers/x',
    'http://user:pass@HOST/v2/acme/d05/referrers/x',
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    '/v2/other/repository/referrers/x?page=2',
    '../../../other/repository/referrers/x?page=2',
    '/v2/acme/d05/referrers/%2e%2e/manifests/v1?page=2',
    'http://[',
  ])('a Link to %s: not followed', async (target) => {
    count += 1;
    const stranger = await startStranger();
    const image = setUp.image(`acme/d05-${count}`);
    const link = target
      .replace('PORT', String(stranger.port))
      .replace('HOST', setUp.host)
      .replace('acme/d05/', `${image.repository}/`);
    linked(image.repository, `<${link}>; rel="next"`);
    expect(await judgeBeside(setUp, image)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
    expect(stranger.requests).toEqual([]);
    expect(hostile.seen(image.repository, 'referrers')).toHaveLength(1);
  });

  it.each(['tag', 'signature-tag', 'referrers', 'fallback-tag', 'referrer', 'blob'] as const)(
    'a Location in answer to %s',
    async (step: Step) => {
      const stranger = await startStranger();
      const repository = `acme/d05-location-${step}`;
      const image = setUp.image(repository, 'v1');
      if (step === 'referrer' || step === 'blob') setUp.attach(image, setUp.bundle(image));
      hostile.misbehave(repository, step, redirect(`${stranger.origin}/secrets`));
      expect(await judgeBeside(setUp, `${setUp.host}/${repository}:v1`)).toBe(
        'unavailable REDIRECT_FORBIDDEN',
      );
      hostile.misbehave(repository, step, redirect('https://169.254.169.254/latest/meta-data'));
      expect(await judgeBeside(setUp, `${setUp.host}/${repository}:v1`)).toBe(
        'unavailable ADDRESS_FORBIDDEN',
      );
      expect(stranger.requests).toEqual([]);
    },
  );
});
