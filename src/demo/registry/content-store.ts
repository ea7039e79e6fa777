import { hash } from 'node:crypto';

/** A pointer to content, as OCI image-spec `descriptor.md` writes it. */
export interface ContentDescriptor {
  mediaType: string;
  digest: string;
  /** Bytes. */
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
}

export interface StoredManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: string;
}

interface RepositoryContent {
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, StoredManifest>;
}

/** What the registry holds: manifests and tags by repository, blobs in one pool. All in memory. */
export class ContentStore {
  readonly #repositories = new Map<string, RepositoryContent>();
  readonly #blobs = new Map<string, Uint8Array>();

  putManifest(repository: string, bytes: Uint8Array, mediaType: string, tag?: string): StoredManifest {
    const manifest = { bytes, mediaType, digest: digestOf(bytes) };
    let content = this.#repositories.get(repository);
    if (content === undefined) {
      content = { tags: new Map(), manifests: new Map() };
      this.#repositories.set(repository, content);
    }
    content.manifests.set(manifest.digest, manifest);
    if (tag !== undefined) content.tags.set(tag, manifest.digest);
    return manifest;
  }

  putBlob(bytes: Uint8Array): string {
    const digest = digestOf(bytes);
    this.#blobs.set(digest, bytes);
    return digest;
  }

  has(repository: string): boolean {
    return this.#repositories.has(repository);
  }

  manifest(repository: string, reference: string): StoredManifest | undefined {
    const content = this.#repositories.get(repository);
    return content?.manifests.get(content.tags.get(reference) ?? reference);
  }

  manifests(repository: string): StoredManifest[] {
    return [...(this.#repositories.get(repository)?.manifests.values() ?? [])];
  }

  blob(digest: string): Uint8Array | undefined {
    return this.#blobs.get(digest);
  }
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes)}`;
}
