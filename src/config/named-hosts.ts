import { namedHost, parseScope } from '../policy/scope.ts';
import type { TrustPolicy } from '../policy/trust-policy.ts';
import { type CompiledStore, defaultEndpoint } from './compile-store.ts';

/** The hosts of the endpoints that these Stores list, and of the registries that these policies write down in full. */
export function namedHosts(
  stores: readonly CompiledStore[],
  policies: readonly TrustPolicy[],
): ReadonlySet<string> {
  const listed = stores.flatMap(({ routes }) => [...routes.values()].map(({ endpoint }) => endpoint.host));
  const scoped = policies
    .flatMap(({ scopes }) => scopes.map((scope) => namedHost(parseScope(scope, ''))))
    .flatMap((host) => (host === undefined ? [] : [defaultEndpoint(host, false).host]));
  return new Set([...listed, ...scoped]);
}
