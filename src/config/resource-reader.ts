import { z } from 'zod';
import type { ResourceId, ResourceKind } from '../policy/resource.ts';
import { isJsonObject } from '../strict-json.ts';
import { canonicalFields, fieldOf, TWICE } from './canonical-fields.ts';
import { claimOf } from './claim.ts';
import { closestName } from './closest-name.ts';
import { type Diagnostic, diagnose, type FieldPath, type Finding } from './diagnostic.ts';
import { isForeignVerifier } from './foreign-verifier.ts';
import type { BadResource, Resource, ResourceSpec } from './resource.ts';
import { expandLists } from './resource-list.ts';
import {
  API_GROUP,
  API_VERSIONS,
  foreignKinds,
  kindNames,
  resourceName,
  resourceNamespace,
} from './schema/envelope.ts';
import { inlineProviderSpec, trustRootProviderSpec } from './schema/key-management-provider.ts';
import { policySpec } from './schema/policy.ts';
import { storeSpec } from './schema/store.ts';
import { verifierSpec } from './schema/verifier.ts';
import type { SourceContent, SourceResource, UnreadPlace } from './source.ts';
import { tenantFindings } from './tenant-rules.ts';
import { unsupported } from './unsupported.ts';
import { findingsOf, messageOf } from './zod-findings.ts';

/** Everything a source has, sorted by what can be done with it. */
export interface Reading {
  readonly resources: readonly Resource[];
  readonly bad: readonly BadResource[];
  /** Places where something is that can't even be told by name. */
  readonly unread: readonly UnreadPlace[];
  /** Warnings. */
  readonly notes: readonly Diagnostic[];
}

type Outcome =
  | { readonly kind: 'good'; readonly resource: Resource; readonly notes: readonly Diagnostic[] }
  | { readonly kind: 'bad'; readonly resource: BadResource }
  | { readonly kind: 'unidentified'; readonly problems: readonly Diagnostic[] }
  | { readonly kind: 'passed-over'; readonly notes: readonly Diagnostic[] };

/** Checks every resource by itself, those in Lists too: envelope, spelling of fields, schema, rules between the fields. */
export function readResources(source: SourceContent): Reading {
  const content = expandLists(source);
  const outcomes = content.resources.map((resource) => ({ source: resource, outcome: read(resource) }));
  return {
    resources: outcomes.flatMap(({ outcome }) => (outcome.kind === 'good' ? [outcome.resource] : [])),
    bad: outcomes.flatMap(({ outcome }) => (outcome.kind === 'bad' ? [outcome.resource] : [])),
    unread: [
      ...content.unread,
      ...outcomes.flatMap(({ source, outcome }) =>
        outcome.kind === 'unidentified'
          ? outcome.problems.map((diagnostic) => ({ place: source.origin.file ?? '', diagnostic }))
          : [],
      ),
    ],
    notes: [
      ...(content.notes ?? []),
      ...outcomes.flatMap(({ outcome }) =>
        outcome.kind === 'good' || outcome.kind === 'passed-over' ? outcome.notes : [],
      ),
    ],
  };
}

function read(source: SourceResource): Outcome {
  const { value, origin, damage } = source;
  const unidentified = (
    path: FieldPath,
    message: string,
    code: Finding['code'] = 'RESOURCE_INVALID',
  ): Outcome => ({
    kind: 'unidentified',
    problems: [...damage, diagnose(origin, { path, code, message })],
  });

  if (!isJsonObject(value)) return unidentified([], 'this is not a Kubernetes object');
  const twice = ['apiVersion', 'kind', 'metadata'].find((field) => fieldOf(value, field) === TWICE);
  if (twice !== undefined) {
    return unidentified([twice], `the field ${twice} is written twice`, 'FIELD_AMBIGUOUS');
  }
  const apiVersion = fieldOf(value, 'apiVersion');
  const kind = fieldOf(value, 'kind');
  if (typeof apiVersion !== 'string') return unidentified(['apiVersion'], 'apiVersion is required');
  if (typeof kind !== 'string') return unidentified(['kind'], 'kind is required');

  const [group = '', version = ''] = apiVersion.split('/');
  if (group !== API_GROUP) {
    if (isMeantForUs(apiVersion, group, kind)) {
      return unidentified(
        ['apiVersion'],
        `${apiVersion} is not known; did you mean "${API_GROUP}/v1beta1"?`,
        'KIND_UNSUPPORTED',
      );
    }
    return passOver(
      source,
      ['kind'],
      'RESOURCE_IGNORED',
      `${kind} of ${apiVersion} belongs to another program`,
    );
  }
  if (foreignKinds.has(kind)) {
    return passOver(source, ['kind'], 'RESOURCE_IGNORED', `${kind} serves another kind of signature`);
  }
  const known = kindNames.get(kind);
  if (known === undefined) {
    const suggestion = closestName(kind, [...kindNames.keys()]);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    return unidentified(
      ['kind'],
      `the kind ${JSON.stringify(kind.slice(0, 100))} is not known${hint}`,
      'KIND_UNSUPPORTED',
    );
  }

  const metadata = fieldOf(value, 'metadata');
  const name = resourceName.safeParse(fieldOf(metadata, 'name'));
  if (!name.success)
    return unidentified(['metadata', 'name'], z.prettifyError(name.error).replace(/^✖ /, ''));
  let id: ResourceId = { kind: known.kind, name: name.data };
  if (known.namespaced) {
    const namespace = resourceNamespace.safeParse(fieldOf(metadata, 'namespace'));
    if (!namespace.success) {
      return unidentified(['metadata', 'namespace'], z.prettifyError(namespace.error).replace(/^✖ /, ''));
    }
    id = { ...id, namespace: namespace.data };
  }

  if (damage.length > 0) {
    return { kind: 'bad', resource: { id, origin, problems: damage, claim: 'everything' } };
  }
  const findings: Finding[] = [];
  if (!API_VERSIONS.includes(version)) {
    findings.push({
      path: ['apiVersion'],
      code: 'KIND_UNSUPPORTED',
      message: `${kind} has the version ${version === '' ? '(none)' : version}; known are ${API_VERSIONS.join(' and ')}`,
    });
  }
  return readSpec(source, id, kind, value, findings);
}

