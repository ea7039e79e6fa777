import { type Listed, readListed } from './descriptor.ts';
import { invalidResponse, readJsonObject } from './json-body.ts';
import { parseNextLink } from './link.ts';
import { INDEX_MEDIA_TYPE } from './manifest-body.ts';
import { mediaTypeOf, type RegistryResponse } from './response.ts';

/** What registries without a referrers API answer. */
const UNSUPPORTED: ReadonlySet<number> = new Set([400, 404, 405, 406, 501]);

/** Whether the registry has no referrers API (distribution-spec 1.1; also what others than 404 are seen to mean it). */
export function isUnsupported(response: RegistryResponse): boolean {
  return (
    UNSUPPORTED.has(response.status) ||
    (response.status === 200 && mediaTypeOf(response) !== INDEX_MEDIA_TYPE)
  );
}

/** @throws REGISTRY_RESPONSE_INVALID where it is no listing; entries that can't be used are among the others */
export function readReferrers(response: RegistryResponse): Listed[] {
  if (mediaTypeOf(response) !== INDEX_MEDIA_TYPE) throw invalidResponse(response, 'is no index');
  const { manifests, mediaType } = readJsonObject(response);
  if (!Array.isArray(manifests) || (mediaType !== undefined && mediaType !== INDEX_MEDIA_TYPE)) {
    throw invalidResponse(response, 'is no index');
  }
  return manifests.map(readListed);
}

/**
 * The next page, which has to be among the referrers of the same repository: the header could lead anywhere.
 *
 * @param page what was asked for; a relative link is relative to it
 * @param listing URL of the repository's referrers, with a slash at its end
 * @throws REGISTRY_RESPONSE_INVALID
 */
export function nextPage(response: RegistryResponse, page: URL, listing: URL): URL | undefined {
  const link = parseNextLink(response.headers['link']);
  if (link === undefined) return undefined;
  const next = URL.parse(link, page.href);
  const isInside =
    next !== null &&
    next.origin === listing.origin &&
    next.username === '' &&
    next.pathname.startsWith(listing.pathname);
  if (!isInside) throw invalidResponse(response, 'links to a next page elsewhere');
  return next;
}
