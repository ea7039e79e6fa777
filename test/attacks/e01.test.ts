import { expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { BUNDLE_MEDIA_TYPE } from '../../src/demo/sigstore/signer.ts';
import { limits } from '../../src/limits.ts';
import { attack } from '../support/attack.ts';
import { type AttackedImage, MALLORY } from '../support/attack-set-up.ts';
import { judgeBeside, setUpHostileRegistry, stored, tagOf } from '../support/hostile-registry.ts';

/** As many as fit into a manifest that is read. */
const LAYERS = 1_500;
const REFERRERS = 5_000;

attack('E1', 'an image with thousands of signatures would keep the provider from answering anybody', () => {
  const { setUp, hostile } = setUpHostileRegistry();

  /** A digest that nothing has, another one for each number. */
  const nowhere = (number: number) => `sha256:${String(number).padStart(64, '0')}`;

  function pushSignatures(image: AttackedImage, layers: readonly unknown[]): void {
    const manifest = { schemaVersion: 2, mediaType: MANIFEST_MEDIA_TYPE, config: { mediaType: 'x' }, layers };
    const [bytes, tag] = [Buffer.from(JSON.stringify(manifest)), tagOf(image, '.sig')];
    setUp.registry.push(image.repository, { bytes, mediaType: MANIFEST_MEDIA_TYPE, tag });
  }

  /** Layers like the honest one, that nobody signed. */
  function manyLayers(image: AttackedImage) {
    const { layers } = JSON.parse(Buffer.from(stored(image, tagOf(image, '.sig')).bytes).toString());
    const annotations = { 'dev.cosignproject.cosign/signature': 'AAAA' };
    return { honest: layers[0], junk: Array<object>(LAYERS).fill({ ...layers[0], annotations }) };
  }

  /** What a listing says of signatures that are not there, or are all the same. */
  const listed = (number: number) => ({
    mediaType: MANIFEST_MEDIA_TYPE,
    artifactType: BUNDLE_MEDIA_TYPE,
    size: 700,
    digest: nowhere(number),
  });

  function list(image: AttackedImage, manifests: readonly object[], link?: (page: number) => string): void {
    hostile.misbehave(image.repository, 'referrers', ({ query }) => {
      const next = link?.(Number(query.get('page') ?? 0) + 1);
      return {
        status: 200,
        headers: {
          'content-type': INDEX_MEDIA_TYPE,
          ...(next !== undefined && { link: `<${next}>; rel="next"` }),
        },
        body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests }),
      };
    });
  }

  it('1,500 layers: no more are read than the limit says', async () => {
    const image = setUp.signed('legacy', 'acme/e01-layers');
    pushSignatures(image, manyLayers(image).junk);
    // The first ones have no certificate; that there are too many is said as well.
    const value = await setUp.ask(image);
    expect(value).toMatchObject({ isSuccess: false, code: 'SIGNER_KIND_MISMATCH', errors: [] });
    expect(value?.message).toContain('LIMIT_EXCEEDED');
    expect(value?.verifierReports.length).toBeLessThanOrEqual(limits.signatures + 1);
    expect(hostile.seen(image.repository, 'blob').length).toBeLessThanOrEqual(limits.signatures);
  });

  it('twin: the honest one before 1,500 others is verified; behind them it is not read', async () => {
    const image = setUp.signed('legacy', 'acme/e01-first');
    const { honest, junk } = manyLayers(image);
    pushSignatures(image, [honest, ...junk]);
    expect(await judgeBeside(setUp, image)).toBe('verified');

    const last = setUp.signed('legacy', 'acme/e01-last');
    const layers = manyLayers(last);
    pushSignatures(last, [...layers.junk, layers.honest]);
    expect(await judgeBeside(setUp, last)).toBe('rejected SIGNER_KIND_MISMATCH');
  });

  it('10,000 layers: not read at all', async () => {
    const image = setUp.signed('legacy', 'acme/e01-large');
    const { honest } = manyLayers(image);
    pushSignatures(image, Array<object>(10_000).fill(honest));
    expect(await judgeBeside(setUp, image)).toBe('rejected LIMIT_EXCEEDED');
    expect(hostile.seen(image.repository, 'blob')).toEqual([]);
  });

  it('5,000 referrers in one listing', async () => {
    const image = setUp.signed('bundle', 'acme/e01-referrers');
    list(
      image,
      Array.from({ length: REFERRERS }, (_, number) => listed(number)),
    );
    expect(await judgeBeside(setUp, image)).toBe('rejected LIMIT_EXCEEDED');
    expect(hostile.seen(image.repository, 'referrer')).toEqual([]);
  });

  it('5,000 referrers under the fallback tag', async () => {
    const image = setUp.image('acme/e01-fallback');
    const manifests = Array.from({ length: REFERRERS }, (_, number) => listed(number));
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests }));
    setUp.registry.push(image.repository, { bytes, mediaType: INDEX_MEDIA_TYPE, tag: tagOf(image, '') });
    expect(await judgeBeside(setUp, image)).toBe('rejected LIMIT_EXCEEDED');
    expect(hostile.seen(image.repository, 'referrer')).toEqual([]);
  });

  it('100 signatures of somebody whom nobody trusts, each of them there', async () => {
    const image = setUp.image('acme/e01-there');
    for (let count = 0; count < 100; count += 1) {
      setUp.attach(image, setUp.bundle(image, { identity: MALLORY, log: 'none', timestamp: false }));
    }
    const value = await setUp.ask(image);
    expect(value).toMatchObject({ isSuccess: false, code: 'LOG_ENTRY_MISSING', errors: [] });
    expect(value?.message).toContain('LIMIT_EXCEEDED');
    expect(hostile.seen(image.repository, 'blob')).toHaveLength(limits.signatures);
  });

  it('pages without end', async () => {
    const image = setUp.signed('bundle', 'acme/e01-pages');
    list(image, [], (page) => `/v2/${image.repository}/referrers/${image.digest}?page=${page}`);
    expect(await judgeBeside(setUp, image)).toBe('rejected LIMIT_EXCEEDED');
    expect(hostile.seen(image.repository, 'referrers')).toHaveLength(limits.referrersPages);
  });

  it.each([
    { name: 'the same page again', loop: () => '?page=1', asked: 2 },
    { name: 'the first page again', loop: () => '?', asked: 2 },
    { name: 'two pages in turn', loop: (page: number) => `?page=${page % 2}`, asked: 3 },
  ])('a Link to $name', async ({ name, loop, asked }) => {
    const image = setUp.signed('bundle', `acme/e01-loop-${name.replaceAll(' ', '-')}`);
    list(image, [], loop);
    expect(await judgeBeside(setUp, image)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
    expect(hostile.seen(image.repository, 'referrers').length).toBeLessThanOrEqual(asked);
  });

  it('1,000 foreign artifacts with names of a kilobyte each: an answer that fits on a page', async () => {
    const image = setUp.image('acme/e01-names');
    const artifactType = (number: number) => `application/vnd.${'x'.repeat(1_000)}.${number}`;
    list(
      image,
      Array.from({ length: limits.referrers }, (_, number) => ({
        ...listed(number),
        artifactType: artifactType(number),
      })),
    );
    const value = await setUp.ask(image);
    expect(value).toMatchObject({ isSuccess: false, code: 'SIGNATURE_NOT_FOUND', errors: [] });
    expect(JSON.stringify(value).length).toBeLessThan(8_192);
  });
});