/** A strict policy with a misspelled group must not be passed over as somebody else's. */
function isMeantForUs(apiVersion: string, group: string, kind: string): boolean {
  if (closestName(group, [API_GROUP]) !== undefined) return true;
  return kindNames.has(kind) && (!apiVersion.includes('/') || group.includes('ratify'));
}

function readSpec(
  source: SourceResource,
  id: ResourceId,
  kind: string,
  value: Readonly<Record<string, unknown>>,
  findings: Finding[],
): Outcome {
  const { origin } = source;
  const raw = fieldOf(value, 'spec');
  if (id.kind === 'Verifier' && isForeignVerifier(raw)) {
    const type = fieldOf(raw, 'type') || fieldOf(raw, 'name');
    return passOver(
      source,
      ['spec'],
      'VERIFIER_IGNORED',
      `${kind} ${id.name} is of type ${JSON.stringify(type)}, not cosign`,
    );
  }
  const claim = claimOf(id.kind, value);
  const refused = unsupported(id.kind, raw);
  if (refused !== undefined) findings.push(refused);
  else {
    const parsed = parse(id.kind, value, findings);
    if (parsed !== undefined) {
      const resource: Resource = { ...parsed, id, origin, claim };
      findings.push(...tenantFindings(resource));
      if (findings.length === 0) return { kind: 'good', resource, notes: [] };
    }
  }
  const problems = findings.map((finding) => diagnose(origin, finding));
  return { kind: 'bad', resource: { id, origin, problems, claim } };
}

function parse(
  kind: ResourceKind,
  value: Readonly<Record<string, unknown>>,
  findings: Finding[],
): ResourceSpec | undefined {
  switch (kind) {
    case 'Verifier':
      return withSpec(verifierSpec, value, findings, (spec) => ({ kind, spec }));
    case 'Policy':
      return withSpec(policySpec, value, findings, (spec) => ({ kind, spec }));
    case 'Store':
      return withSpec(storeSpec, value, findings, (spec) => ({ kind, spec }));
    case 'KeyManagementProvider':
      return fieldOf(fieldOf(value, 'spec'), 'type') === 'inline'
        ? withSpec(inlineProviderSpec, value, findings, (spec) => ({ kind, spec }))
        : withSpec(trustRootProviderSpec, value, findings, (spec) => ({ kind, spec }));
  }
}

function withSpec<Spec>(
  schema: z.ZodType<Spec>,
  value: Readonly<Record<string, unknown>>,
  findings: Finding[],
  wrap: (spec: Spec) => ResourceSpec,
): ResourceSpec | undefined {
  // What the API server adds to metadata and status is none of our business.
  const envelope = z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    spec: schema,
    status: z.unknown().optional(),
  });
  const canonical = canonicalFields(envelope, value, [], findings);
  const parsed = envelope.safeParse(canonical, { error: messageOf });
  if (parsed.success) return wrap(parsed.data.spec);
  findings.push(...findingsOf(parsed.error));
  return undefined;
}

function passOver(source: SourceResource, path: FieldPath, code: Finding['code'], message: string): Outcome {
  return { kind: 'passed-over', notes: [...source.damage, diagnose(source.origin, { path, code, message })] };
}
