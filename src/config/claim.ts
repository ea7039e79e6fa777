import type { ResourceKind } from '../policy/resource.ts';
import { parseScope } from '../policy/scope.ts';
import { isJsonObject } from '../strict-json.ts';
import { fieldOf } from './canonical-fields.ts';
import { canonicalHost } from './registry-host.ts';
import type { Claim } from './resource.ts';

/**
 * What a resource asks to govern, read from whatever it looks like: scopes of a Verifier, hosts of a Store. A single
 * part that can't be read makes it `everything`, so that a broken strict policy never gives way to a lax one.
 */
export function claimOf(kind: ResourceKind, value: unknown): Claim {
  const parameters = fieldOf(fieldOf(value, 'spec'), 'parameters');
  if (kind === 'Verifier') return scopesOf(parameters) ?? 'everything';
  if (kind === 'Store') return hostsOf(parameters) ?? 'everything';
  return 'everything';
}

/** The claims of several resources of one name. */
export function joinClaims(claims: readonly Claim[]): Claim {
  return claims.includes('everything') ? 'everything' : claims.flat();
}

function scopesOf(parameters: unknown): readonly string[] | undefined {
  const policies = fieldOf(parameters, 'trustPolicies');
  if (!Array.isArray(policies) || policies.length === 0) return undefined;
  const scopes: string[] = [];
  for (const policy of policies) {
    const own = fieldOf(policy, 'scopes');
    if (!Array.isArray(own) || own.length === 0 || !own.every(isScope)) return undefined;
    scopes.push(...own);
  }
  return scopes;
}

function isScope(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  try {
    parseScope(text, '');
    return true;
  } catch {
    return false;
  }
}

function hostsOf(parameters: unknown): readonly string[] | undefined {
  if (!isJsonObject(parameters)) return undefined;
  const written = Object.keys(parameters).some((name) => name.toLowerCase() === 'registries');
  if (!written) return [];
  const registries = fieldOf(parameters, 'registries');
  if (!Array.isArray(registries)) return undefined;
  const hosts: string[] = [];
  for (const entry of registries) {
    const host = fieldOf(entry, 'host');
    const canonical = typeof host === 'string' ? canonicalHost(host) : undefined;
    if (canonical === undefined) return undefined;
    hosts.push(canonical);
  }
  return hosts;
}
