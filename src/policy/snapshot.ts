import type { Reason } from '../errors.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { Digest } from '../registry/digest.ts';
import type { Reference } from '../registry/reference.ts';
import type { ResourceId } from './resource.ts';
import type { TrustPolicy, TrustRoot } from './trust-policy.ts';

/** `any`: one satisfied signature (and one policy of several) suffices; `all`: every signature, every policy. */
export type Enforcement = 'any' | 'all';

/** What governs one reference, complete: nothing else of the configuration takes part in its verdict. */
export type Governance =
  | {
      readonly kind: 'governed';
      /** The scope that was most specific. */
      readonly scope: string;
      readonly policies: readonly [TrustPolicy, ...TrustPolicy[]];
      readonly enforcement: Enforcement;
      readonly access: RegistryAccess;
      /** Some policy demands that images are named by digest. */
      readonly requireDigest: boolean;
      /** Hash of what governs, of the namespace and of the program's version: part of every cache and flight key. */
      readonly fingerprint: string;
    }
  /** Nobody is trusted to sign this image; `nearest` are the scopes that came closest, best first. */
  | { readonly kind: 'ungoverned'; readonly nearest: readonly string[] }
  /** What governs it is broken: POLICY_INVALID. */
  | { readonly kind: 'invalid'; readonly reason: Reason }
  /** Nothing can be judged at all: NO_POLICY, NO_VERIFIER. Answered as `system_error`. */
  | { readonly kind: 'system'; readonly reason: Reason };

/** State of one resource, for `/readyz?verbose` and logs. */
export interface ResourceStatus {
  readonly id: ResourceId;
  readonly file?: string;
  /** valid: in force; stale: an earlier version is in force; invalid: none is. */
  readonly state: 'valid' | 'stale' | 'invalid';
  readonly reasons: readonly Reason[];
}

/**
 * The whole configuration, compiled and immutable. A request takes it once and keeps it, so that a change in the
 * middle of a request can't mix two configurations.
 */
export interface Snapshot {
  /** Grows by one with every change that was taken over. */
  readonly generation: number;
  readonly resources: readonly ResourceStatus[];
  /** What the trust policies in force verify by, each once. */
  readonly trustRoots: readonly TrustRoot[];
  /** Hosts that cluster-wide resources name, as requests to them name theirs: by the endpoint. */
  readonly namedHosts: ReadonlySet<string>;
  /**
   * @param namespace of a `[namespace]image` key, absent for cluster scope
   * @param resolved the digest that the reference's tag was found to point at: a policy for this very digest governs
   *   it, and otherwise the tag takes part as it did before
   */
  governing(reference: Reference, namespace: string | undefined, resolved?: Digest): Governance;
  /** How to reach a registry for a mutation, where no trust policy takes part. */
  access(reference: Reference): RegistryAccess | Reason;
}
