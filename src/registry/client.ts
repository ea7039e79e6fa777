import type { RegistryAccess } from './access.ts';
import type { Descriptor, Listed, Manifest } from './descriptor.ts';
import type { Digest } from './digest.ts';
import type { Reference, Repository } from './reference.ts';

/** What one call may use up. One object a subject, so that all calls for it share the budget. */
export interface CallContext {
  readonly signal: AbortSignal;
  readonly budget: ByteBudget;
  /** Of the request that this is done for. */
  readonly traceId?: string;
}

/** Bytes that may still be downloaded for one subject. */
export interface ByteBudget {
  /** @throws LIMIT_EXCEEDED when more was taken than allowed */
  take(bytes: number): void;
}

/**
 * A read-only OCI distribution client (distribution-spec 1.1). All methods throw CountersignError with a code of class
 * `unavailable` (REGISTRY_…, ADDRESS_FORBIDDEN, REDIRECT_FORBIDDEN, CREDENTIALS_UNAVAILABLE) or LIMIT_EXCEEDED.
 * "Not there" is a value, never an error.
 */
export interface RegistryClient {
  /** Tag → digest by HEAD, or GET and hash where HEAD gives no well-formed digest. undefined: no such tag (404). */
  resolve(
    access: RegistryAccess,
    reference: Reference & { readonly tag: string },
    call: CallContext,
  ): Promise<Digest | undefined>;
  /**
   * A manifest or index by digest (whose hash is checked) or by tag. undefined: 404.
   *
   * @param maxBytes default `limits.signatureManifest`: what is read is what is attached to an image
   */
  manifest(
    access: RegistryAccess,
    repository: Repository,
    reference: Digest | string,
    call: CallContext,
    maxBytes?: number,
  ): Promise<Manifest | undefined>;
  /** A blob, hashed while streaming; size and digest are those of the descriptor. undefined: 404. */
  blob(
    access: RegistryAccess,
    repository: Repository,
    descriptor: Descriptor,
    maxBytes: number,
    call: CallContext,
  ): Promise<Uint8Array | undefined>;
  /** All pages of the referrers API. undefined: this registry has none; ask the fallback tag. */
  referrers(
    access: RegistryAccess,
    repository: Repository,
    digest: Digest,
    call: CallContext,
  ): Promise<readonly Listed[] | undefined>;
}
