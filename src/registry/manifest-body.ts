import type { Manifest } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { invalidResponse, readJsonObject } from './json-body.ts';
import { mediaTypeOf, type RegistryResponse } from './response.ts';

export const INDEX_MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';

const IMAGE_TYPES: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const INDEX_TYPES: readonly string[] = [
  INDEX_MEDIA_TYPE,
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** Docker's schema 1 is not among them: its digest is not that of its bytes. */
export const MANIFEST_TYPES: readonly string[] = [...IMAGE_TYPES, ...INDEX_TYPES];

/**
 * Reads a manifest or an index. A body that could be taken for the other kind is refused (OCI image-spec, "manifest
 * type confusion"): another program may see another image in it.
 *
 * @throws REGISTRY_RESPONSE_INVALID
 */
export function readManifest(response: RegistryResponse): Manifest {
  const mediaType = mediaTypeOf(response);
  if (!MANIFEST_TYPES.includes(mediaType)) {
    throw invalidResponse(response, `has the media type ${JSON.stringify(mediaType.slice(0, 100))}`);
  }
  const json = readJsonObject(response);
  if (json['mediaType'] !== undefined && json['mediaType'] !== mediaType) {
    throw invalidResponse(response, 'names another media type in its body than in its header');
  }
  if (json['schemaVersion'] !== 2) throw invalidResponse(response, 'has another schemaVersion than 2');
  const foreign = INDEX_TYPES.includes(mediaType)
    ? ['layers', 'config', 'fsLayers']
    : ['manifests', 'fsLayers'];
  const found = foreign.find((field) => json[field] !== undefined);
  if (found !== undefined)
    throw invalidResponse(response, `is of the type ${mediaType} and has the field ${found}`);
  return { bytes: response.body, digest: digestOf(response.body), mediaType, json };
}
