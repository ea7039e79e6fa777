import { type Answer, jsonAnswer } from './answer.ts';
import type { ContentDescriptor, ContentStore, StoredManifest } from './content-store.ts';

export const INDEX_MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';

interface ManifestBody {
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly subject?: { readonly digest?: string };
  readonly annotations?: Record<string, string>;
}

/** Everything in the repository whose `subject` is `digest`, described as distribution-spec "Listing Referrers" asks. */
function referrersOf(store: ContentStore, repository: string, digest: string): ContentDescriptor[] {
  return store
    .manifests(repository)
    .filter((manifest) => bodyOf(manifest).subject?.digest === digest)
    .map(descriptorOf);
}

export function descriptorOf(manifest: StoredManifest): ContentDescriptor {
  const { artifactType, config, annotations } = bodyOf(manifest);
  const type = artifactType ?? config?.mediaType;
  return {
    mediaType: manifest.mediaType,
    size: manifest.bytes.length,
    digest: manifest.digest,
    ...(type !== undefined && { artifactType: type }),
    ...(annotations !== undefined && { annotations }),
  };
}

export interface ReferrersQuery {
  readonly repository: string;
  readonly digest: string;
  readonly parameters: URLSearchParams;
  /** Descriptors on one page. */
  readonly pageSize: number;
}

export function answerReferrers(store: ContentStore, query: ReferrersQuery): Answer {
  const artifactType = query.parameters.get('artifactType');
  const found = referrersOf(store, query.repository, query.digest).filter(
    (descriptor) => artifactType === null || descriptor.artifactType === artifactType,
  );
  const start = Number(query.parameters.get('start') ?? 0);
  const end = start + query.pageSize;
  const headers: Record<string, string> = { 'content-type': INDEX_MEDIA_TYPE };
  if (artifactType !== null) headers['oci-filters-applied'] = 'artifactType';
  if (end < found.length) {
    const next = new URLSearchParams(query.parameters);
    next.set('start', String(end));
    headers['link'] = `</v2/${query.repository}/referrers/${query.digest}?${next}>; rel="next"`;
  }
  const index = { schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests: found.slice(start, end) };
  return jsonAnswer(index, headers);
}

function bodyOf(manifest: StoredManifest): ManifestBody {
  try {
    return Object(JSON.parse(Buffer.from(manifest.bytes).toString('utf8')));
  } catch {
    // Anything may be pushed as a manifest; what is not JSON refers to nothing.
    return {};
  }
}
