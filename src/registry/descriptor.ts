import type { Digest } from './digest.ts';

/** A pointer to content, as OCI image-spec `descriptor.md` defines it, reduced to what is used here. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest as it was received; `digest` is the hash of `bytes`, whatever a header said. */
export interface Manifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
  /** The parsed body: strictly parsed JSON (no duplicate keys), an object. */
  readonly json: Readonly<Record<string, unknown>>;
}
