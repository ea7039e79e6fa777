import { reason } from '../errors.ts';
import { enforcementOf } from '../policy/enforcement.ts';
import { formatResource, type ResourceId } from '../policy/resource.ts';
import type { Enforcement, Snapshot } from '../policy/snapshot.ts';
import type { TrustPolicy, TrustRoot } from '../policy/trust-policy.ts';
import type { CredentialSource } from '../registry/access.ts';
import { collectCandidates, type LastGood } from './candidate.ts';
import { compileProvider } from './compile-provider.ts';
import { type CompiledStore, compileStore } from './compile-store.ts';
import { compileVerifier } from './compile-verifier.ts';
import { type Diagnostic, findingOf, reasonFrom } from './diagnostic.ts';
import { createView, singlesOutHost, type View } from './governance.ts';
import { namedHosts } from './named-hosts.ts';
import { createProviderLookup } from './provider-lookup.ts';
import type { FileContents } from './referenced-files.ts';
import { clusterRegistries, createRegistryView, lists } from './registry-view.ts';
import type { ResourceOf } from './resource.ts';
import type { Reading } from './resource-reader.ts';
import { POLICY_NAME } from './schema/policy.ts';
import { type Broken, type Report, type Settled, settle } from './settle.ts';

export interface CompileInput {
  readonly reading: Reading;
  /** Contents of the files that the resources name. */
  readonly files: FileContents;
  /** What was in force before. */
  readonly lastGood: LastGood;
  readonly generation: number;
  /** The program's version: another one may judge otherwise. */
  readonly version: string;
  /** @param path of a docker config, absolute; undefined for the default one */
  readonly credentials: (path: string | undefined) => CredentialSource;
}

export interface Compilation {
  readonly snapshot: Snapshot;
  readonly diagnostics: readonly Diagnostic[];
  /** What is broken, and what it claims all the same. */
  readonly broken: readonly Broken[];
  readonly lastGood: LastGood;
}

/** Compiles all resources into one snapshot. Reads nothing but its input. */
export function compile(input: CompileInput): Compilation {
  const { candidates, unknown, diagnostics } = collectCandidates(input.reading, input.files, input.lastGood);
  const providers = settle('KeyManagementProvider', candidates, compileProvider);
  const lookup = createProviderLookup(providers.settled);
  const verifiers = settle('Verifier', candidates, (resource, files, report) =>
    compileVerifier(resource, files, lookup, report),
  );
  const policies = settle('Policy', candidates, (resource, _files, report) =>
    compilePolicy(resource, report),
  );

  // What a namespace may remap depends on what the cluster lists.
  const clusterStores = settle('Store', candidates.filter(isClusterWide), (resource, files, report) =>
    compileStore(resource, {
      files,
      report,
      credentials: input.credentials,
      listedBy: () => undefined,
      singledOutBy: () => undefined,
    }),
  );
  const tenantStores = settle(
    'Store',
    candidates.filter((candidate) => !isClusterWide(candidate)),
    (resource, files, report) =>
      compileStore(resource, {
        files,
        report,
        credentials: input.credentials,
        listedBy: (host) => clusterStores.settled.find((store) => lists(store, host))?.id,
        singledOutBy: (host, namespace) =>
          effective(verifiers.settled, namespace).find(
            (verifier) => isClusterWide(verifier) && singlesOutHost(verifier, host),
          )?.id,
      }),
  );

  const settlements = [providers, verifiers, policies, clusterStores, tenantStores];
  const good = settlements.flatMap((settlement) => settlement.good);
  const settled = settlements.flatMap((settlement): readonly Settled<unknown>[] => settlement.settled);
  const [firstUnknown] = unknown;
  const views = createViews({
    verifiers: verifiers.settled,
    policies: policies.settled,
    stores: [...clusterStores.settled, ...tenantStores.settled],
    unknown: firstUnknown,
    version: input.version,
    defaultCredentials: input.credentials(undefined),
  });
  return {
    snapshot: {
      generation: input.generation,
      resources: settlements.flatMap(({ statuses }) => statuses),
      trustRoots: trustRootsOf(usable(verifiers.settled).flat()),
      namedHosts: namedHosts(
        usable(clusterStores.settled),
        usable(verifiers.settled.filter(isClusterWide)).flat(),
      ),
      ...lookUpIn(views),
    },
    diagnostics: inOrder([...diagnostics, ...settlements.flatMap((settlement) => settlement.diagnostics)]),
    broken: settled.filter((entry) => entry.kind === 'broken'),
    lastGood: new Map(good.map((kept) => [formatResource(kept.resource.id), kept])),
  };
}

