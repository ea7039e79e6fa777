import { createHash } from 'node:crypto';
import { type Reason, reason } from '../errors.ts';
import { createPolicyTable, type PolicyEntry, type PolicyTable } from '../policy/policy-table.ts';
import { formatResource } from '../policy/resource.ts';
import { namedHost, parseScope, type Scope, singlesOut } from '../policy/scope.ts';
import type { Enforcement, Governance } from '../policy/snapshot.ts';
import type { TrustPolicy } from '../policy/trust-policy.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { Digest } from '../registry/digest.ts';
import type { Reference } from '../registry/reference.ts';
import type { RegistryView } from './registry-view.ts';
import { POLICY_NAME } from './schema/policy.ts';
import type { Settled } from './settle.ts';

/** Everything that is in force for one namespace, or for the cluster. */
export interface View {
  governing(reference: Reference, namespace: string | undefined, resolved: Digest | undefined): Governance;
  access(reference: Reference): RegistryAccess | Reason;
}

export interface ViewParts {
  /** Of the namespace if it has any, else of the cluster; likewise below. */
  readonly policies: readonly Settled<Enforcement>[];
  readonly verifiers: readonly Settled<readonly TrustPolicy[]>[];
  readonly registries: RegistryView;
  /** Why no image can be judged: somewhere something is written that nobody could read. */
  readonly unknown: Reason | undefined;
  readonly version: string;
}

export function createView(parts: ViewParts): View {
  const { registries, verifiers, unknown, version } = parts;
  const table = createPolicyTable(verifiers.flatMap(entriesOf));
  const policy = choosePolicy(parts.policies, unknown);
  const blocked = policy.kind === 'blocked' ? policy.governance : blockedBy(verifiers, unknown);
  return {
    governing(reference, namespace, resolved) {
      if (policy.kind === 'blocked') return policy.governance;
      if (blocked !== undefined) return blocked;
      const found = table.find(reference, resolved);
      if (found.kind !== 'governed') return found;
      const { scope, policies } = found;
      const access = registries.access(reference.repository.host, isNamed(reference, scope, policies));
      if ('code' in access) return { kind: 'invalid', reason: access };
      const { enforcement } = policy;
      const requireDigest = policies.some((governing) => governing.requireDigest);
      const canonical = JSON.stringify([
        version,
        namespace ?? null,
        enforcement,
        access.fingerprint,
        policies.map(({ fingerprint }) => fingerprint).toSorted(),
      ]);
      const fingerprint = createHash('sha256').update(canonical).digest('hex');
      return {
        kind: 'governed',
        scope: scope.text,
        policies,
        enforcement,
        access,
        requireDigest,
        fingerprint,
      };
    },
    access(reference) {
      if (unknown !== undefined) return unknown;
      return registries.access(reference.repository.host, isNamedBySome(table, reference));
    },
  };
}

type ChosenPolicy =
  | { readonly kind: 'chosen'; readonly enforcement: Enforcement }
  | { readonly kind: 'blocked'; readonly governance: Governance };

function choosePolicy(policies: readonly Settled<Enforcement>[], unknown: Reason | undefined): ChosenPolicy {
  const chosen = policies.find(({ id }) => id.name === POLICY_NAME) ?? policies[0];
  if (chosen?.kind === 'usable') return { kind: 'chosen', enforcement: chosen.value };
  const message =
    chosen === undefined
      ? `no Policy is loaded${unknown === undefined ? '' : `; ${unknown.message}`}`
      : `${formatResource(chosen.id)} is invalid: ${chosen.reason.code}: ${chosen.reason.message}`;
  const governance: Governance =
    chosen?.id.namespace === undefined
      ? { kind: 'system', reason: reason('NO_POLICY', message) }
      : { kind: 'invalid', reason: reason('POLICY_INVALID', message, chosen.reason.remediation) };
  return { kind: 'blocked', governance };
}

function blockedBy(
  verifiers: readonly Settled<readonly TrustPolicy[]>[],
  unknown: Reason | undefined,
): Governance | undefined {
  if (unknown !== undefined) return { kind: 'invalid', reason: unknown };
  if (verifiers.length > 0) return undefined;
  return { kind: 'system', reason: reason('NO_VERIFIER', 'no Verifier of cosign signatures is loaded') };
}

function entriesOf(verifier: Settled<readonly TrustPolicy[]>): PolicyEntry[] {
  if (verifier.kind === 'usable') return verifier.value.map((policy) => ({ kind: 'valid', policy }));
  const scopes = verifier.claim === 'everything' ? 'unreadable' : verifier.claim;
  return [{ kind: 'invalid', resource: verifier.id, scopes, reason: verifier.reason }];
}

/** Whether a Verifier has a scope for images of this host in particular. A broken one that may govern anything does so anyway. */
export function singlesOutHost(verifier: Settled<readonly TrustPolicy[]>, host: string): boolean {
  const scopes =
    verifier.kind === 'usable' ? verifier.value.flatMap((policy) => policy.scopes) : verifier.claim;
  return scopes !== 'everything' && scopes.some((text) => singlesOut(parseScope(text, ''), host));
}

/** Whether somebody who may decide it for the cluster has written this host down in full. */
function isNamed(reference: Reference, scope: Scope, policies: readonly TrustPolicy[]): boolean {
  return (
    policies.some(({ verifier }) => verifier.namespace === undefined) &&
    namedHost(scope) === reference.repository.host
  );
}

function isNamedBySome(table: PolicyTable, reference: Reference): boolean {
  const found = table.find(reference);
  return found.kind === 'governed' && isNamed(reference, found.scope, found.policies);
}
