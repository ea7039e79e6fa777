import { type Reason, reason, reasonOf } from '../errors.ts';
import { parseScope, type Scope, versionOf } from './scope.ts';

/** What the scopes of one Verifier are checked for; the indexes of its problems point into it. */
export interface ScopeClaims {
  /** Name of the trust policy. */
  readonly name: string;
  readonly scopes: readonly string[];
}

/** Something wrong with `policies[policy].scopes[scope]`. */
export interface ScopeProblem {
  readonly policy: number;
  readonly scope: number;
  /** SCOPE_INVALID, in Ratify's words where Ratify has the rule. */
  readonly reason: Reason;
}

interface Claim {
  readonly policy: number;
  readonly index: number;
  /** Place among all scopes of the Verifier. */
  readonly order: number;
  readonly policyName: string;
  readonly scope: Scope;
}

/**
 * Checks the scopes of all trust policies of one Verifier, each by itself and against each other. Within a Verifier
 * the scope that governs an image must be plain to see, so these are errors:
 * - a scope that is malformed (see `parseScope`) or written twice, be it in two spellings of one repository
 * - a prefix and anything that it covers
 * - a repository and a prefix of its own tags or digests, which would never come into play
 * - `*` more than once, or beside other scopes of the same trust policy
 *
 * Allowed, with the more specific one governing: `*` of one trust policy beside scopes of others, and a repository
 * beside single tags or digests of it. Several Verifiers may overlap as they like.
 * @returns nothing, or every problem, in the order of the scopes
 */
export function checkScopes(policies: readonly ScopeClaims[]): readonly ScopeProblem[] {
  const problems: ScopeProblem[] = [];
  const claims: Claim[] = [];
  policies.forEach(({ name, scopes }, policy) => {
    scopes.forEach((text, index) => {
      try {
        claims.push({ policy, index, order: claims.length, policyName: name, scope: parseScope(text, name) });
      } catch (error) {
        problems.push({ policy, scope: index, reason: reasonOf(error) });
      }
    });
  });
  const globals = claims.filter(({ scope }) => scope.kind === 'all');
  const unique = withoutDuplicates(
    claims.filter(({ scope }) => scope.kind !== 'all'),
    problems,
  );
  problems.push(...globalProblems(globals, unique), ...coveredByPrefix(unique), ...hiddenPrefixes(unique));
  return problems.toSorted((a, b) => a.policy - b.policy || a.scope - b.scope);
}

function globalProblems(globals: readonly Claim[], others: readonly Claim[]): ScopeProblem[] {
  const shared = new Set(others.map(({ policy }) => policy));
  return globals.flatMap((claim, nth) => {
    if (nth > 0) return [problem(claim, 'global wildcard character * can only be used once')];
    if (!shared.has(claim.policy)) return [];
    return [
      problem(
        claim,
        `global wildcard character * cannot be used with other scopes within the same trust policy ${claim.policyName}`,
      ),
    ];
  });
}

function withoutDuplicates(claims: readonly Claim[], problems: ScopeProblem[]): Claim[] {
  const seen = new Set<string>();
  return claims.filter((claim) => {
    const { scope, policyName } = claim;
    const key = scope.kind === 'prefix' ? `${scope.canonical}*` : scope.canonical;
    if (!seen.has(key)) return seen.add(key);
    problems.push(problem(claim, `duplicate scope ${scope.text} for trust policy ${policyName}`));
    return false;
  });
}

function coveredByPrefix(claims: readonly Claim[]): ScopeProblem[] {
  const problems: ScopeProblem[] = [];
  // In this order everything that starts with a prefix follows it without a gap.
  const sorted = claims.toSorted((a, b) => (sortKey(a.scope) < sortKey(b.scope) ? -1 : 1));
  let outer: Claim | undefined;
  for (const claim of sorted) {
    if (outer !== undefined && claim.scope.canonical.startsWith(outer.scope.canonical)) {
      problems.push(overlap(outer, claim));
    } else if (claim.scope.kind === 'prefix') {
      outer = claim;
    }
  }
  return problems;
}

function hiddenPrefixes(claims: readonly Claim[]): ScopeProblem[] {
  const repositories = new Map(
    claims
      .filter(({ scope }) => scope.kind === 'repository')
      .map((claim) => [claim.scope.canonical, claim] as const),
  );
  return claims.flatMap((claim) => {
    const { kind, canonical } = claim.scope;
    const end = versionOf(canonical);
    const repository = end === -1 ? undefined : repositories.get(canonical.slice(0, end));
    return kind !== 'prefix' || repository === undefined ? [] : [overlap(repository, claim)];
  });
}

/** Reported at the one that stands later in the configuration. */
function overlap(a: Claim, b: Claim): ScopeProblem {
  const [first, second] = a.order < b.order ? [a, b] : [b, a];
  return problem(
    second,
    `overlapping scopes ${first.scope.text} and ${second.scope.text} for trust policy ${second.policyName}`,
  );
}

function problem({ policy, index }: Claim, message: string): ScopeProblem {
  return { policy, scope: index, reason: reason('SCOPE_INVALID', message) };
}

/** Puts a prefix before an exact scope of the same text; no two claims have the same key. */
function sortKey(scope: Scope): string {
  return scope.kind === 'prefix' ? scope.canonical : `${scope.canonical} `;
}
