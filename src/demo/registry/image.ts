import { gzipSync } from 'node:zlib';
import { digestOf, type StoredManifest } from './content-store.ts';
import type { DemoRegistry } from './demo-registry.ts';

export const MANIFEST_MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const CONFIG_MEDIA_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_MEDIA_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** A tar archive without files. */
const EMPTY_TAR = Buffer.alloc(1024);

/** Where something is stored. */
export interface Place {
  readonly registry: DemoRegistry;
  readonly repository: string;
}

/** Pushes a small image; another `title` makes another digest. */
export function publishImage({ registry, repository }: Place, title: string, tag?: string): StoredManifest {
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: { 'org.opencontainers.image.title': title } },
    rootfs: {
      type: 'layers',
      diff_ids: [digestOf(EMPTY_TAR)],
    },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_MEDIA_TYPE,
    config: registry.pushBlob(Buffer.from(JSON.stringify(config)), CONFIG_MEDIA_TYPE),
    layers: [registry.pushBlob(gzipSync(EMPTY_TAR), LAYER_MEDIA_TYPE)],
  };
  return registry.push(repository, {
    bytes: Buffer.from(JSON.stringify(manifest)),
    mediaType: MANIFEST_MEDIA_TYPE,
    ...(tag !== undefined && { tag }),
  });
}
