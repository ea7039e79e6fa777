import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createDemoRegistry, type DemoRegistry } from '../../src/demo/registry/demo-registry.ts';
import type { Place } from '../../src/demo/registry/image.ts';

/** Material that other projects published. It lies beside the repository where there is any, and is never part of it. */
const SHARED = new URL('../../../shared/testdata/', import.meta.url);

export const hasPublicImages = existsSync(SHARED);

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export interface PublicImage {
  readonly name: string;
  readonly repository: string;
  readonly digest: string;
}

export const CONNAISSEUR: PublicImage = {
  name: 'docker.io/phbelitz/rekor-test',
  repository: 'phbelitz/rekor-test',
  digest: 'sha256:31dc72a13a0c34b40eb95419d2b2fd67320c856baf3b72da518023ee8d370aee',
};
export const KUBEWARDEN: PublicImage = {
  name: 'ghcr.io/kubewarden/kubewarden-controller',
  repository: 'kubewarden/kubewarden-controller',
  digest: 'sha256:c811d58de79c92f03214e63aa339484e488d694ae8a6283b5f3f17a9faf50172',
};
export const SLSA: PublicImage = {
  name: 'ghcr.io/slsa-framework/example-package',
  repository: 'slsa-framework/example-package',
  digest: 'sha256:e0a0a765d690a5104331cfbac88ebbbf01736c1f87aaa3cd455c516a5ea586a5',
};

/** All of them, on a registry that is not started. `change` may spoil a blob before it is stored. */
export function createPublicRegistry(change: (bytes: Buffer) => Buffer = (bytes) => bytes): DemoRegistry {
  const registry = createDemoRegistry();
  publishConnaisseur({ registry, repository: CONNAISSEUR.repository }, change);
  publishKubewarden({ registry, repository: KUBEWARDEN.repository }, change);
  publishSlsa({ registry, repository: SLSA.repository });
  return registry;
}

function publishConnaisseur({ registry, repository }: Place, change: (bytes: Buffer) => Buffer): void {
  const file = (name: string) => shared(`image-legacy-connaisseur/${name}`);
  registry.push(repository, { bytes: file('image-manifest.json'), mediaType: MANIFEST, tag: 'signed' });
  const { digest, size } = registry.pushBlob(change(file('payload.json')));
  const signature = JSON.parse(file('signature-manifest.json').toString());
  // A registry that is up to no good keeps its own digests right.
  Object.assign(signature.layers[0], { digest, size });
  const tag = `${CONNAISSEUR.digest.replace(':', '-')}.sig`;
  registry.push(repository, { bytes: Buffer.from(JSON.stringify(signature)), mediaType: MANIFEST, tag });
}

/** The image's own manifest is not published, so what refers to it is all there is. */
function publishKubewarden({ registry, repository }: Place, change: (bytes: Buffer) => Buffer): void {
  const layer = registry.pushBlob(change(shared('image-bundle-v3-kubewarden/bundle.json')), BUNDLE);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config: registry.pushBlob(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json'),
    layers: [layer],
    subject: { mediaType: INDEX, digest: KUBEWARDEN.digest, size: 1 },
  };
  registry.push(repository, { bytes: Buffer.from(JSON.stringify(manifest)), mediaType: MANIFEST });
}

/** An OCI layout as `cosign save` writes it: the image, and under `.att` what is attested of it. */
function publishSlsa({ registry, repository }: Place): void {
  const layout = new URL('layout-slsa-v1.10.0/', SHARED);
  for (const name of readdirSync(new URL('blobs/sha256/', layout))) {
    const bytes = readFileSync(new URL(`blobs/sha256/${name}`, layout));
    registry.pushBlob(bytes);
    const mediaType = mediaTypeOf(bytes);
    if (mediaType !== undefined) registry.push(repository, { bytes, mediaType });
  }
  const index = JSON.parse(readFileSync(new URL('index.json', layout), 'utf8'));
  const attestations = index.manifests.find(
    ({ annotations }: { annotations: { kind: string } }) =>
      annotations.kind === 'dev.cosignproject.cosign/atts',
  );
  const bytes = readFileSync(new URL(`blobs/sha256/${attestations.digest.replace('sha256:', '')}`, layout));
  registry.push(repository, { bytes, mediaType: MANIFEST, tag: `${SLSA.digest.replace(':', '-')}.att` });
}

function mediaTypeOf(bytes: Buffer): string | undefined {
  try {
    const { manifests, layers } = JSON.parse(bytes.toString('utf8'));
    if (Array.isArray(manifests)) return INDEX;
    return Array.isArray(layers) ? MANIFEST : undefined;
  } catch {
    return undefined;
  }
}

function shared(path: string): Buffer {
  return readFileSync(new URL(path, SHARED));
}

/** Flips the lowest bit of a byte in the middle. */
export function spoil(bytes: Buffer): Buffer {
  const spoiled = Buffer.from(bytes);
  const middle = Math.floor(spoiled.length / 2);
  spoiled[middle] = (spoiled[middle] ?? 0) ^ 1;
  return spoiled;
}
