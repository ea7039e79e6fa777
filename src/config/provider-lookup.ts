import { formatResource, type ResourceId } from '../policy/resource.ts';
import type { Provider } from './compile-provider.ts';
import type { Finding } from './diagnostic.ts';
import type { Settled } from './settle.ts';

/** What a Verifier finds under the name of a KeyManagementProvider. */
type FoundProvider =
  | { readonly kind: 'found'; readonly provider: Provider }
  | ({ readonly kind: 'refused' } & Pick<Finding, 'code' | 'message'>);

/** @param name `name` of a cluster-wide provider, or `namespace/name` */
export type ProviderLookup = (name: string, verifier: ResourceId) => FoundProvider;

/**
 * A Verifier may name the cluster's providers and those of its own namespace. What a cluster-wide Verifier trusts is
 * never in the hands of a namespace.
 */
export function createProviderLookup(providers: readonly Settled<Provider>[]): ProviderLookup {
  const byName = new Map(providers.map((settled) => [nameOf(settled.id), settled]));
  return (name, verifier) => {
    const slash = name.indexOf('/');
    if (slash !== -1 && name.slice(0, slash) !== verifier.namespace) {
      const message = `${formatResource(verifier)} may not use the key management provider ${name} of another namespace`;
      return {
        kind: 'refused',
        code: verifier.namespace === undefined ? 'CONFIG_INVALID' : 'TENANT_FORBIDDEN',
        message,
      };
    }
    const settled = byName.get(name);
    if (settled?.kind === 'usable') return { kind: 'found', provider: settled.value };
    const why = settled === undefined ? 'it does not exist' : `it is invalid: ${settled.reason.message}`;
    return {
      kind: 'refused',
      code: 'REFERENCE_MISSING',
      message: `failed to access key management provider ${name}: ${why}`,
    };
  };
}

function nameOf({ name, namespace }: ResourceId): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
