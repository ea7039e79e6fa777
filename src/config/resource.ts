import type { ResourceId, ResourceKind } from '../policy/resource.ts';
import type { Diagnostic, Origin } from './diagnostic.ts';
import type { ProviderSpec } from './schema/key-management-provider.ts';
import type { PolicySpec } from './schema/policy.ts';
import type { StoreSpec } from './schema/store.ts';
import type { VerifierSpec } from './schema/verifier.ts';

export type ResourceSpec =
  | { readonly kind: 'Verifier'; readonly spec: VerifierSpec }
  | { readonly kind: 'Policy'; readonly spec: PolicySpec }
  | { readonly kind: 'Store'; readonly spec: StoreSpec }
  | { readonly kind: 'KeyManagementProvider'; readonly spec: ProviderSpec };

/** A resource whose fields are all in order by themselves. */
export type Resource = ResourceSpec & {
  readonly id: ResourceId;
  readonly origin: Origin;
  readonly claim: Claim;
};

/** A resource that is known by name, and that cannot be used as it is written. */
export interface BadResource {
  readonly id: ResourceId;
  readonly origin: Origin;
  readonly problems: readonly Diagnostic[];
  readonly claim: Claim;
}

/**
 * What a bad resource may have been meant to govern, where no earlier version of it can stand in. Scopes of a Verifier
 * or hosts of a Store; `everything` where they can't be read.
 */
export type Claim = 'everything' | readonly string[];

/** A resource of one kind. */
export type ResourceOf<Kind extends ResourceKind> = Extract<Resource, { readonly kind: Kind }>;

export function isOfKind<Kind extends ResourceKind>(
  resource: Resource,
  kind: Kind,
): resource is ResourceOf<Kind> {
  return resource.kind === kind;
}