function compilePolicy(resource: ResourceOf<'Policy'>, report: Report): Enforcement | undefined {
  const { id, spec } = resource;
  if (id.name !== POLICY_NAME) {
    report({
      path: ['metadata', 'name'],
      code: 'CONFIG_INVALID',
      message: `metadata.name must be ${POLICY_NAME}, got ${id.name}`,
      remediation: `Rename it to ${POLICY_NAME}.`,
    });
    return undefined;
  }
  try {
    return enforcementOf(spec.parameters.artifactVerificationPolicies);
  } catch (error) {
    report(findingOf(['spec', 'parameters', 'artifactVerificationPolicies'], error));
    return undefined;
  }
}

interface Views {
  readonly cluster: View;
  readonly byNamespace: ReadonlyMap<string, View>;
}

interface Settlements {
  readonly verifiers: readonly Settled<readonly TrustPolicy[]>[];
  readonly policies: readonly Settled<Enforcement>[];
  readonly stores: readonly Settled<CompiledStore>[];
  readonly unknown: Diagnostic | undefined;
  readonly version: string;
  readonly defaultCredentials: CredentialSource;
}

function createViews(all: Settlements): Views {
  const cluster = clusterRegistries(usable(all.stores.filter(isClusterWide)));
  const unknown =
    all.unknown &&
    reason(
      'POLICY_INVALID',
      `the configuration can't be read: ${reasonFrom(all.unknown).message}`,
      all.unknown.remediation,
    );
  const viewOf = (namespace: string | undefined) =>
    createView({
      policies: effective(all.policies, namespace),
      verifiers: effective(all.verifiers, namespace),
      registries: createRegistryView(effective(all.stores, namespace), cluster, all.defaultCredentials),
      unknown,
      version: all.version,
    });
  const namespaces = new Set(
    [...all.verifiers, ...all.policies, ...all.stores].flatMap(({ id }) =>
      id.namespace === undefined ? [] : [id.namespace],
    ),
  );
  return {
    cluster: viewOf(undefined),
    byNamespace: new Map([...namespaces].map((namespace) => [namespace, viewOf(namespace)])),
  };
}

/** The resources of one kind that are in force: those of the namespace, good or bad, or else the cluster's. */
function effective<T>(settled: readonly Settled<T>[], namespace: string | undefined): readonly Settled<T>[] {
  const own = settled.filter(({ id }) => id.namespace === namespace);
  return own.length > 0 ? own : settled.filter(isClusterWide);
}

function lookUpIn(views: Views): Pick<Snapshot, 'governing' | 'access'> {
  return {
    governing(reference, namespace, resolved) {
      const view = namespace === undefined ? undefined : views.byNamespace.get(namespace);
      return (view ?? views.cluster).governing(reference, namespace, resolved);
    },
    access: (reference) => views.cluster.access(reference),
  };
}

function trustRootsOf(policies: readonly TrustPolicy[]): readonly TrustRoot[] {
  const roots = policies.flatMap(({ trustRoot }) => (trustRoot === undefined ? [] : [trustRoot]));
  return [...new Map(roots.map((root) => [`${root.name} ${root.fingerprint}`, root])).values()];
}

function usable<T>(settled: readonly Settled<T>[]): T[] {
  return settled.flatMap((entry) => (entry.kind === 'usable' ? [entry.value] : []));
}

function isClusterWide({ id }: { readonly id: ResourceId }): boolean {
  return id.namespace === undefined;
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      compareText(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compareText(a.severity, b.severity),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
