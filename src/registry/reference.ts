import type { Digest } from './digest.ts';

/** A repository on a registry, normalised as distribution/reference does it. */
export interface Repository {
  /** Canonical host: `docker.io` for every spelling of Docker Hub, lower case, with port if given. */
  readonly host: string;
  /** Path without leading slash, e.g. `library/nginx`. */
  readonly path: string;
}

/** An image reference. Where both stand, the digest decides and the tag takes no part. */
export interface Reference {
  readonly repository: Repository;
  readonly tag?: string;
  readonly digest?: Digest;
}
