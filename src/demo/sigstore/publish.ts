import type { ContentDescriptor, StoredManifest } from '../registry/content-store.ts';
import { CONFIG_MEDIA_TYPE, MANIFEST_MEDIA_TYPE, type Place } from '../registry/image.ts';
import { descriptorOf, INDEX_MEDIA_TYPE } from '../registry/referrers.ts';
import { BUNDLE_MEDIA_TYPE, type LegacySignature, type SignedBundle } from './signer.ts';

const EMPTY_MEDIA_TYPE = 'application/vnd.oci.empty.v1+json';
const SIMPLE_SIGNING_MEDIA_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** Where cosign says that it doesn't know a date. */
const NO_DATE = '0001-01-01T00:00:00Z';

/** Adds signatures to the `.sig` manifest of an image: one layer each, behind those that are there. */
export function publishLegacy(
  { registry, repository }: Place,
  digest: string,
  signatures: readonly LegacySignature[],
): StoredManifest {
  const tag = `${digest.replace(':', '-')}.sig`;
  const added = signatures.map(({ payload, annotations }) => ({
    ...registry.pushBlob(payload, SIMPLE_SIGNING_MEDIA_TYPE),
    annotations,
  }));
  const layers = [...listed(registry.manifest(repository, tag), 'layers'), ...added];
  const config = {
    architecture: '',
    created: NO_DATE,
    history: layers.map(() => ({ created: NO_DATE })),
    os: '',
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    config: {},
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_MEDIA_TYPE,
    config: registry.pushBlob(encode(config), CONFIG_MEDIA_TYPE),
    layers,
  };
  return registry.push(repository, { bytes: encode(manifest), mediaType: MANIFEST_MEDIA_TYPE, tag });
}

/** Attaches a bundle to an image as a referrer. Where the registry has no referrers API, the fallback tag lists it. */
export function publishBundle(place: Place, digest: string, bundle: SignedBundle): StoredManifest {
  const { registry, repository } = place;
  const subject = registry.manifest(repository, digest);
  if (subject === undefined) throw new Error(`${repository} has no manifest ${digest}`);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_MEDIA_TYPE,
    config: {
      ...registry.pushBlob(Buffer.from('{}'), EMPTY_MEDIA_TYPE),
      artifactType: BUNDLE_MEDIA_TYPE,
    },
    layers: [registry.pushBlob(bundle.bytes, BUNDLE_MEDIA_TYPE)],
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': bundle.predicateType,
      'org.opencontainers.image.created': `${bundle.createdAt.toISOString().slice(0, 19)}Z`,
    },
    subject: { mediaType: subject.mediaType, size: subject.bytes.length, digest },
    artifactType: BUNDLE_MEDIA_TYPE,
  };
  const referrer = registry.push(repository, { bytes: encode(manifest), mediaType: MANIFEST_MEDIA_TYPE });
  if (!registry.referrersApi) listInFallbackTag(place, digest, referrer);
  return referrer;
}

/** distribution-spec, "Referrers Tag Schema". The descriptors that cosign writes there carry no annotations. */
function listInFallbackTag({ registry, repository }: Place, digest: string, referrer: StoredManifest): void {
  const tag = digest.replace(':', '-');
  const { annotations: _, ...descriptor } = descriptorOf(referrer);
  const manifests = [...listed(registry.manifest(repository, tag), 'manifests'), descriptor];
  const index = { schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests };
  registry.push(repository, { bytes: encode(index), mediaType: INDEX_MEDIA_TYPE, tag });
}

function encode(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** What was written under the tag before. */
function listed(manifest: StoredManifest | undefined, field: 'layers' | 'manifests'): ContentDescriptor[] {
  if (manifest === undefined) return [];
  return JSON.parse(Buffer.from(manifest.bytes).toString('utf8'))[field];
}
