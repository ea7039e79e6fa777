import { LRUCache } from 'lru-cache';
import { limits } from '../limits.ts';
import type { RegistryAccess } from './access.ts';
import type { RegistryClient } from './client.ts';
import { isDigest } from './digest.ts';
import { parseJsonObject } from './json-body.ts';
import { type Repository, repositoryName } from './reference.ts';

export interface ContentCacheOptions {
  /** Bytes that the entries may take, with what each of them takes beside its content. */
  readonly maxBytes: number;
  /** Blobs above this many bytes are not kept. */
  readonly maxBlobBytes: number;
  /** Called for each manifest and blob that was asked for by digest, with whether it was there. Optional. */
  readonly onLookup?: (hit: boolean) => void;
}

export interface CachingRegistryClient extends RegistryClient {
  /** Manifests and blobs that are kept. */
  readonly size: number;
  readonly bytes: number;
}

/** Bytes that an entry takes beside its key and its content, generously. */
const ENTRY_BYTES = 512;

interface Kept {
  /** Never the tree that they parse to: nobody knows how large it is. */
  readonly bytes: Uint8Array;
  /** Of a manifest. */
  readonly mediaType?: string;
}

/**
 * Keeps what is addressed by digest and therefore never changes. The key holds the access fingerprint and the
 * repository: what one tenant may read from one repository says nothing about another tenant or another repository.
 * Tags and referrers are always asked anew.
 */
export function withContentCache(
  client: RegistryClient,
  options: ContentCacheOptions,
): CachingRegistryClient {
  const cache = new LRUCache<string, Kept>({
    maxSize: options.maxBytes,
    sizeCalculation: ({ bytes }, key) => key.length + bytes.length + ENTRY_BYTES,
  });
  function look(key: string): Kept | undefined {
    const kept = cache.get(key);
    options.onLookup?.(kept !== undefined);
    return kept;
  }
  function keep(key: string, bytes: Uint8Array, mediaType?: string): void {
    // A copy: a small Buffer is a window on a larger piece of memory, which it would hold.
    cache.set(key, { bytes: new Uint8Array(bytes), ...(mediaType !== undefined && { mediaType }) });
  }
  return {
    get size() {
      return cache.size;
    },
    get bytes() {
      return cache.calculatedSize;
    },
    resolve: (...asked) => client.resolve(...asked),
    referrers: (...asked) => client.referrers(...asked),
    async manifest(access, repository, reference, call, maxBytes = limits.signatureManifest) {
      if (!isDigest(reference)) return client.manifest(access, repository, reference, call, maxBytes);
      const key = keyOf('manifest', access, repository, reference);
      const { bytes, mediaType } = look(key) ?? {};
      if (bytes !== undefined && mediaType !== undefined && bytes.length <= maxBytes)
        return { bytes, digest: reference, mediaType, json: parseJsonObject(bytes) };
      const manifest = await client.manifest(access, repository, reference, call, maxBytes);
      if (manifest !== undefined) keep(key, manifest.bytes, manifest.mediaType);
      return manifest;
    },
    async blob(access, repository, descriptor, maxBytes, call) {
      const key = keyOf('blob', access, repository, descriptor.digest);
      const { bytes: kept } = look(key) ?? {};
      if (kept !== undefined && kept.length === descriptor.size && kept.length <= maxBytes) return kept;
      const bytes = await client.blob(access, repository, descriptor, maxBytes, call);
      if (bytes !== undefined && bytes.length <= options.maxBlobBytes) keep(key, bytes);
      return bytes;
    },
  };
}

function keyOf(kind: string, access: RegistryAccess, repository: Repository, digest: string): string {
  return [kind, access.fingerprint, repositoryName(repository), digest].join(' ');
}
