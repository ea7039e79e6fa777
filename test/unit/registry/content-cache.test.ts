import { expect, it } from 'vitest';
import type { RegistryClient } from '../../../src/registry/client.ts';
import { withContentCache } from '../../../src/registry/content-cache.ts';
import type { Manifest } from '../../../src/registry/descriptor.ts';
import { digestOf } from '../../../src/registry/digest.ts';
import { accessTo, newCall, REPOSITORY } from '../../support/registry-access.ts';

const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const access = accessTo('https://registry.test');

function manifestOf(json: Readonly<Record<string, unknown>>): Manifest {
  const bytes = Buffer.from(JSON.stringify(json));
  return { bytes, digest: digestOf(bytes), mediaType, json };
}

/** A cache before a registry that counts what it is asked for. */
function cacheOf(manifest: Manifest, maxBytes = 1_000_000) {
  let asked = 0;
  const client: RegistryClient = {
    resolve: async () => undefined,
    referrers: async () => undefined,
    manifest: async () => {
      asked += 1;
      return manifest;
    },
    blob: async () => {
      asked += 1;
      return manifest.bytes;
    },
  };
  const cache = withContentCache(client, { maxBytes, maxBlobBytes: 1_000 });
  return {
    cache,
    asked: () => asked,
    get: (maxManifest?: number) =>
      cache.manifest(access, REPOSITORY, manifest.digest, newCall(), maxManifest),
  };
}

it('E6: keeps the bytes of a manifest, not the tree that they parse to', async () => {
  const manifest = manifestOf({ schemaVersion: 2, layers: [{ a: 1 }] });
  const { get, asked } = cacheOf(manifest);
  const [first, second, third] = [await get(), await get(), await get()];
  expect(asked()).toBe(1);
  expect(second).toEqual({ ...first, bytes: new Uint8Array(manifest.bytes) });
  expect(second?.json).not.toBe(first?.json);
  expect(third?.json).not.toBe(second?.json);
});

it('does not give out what is larger than the caller reads', async () => {
  const { get, asked } = cacheOf(manifestOf({ schemaVersion: 2 }));
  await get();
  await get(5);
  expect(asked()).toBe(2);
});

it('counts what an entry takes beside its content, and keeps no more than it may', async () => {
  const manifest = manifestOf({});
  const { cache } = cacheOf(manifest, 20_000);
  for (let count = 0; count < 1_000; count += 1) {
    const descriptor = { mediaType, digest: digestOf(Buffer.from(String(count))), size: 2 };
    await cache.blob(access, REPOSITORY, descriptor, 1_000, newCall());
  }
  expect(cache.bytes).toBeLessThanOrEqual(20_000);
  expect(cache.size).toBeLessThan(50);
});
