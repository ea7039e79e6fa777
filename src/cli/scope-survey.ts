import { FileSource } from '../config/file-source.ts';
import type { ResourceOf } from '../config/resource.ts';
import { isOfKind } from '../config/resource.ts';
import { readResources } from '../config/resource-reader.ts';
import { formatResource } from '../policy/resource.ts';
import { parseScope, type Scope } from '../policy/scope.ts';
import { ScopeIndex } from '../policy/scope-index.ts';
import { formatReference, type Reference, repositoryName } from '../registry/reference.ts';

/** A scope as the configuration writes it. */
export interface WrittenScope {
  readonly scope: string;
  /** Name of the trust policy. */
  readonly policy: string;
  /** `Verifier name`, or `Verifier namespace/name`. */
  readonly verifier: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
}

/** A scope, held against one image. */
export interface NearScope extends WrittenScope {
  /** Whether it covers the image; it governs only where no other one is more specific. */
  readonly covers: boolean;
}

/** Scopes that are shown beside those that govern. */
const SHOWN = 3;

/** Every scope that a configuration writes down, by the namespace of its Verifier; '' for the cluster's. */
export async function readScopes(
  paths: readonly string[],
): Promise<ReadonlyMap<string, readonly WrittenScope[]>> {
  const { resources } = readResources(await new FileSource(paths).load());
  const verifiers = resources.filter((resource) => isOfKind(resource, 'Verifier'));
  const byNamespace = Map.groupBy(verifiers, ({ id }) => id.namespace ?? '');
  return new Map([...byNamespace].map(([namespace, found]) => [namespace, found.flatMap(scopesOf)]));
}

/** The scopes that cover an image, or begin as it does; those that cover it first, of either only a few. */
export function nearScopes(scopes: readonly WrittenScope[], reference: Reference): readonly NearScope[] {
  const parsed = scopes.flatMap((written) => {
    const scope = parsedOf(written);
    return scope === undefined ? [] : [{ written, scope }];
  });
  const covering = parsed.filter(({ scope }) => covers(scope, reference));
  const others = parsed.filter((entry) => !covering.includes(entry));
  const index = new ScopeIndex(others.map((entry) => [entry.scope, entry]));
  const nearest = new Set(index.nearest(formatReference(reference), SHOWN).map(({ canonical }) => canonical));
  const beside = others.filter(({ scope }) => nearest.has(scope.canonical));
  return [
    ...covering.map(({ written }) => ({ ...written, covers: true })),
    ...beside.slice(0, SHOWN).map(({ written }) => ({ ...written, covers: false })),
  ];
}

function scopesOf({ id, origin, spec }: ResourceOf<'Verifier'>): readonly WrittenScope[] {
  const { trustPolicies } = spec.parameters;
  const place = (...path: (string | number)[]) => {
    const line = origin.locate(['spec', 'parameters', ...path]);
    return {
      verifier: formatResource(id),
      ...(origin.file !== undefined && { file: origin.file }),
      ...(line !== undefined && { line }),
    };
  };
  // The legacy `key` is a trust policy that is not written out.
  if (trustPolicies === undefined) return [{ scope: '*', policy: 'default', ...place('key') }];
  return trustPolicies.flatMap(({ name, scopes }, index) =>
    scopes.map((scope, nth) => ({
      scope,
      policy: name,
      ...place('trustPolicies', index, 'scopes', nth),
    })),
  );
}

/** A scope that can't be read has been reported by the configuration. */
function parsedOf({ scope, policy }: WrittenScope): Scope | undefined {
  try {
    return parseScope(scope, policy);
  } catch {
    return undefined;
  }
}

function covers({ kind, canonical }: Scope, { repository, tag, digest }: Reference): boolean {
  const name = repositoryName(repository);
  const texts = [
    name,
    ...(digest === undefined ? [] : [`${name}@${digest}`]),
    ...(tag === undefined ? [] : [`${name}:${tag}`]),
  ];
  if (kind === 'all') return true;
  return texts.some((text) => (kind === 'prefix' ? text.startsWith(canonical) : text === canonical));
}
