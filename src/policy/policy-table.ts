import { type Reason, reason } from '../errors.ts';
import type { Digest } from '../registry/digest.ts';
import { formatReference, type Reference, repositoryName } from '../registry/reference.ts';
import { formatResource, type ResourceId } from './resource.ts';
import { parseScope, type Scope } from './scope.ts';
import { type Indexed, ScopeIndex } from './scope-index.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** What claims images: a trust policy, or a resource that is broken and has no valid earlier version. */
export type PolicyEntry =
  | { readonly kind: 'valid'; readonly policy: TrustPolicy }
  | {
      readonly kind: 'invalid';
      readonly resource: ResourceId;
      /** What it says it governs. `unreadable` where that can't be told: no YAML, no trust policies, one without scopes. */
      readonly scopes: readonly string[] | 'unreadable';
      /** The first thing that is wrong with it. */
      readonly reason: Reason;
    };

export type PolicyMatch =
  | {
      readonly kind: 'governed';
      /** The most specific scope. */
      readonly scope: Scope;
      /** All trust policies with this scope, in the order of the entries. */
      readonly policies: readonly [TrustPolicy, ...TrustPolicy[]];
    }
  /** POLICY_INVALID */
  | { readonly kind: 'invalid'; readonly reason: Reason }
  /** No scope covers the reference; `nearest` are at most three that begin as it does, best first. */
  | { readonly kind: 'ungoverned'; readonly nearest: readonly string[] };

export interface PolicyTable {
  /**
   * @param resolved the digest that the reference's tag points to, once that is known. The reference is then covered by
   * scopes for its tag and by scopes for this digest. Without effect where the reference has a digest itself.
   */
  find(reference: Reference, resolved?: Digest): PolicyMatch;
}

type InvalidEntry = Extract<PolicyEntry, { kind: 'invalid' }>;

/** Suggestions for a reference that no scope covers. */
const NEAREST = 3;

/**
 * Builds the lookup from reference to what governs it.
 *
 * The most specific scope that covers a reference decides: digest, tag, repository, longest prefix, `*`. All trust
 * policies that claim this very scope govern, from however many Verifiers, and less specific ones take no part.
 *
 * An invalid entry claims its scopes like a valid one, so what it would govern if it were valid is `invalid`, alone
 * or together with others: a broken strict policy never gives way to a lax one, be that on the same scope or on a wider
 * one. It stays out where a valid policy has a more specific scope, for there it would take no part if it were valid.
 * Where the scopes of an invalid entry can't be read, be it one of them, or there are none, it might govern anything at
 * any level: then every reference is `invalid`.
 *
 * @param entries of one Verifier or of many; that the scopes of one don't overlap is `checkScopes`' to say
 * @throws SCOPE_INVALID for a valid entry with a malformed scope
 */
export function createPolicyTable(entries: readonly PolicyEntry[]): PolicyTable {
  const claims: (readonly [Scope, PolicyEntry])[] = [];
  let unreadable: InvalidEntry | undefined;
  for (const entry of entries) {
    const scopes = entry.kind === 'valid' ? scopesOf(entry.policy) : claimedScopes(entry);
    if (entry.kind === 'invalid' && scopes.length === 0) unreadable ??= entry;
    for (const scope of scopes) claims.push([scope, entry]);
  }
  const index = new ScopeIndex(claims);
  return {
    find(reference, resolved) {
      if (unreadable !== undefined) {
        return invalidMatch(unreadable, 'and which images it governs cannot be told');
      }
      const texts = textsOf(reference, resolved);
      const found = index.mostSpecific(texts);
      if (found !== undefined) return matchOf(found);
      const nearest = index.nearest(formatReference(reference), NEAREST);
      return { kind: 'ungoverned', nearest: nearest.map(({ text }) => text) };
    },
  };
}

function scopesOf({ name, scopes }: TrustPolicy): readonly Scope[] {
  return scopes.map((text) => parseScope(text, name));
}

/** Nothing where some scope can't be read: half of what a resource claims is not what it claims. */
function claimedScopes({ resource, scopes }: InvalidEntry): readonly Scope[] {
  if (scopes === 'unreadable') return [];
  try {
    return scopes.map((text) => parseScope(text, resource.name));
  } catch {
    return [];
  }
}

/** What the reference is called, canonical, most specific first. */
function textsOf({ repository, tag, digest }: Reference, resolved: Digest | undefined): readonly string[] {
  const name = repositoryName(repository);
  if (digest !== undefined) return [`${name}@${digest}`, name];
  const byTag = tag === undefined ? [name] : [`${name}:${tag}`, name];
  return resolved === undefined ? byTag : [`${name}@${resolved}`, ...byTag];
}

function matchOf({ scope, values: [first, ...others] }: Indexed<PolicyEntry>): PolicyMatch {
  const claim = `and it claims ${scope.text}`;
  if (first.kind === 'invalid') return invalidMatch(first, claim);
  const policies: [TrustPolicy, ...TrustPolicy[]] = [first.policy];
  for (const entry of others) {
    if (entry.kind === 'invalid') return invalidMatch(entry, claim);
    policies.push(entry.policy);
  }
  return { kind: 'governed', scope, policies };
}

function invalidMatch({ resource, reason: why }: InvalidEntry, claim: string): PolicyMatch {
  const message = `${formatResource(resource)} is invalid, ${claim}: ${why.code}: ${why.message}`;
  return { kind: 'invalid', reason: reason('POLICY_INVALID', message, why.remediation) };
}
