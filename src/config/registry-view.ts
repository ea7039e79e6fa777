import { createHash } from 'node:crypto';
import { type Reason, reason } from '../errors.ts';
import { formatResource } from '../policy/resource.ts';
import type { CredentialSource, RegistryAccess } from '../registry/access.ts';
import { anonymousCredentials } from '../registry/docker-config.ts';
import { type CompiledStore, defaultEndpoint, type Route } from './compile-store.ts';
import { hostAndPort } from './registry-host.ts';
import type { Settled } from './settle.ts';

/** The Stores of one namespace, or of the cluster. */
export interface RegistryView {
  /**
   * How a host is reached, or why nobody can tell.
   * @param namedByScope a cluster-wide trust policy with a scope that names this host governs the image
   */
  access(host: string, namedByScope: boolean): RegistryAccess | Reason;
}

/** What does not depend on who asks. */
export interface ClusterRegistries {
  /** Hosts listed by cluster-wide Stores. */
  readonly listed: ReadonlySet<string>;
  /** `host:port` of the listed hosts and their endpoints. */
  readonly privateHosts: ReadonlySet<string>;
  /** Those among them that are spoken to over http. */
  readonly plainHosts: ReadonlySet<string>;
}

export function clusterRegistries(stores: readonly CompiledStore[]): ClusterRegistries {
  const routes = stores.flatMap((store) => [...store.routes]);
  return {
    listed: new Set(routes.map(([host]) => host)),
    privateHosts: new Set(routes.flatMap(placesOf)),
    plainHosts: new Set(routes.filter(([, { endpoint }]) => endpoint.protocol === 'http:').flatMap(placesOf)),
  };
}

function placesOf([host, { endpoint }]: readonly [string, Route]): string[] {
  return [hostAndPort(endpoint), hostAndPort(new URL(`${endpoint.protocol}//${host}`))];
}

/**
 * @param stores in force or broken; without any, public registries are reached as if by a Store without parameters
 * @param defaultCredentials for that case
 */
export function createRegistryView(
  stores: readonly Settled<CompiledStore>[],
  cluster: ClusterRegistries,
  defaultCredentials: CredentialSource,
): RegistryView {
  const byName = stores.toSorted((a, b) => (a.id.name < b.id.name ? -1 : 1));
  return {
    access(host, namedByScope) {
      const chosen = byName.find((store) => lists(store, host)) ?? byName[0];
      if (chosen?.kind === 'broken') {
        return reason(
          'POLICY_INVALID',
          `${formatResource(chosen.id)}, which says how ${host} is reached, is invalid: ${chosen.reason.message}`,
          chosen.reason.remediation,
        );
      }
      return buildAccess(host, chosen?.value, { cluster, namedByScope, defaultCredentials });
    },
  };
}

/** A broken Store of which the hosts can't be read may list every host. */
export function lists(store: Settled<CompiledStore>, host: string): boolean {
  if (store.kind === 'usable') return store.value.routes.has(host);
  return store.claim === 'everything' || store.claim.includes(host);
}

function buildAccess(
  host: string,
  store: CompiledStore | undefined,
  context: { cluster: ClusterRegistries; namedByScope: boolean; defaultCredentials: CredentialSource },
): RegistryAccess {
  const { cluster, namedByScope, defaultCredentials } = context;
  const route: Route = store?.routes.get(host) ?? {
    endpoint: defaultEndpoint(host, store?.useHttp ?? false),
    remapped: false,
  };
  // Where a namespace decides what is asked, or whose certificate counts, nothing private is in reach, and nobody is
  // told the cluster's passwords.
  const byTenant = store?.id.namespace !== undefined && route.remapped;
  const access = {
    host,
    endpoint: route.endpoint,
    ...(route.ca === undefined ? {} : { ca: route.ca }),
    allowPrivate: !byTenant && (cluster.listed.has(host) || namedByScope),
    privateHosts: byTenant ? new Set<string>() : cluster.privateHosts,
    plainHosts: byTenant ? new Set<string>() : cluster.plainHosts,
    credentials: byTenant ? anonymousCredentials : (store?.credentials ?? defaultCredentials),
    cosignEnabled: store?.cosignEnabled ?? true,
  };
  return { ...access, fingerprint: fingerprintOf(access) };
}

function fingerprintOf(access: Omit<RegistryAccess, 'fingerprint'>): string {
  const canonical = JSON.stringify([
    access.host,
    access.endpoint.href,
    access.ca ?? null,
    access.allowPrivate,
    [...access.privateHosts].toSorted(),
    [...access.plainHosts].toSorted(),
    access.credentials.fingerprint,
    access.cosignEnabled,
  ]);
  return createHash('sha256').update(canonical).digest('hex');
}
