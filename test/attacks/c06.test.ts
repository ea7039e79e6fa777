import { expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import type { RegistryRequest } from '../../src/demo/registry/registry-request.ts';
import { attack } from '../support/attack.ts';
import { judgeBeside, refusal, setUpHostileRegistry, stored, tagOf } from '../support/hostile-registry.ts';

const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

/** Bodies that two programs may take for different things, made from an honest manifest. */
const CONFUSIONS: readonly {
  readonly name: string;
  readonly type?: string;
  readonly change: (manifest: Record<string, unknown>) => unknown;
}[] = [
  { name: 'layers and manifests in an image', change: (image) => ({ ...image, manifests: [] }) },
  {
    name: 'layers and manifests in an index',
    type: INDEX_MEDIA_TYPE,
    change: (image) => ({ ...image, mediaType: INDEX_MEDIA_TYPE, manifests: [] }),
  },
  {
    name: 'a config in an index',
    type: INDEX_MEDIA_TYPE,
    change: ({ config }) => ({ schemaVersion: 2, manifests: [], config }),
  },
  { name: 'another type in the header', type: INDEX_MEDIA_TYPE, change: (image) => image },
  { name: 'another type in the body', change: (image) => ({ ...image, mediaType: INDEX_MEDIA_TYPE }) },
  { name: 'a type that is no text', change: (image) => ({ ...image, mediaType: 2 }) },
  { name: 'schema 1', type: SCHEMA_1, change: (image) => image },
  {
    name: 'schema 1 in the body of schema 2',
    change: (image) => ({ ...image, fsLayers: [], schemaVersion: 1 }),
  },
  { name: 'schema 1 fields in the body of schema 2', change: (image) => ({ ...image, fsLayers: [] }) },
  { name: 'no schemaVersion', change: ({ schemaVersion: _, ...image }) => image },
  { name: 'HTML', type: 'text/html', change: (image) => image },
  { name: 'no type', type: '', change: (image) => image },
  { name: 'a list', change: (image) => [image] },
];

attack(
  'C6',
  'a body would be read as an image here and as an index, or as an older format, elsewhere',
  () => {
    const { setUp, hostile } = setUpHostileRegistry();
    let count = 0;

    function confused(
      body: Uint8Array,
      { type = MANIFEST_MEDIA_TYPE, change }: (typeof CONFUSIONS)[number],
    ): { readonly bytes: Buffer; readonly headers: Record<string, string> } {
      const bytes = Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(body).toString()))));
      return { bytes, headers: type === '' ? {} : { 'content-type': type } };
    }

    it('twin: bodies that are what their headers say', async () => {
      const image = setUp.signed('bundle', 'acme/c06', 'v1');
      hostile.misbehave('acme/c06', 'tag', ({ method }) => (method === 'HEAD' ? refusal(405) : undefined));
      expect(await judgeBeside(setUp, `${setUp.host}/acme/c06:v1`)).toBe('verified');
      expect(await judgeBeside(setUp, image)).toBe('verified');
      expect(await judgeBeside(setUp, setUp.signed('legacy', 'acme/c06'))).toBe('verified');
    });

    // With a digest in its header that belongs to a signed image: it must not be believed for such a body.
    it.each(CONFUSIONS)('the image itself, by tag: $name', async (confusion) => {
      count += 1;
      const repository = `acme/c06-image-${count}`;
      const signed = setUp.signed('bundle', repository, 'v1');
      const { bytes, headers } = confused(stored(signed).bytes, confusion);
      hostile.misbehave(repository, 'tag', ({ method }: RegistryRequest) =>
        method === 'HEAD'
          ? refusal(405)
          : { status: 200, headers: { ...headers, 'docker-content-digest': signed.digest }, body: bytes },
      );
      expect(await judgeBeside(setUp, `${setUp.host}/${repository}:v1`)).toBe(
        'unavailable REGISTRY_RESPONSE_INVALID',
      );
    });

    it.each(CONFUSIONS)('the manifest of signatures: $name', async (confusion) => {
      count += 1;
      const repository = `acme/c06-sig-${count}`;
      const signed = setUp.signed('legacy', repository);
      const { bytes, headers } = confused(stored(signed, tagOf(signed, '.sig')).bytes, confusion);
      hostile.misbehave(repository, 'signature-tag', { status: 200, headers, body: bytes });
      expect(await judgeBeside(setUp, signed)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
    });

    it('schema 1 in answer to HEAD: its digest is not that of its bytes, and not used', async () => {
      const repository = 'acme/c06-head';
      const signed = setUp.signed('bundle', repository);
      const unsigned = setUp.image(repository, 'v1');
      hostile.misbehave(repository, 'tag', ({ method }) =>
        method === 'HEAD'
          ? { status: 200, headers: { 'content-type': SCHEMA_1, 'docker-content-digest': signed.digest } }
          : undefined,
      );
      const value = await setUp.ask(`${setUp.host}/${repository}:v1`);
      expect(value).toMatchObject({ isSuccess: false, code: 'SIGNATURE_NOT_FOUND', subject: unsigned.key });
    });
  },
);
