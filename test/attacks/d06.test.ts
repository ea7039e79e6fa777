import { expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { attack } from '../support/attack.ts';
import type { AttackedImage } from '../support/attack-set-up.ts';
import { judgeBeside, setUpHostileRegistry, stored, tagOf } from '../support/hostile-registry.ts';

const HEX = 'ab'.repeat(32);

/** A digest, and none that is followed: a listing passes over it, as over everything foreign. */
const OTHER_ALGORITHM = `sha512:${HEX}${HEX}`;

/** What stands where a digest belongs. */
const NO_DIGESTS: readonly unknown[] = [
  'sha256:../../../other/manifests/v1',
  `sha256:${HEX}/../../x`,
  `sha256:${HEX}?x=1`,
  `sha256:${HEX}#`,
  `sha256:${HEX}\n`,
  `sha256:${HEX.toUpperCase()}`,
  `sha256:${HEX.slice(1)}`,
  `sha256:${HEX}0`,
  `SHA256:${HEX}`,
  OTHER_ALGORITHM,
  `sha256:sha256:${HEX}`,
  HEX,
  'v1',
  '..',
  '',
  null,
  0,
  { toString: HEX },
];

const asListed = (digest: unknown) =>
  `rejected ${digest === OTHER_ALGORITHM ? 'SIGNATURE_NOT_FOUND' : 'SIGNATURE_MALFORMED'}`;

attack('D6', 'a digest that is none would become part of a URL and lead to another place', () => {
  const { setUp, hostile } = setUpHostileRegistry();
  let count = 0;

  function untouched(repository: string): void {
    const asked = hostile
      .seen(repository)
      .map(({ path }) => decodeURIComponent(path.split('/').at(-1) ?? ''));
    for (const reference of asked)
      expect(reference).toMatch(/^(sha256:[0-9a-f]{64}|sha256-[0-9a-f]{64}(\.sig)?)$/);
  }

  function pushed(image: AttackedImage, body: object, tag?: string) {
    const mediaType = 'manifests' in body ? INDEX_MEDIA_TYPE : MANIFEST_MEDIA_TYPE;
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...body }));
    return setUp.registry.push(image.repository, { bytes, mediaType, ...(tag !== undefined && { tag }) });
  }

  const fresh = () => {
    count += 1;
    return setUp.image(`acme/d06-${count}`);
  };

  /** What an honest `.sig` manifest has, with other digests. */
  function layersOf(digest: unknown) {
    const signed = setUp.signed('legacy', 'acme/d06-source');
    const { layers } = JSON.parse(Buffer.from(stored(signed, tagOf(signed, '.sig')).bytes).toString());
    return layers.map((layer: object) => ({ ...layer, digest }));
  }

  it('twin: digests that are some', async () => {
    expect(await judgeBeside(setUp, setUp.signed('legacy', 'acme/d06'))).toBe('verified');
    expect(await judgeBeside(setUp, setUp.signed('bundle', 'acme/d06'))).toBe('verified');
  });

  it.each(NO_DIGESTS)('of a layer: %j', async (digest) => {
    const image = fresh();
    pushed(image, { config: { mediaType: 'x' }, layers: layersOf(digest) }, tagOf(image, '.sig'));
    expect(await judgeBeside(setUp, image)).toBe('rejected SIGNATURE_MALFORMED');
    untouched(image.repository);
  });

  it.each(NO_DIGESTS)('in a listing of the registry: %j', async (digest) => {
    const image = fresh();
    const manifests = [{ mediaType: MANIFEST_MEDIA_TYPE, size: 1, digest }];
    hostile.misbehave(image.repository, 'referrers', {
      status: 200,
      headers: { 'content-type': INDEX_MEDIA_TYPE },
      body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests }),
    });
    expect(await judgeBeside(setUp, image)).toBe(asListed(digest));
    untouched(image.repository);
  });

  it.each(NO_DIGESTS)('in the listing of a fallback tag: %j', async (digest) => {
    const image = fresh();
    pushed(image, { manifests: [{ mediaType: MANIFEST_MEDIA_TYPE, size: 1, digest }] }, tagOf(image, ''));
    expect(await judgeBeside(setUp, image)).toBe(asListed(digest));
    untouched(image.repository);
  });
});
