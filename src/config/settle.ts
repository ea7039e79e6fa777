import type { Reason } from '../errors.ts';
import type { ResourceId, ResourceKind } from '../policy/resource.ts';
import type { ResourceStatus } from '../policy/snapshot.ts';
import type { Candidate, ResourceInput } from './candidate.ts';
import { type Diagnostic, diagnose, type Finding, reasonFrom } from './diagnostic.ts';
import type { FileContents } from './referenced-files.ts';
import { type Claim, isOfKind, type ResourceOf } from './resource.ts';

/** Takes a finding of the catalogue: of class `configuration` it makes the resource bad, of class `warning` it doesn't. */
export type Report = (finding: Finding) => void;

/** @returns undefined where it reported what is wrong */
export type CompileResource<Kind extends ResourceKind, T> = (
  resource: ResourceOf<Kind>,
  files: FileContents,
  report: Report,
) => T | undefined;

/** A resource in force, or one that is broken and claims what it would govern. */
export type Settled<T> = { readonly kind: 'usable'; readonly id: ResourceId; readonly value: T } | Broken;

export interface Broken {
  readonly kind: 'broken';
  readonly id: ResourceId;
  readonly claim: Claim;
  readonly reason: Reason;
}

export interface Settlement<T> {
  readonly settled: readonly Settled<T>[];
  readonly statuses: readonly ResourceStatus[];
  readonly diagnostics: readonly Diagnostic[];
  /** What is in force: the last good versions of the next time. */
  readonly good: readonly ResourceInput[];
}

/** Compiles each resource as it is written; where that fails, its last good version; where there is none, it is broken. */
export function settle<Kind extends ResourceKind, T>(
  kind: Kind,
  candidates: readonly Candidate[],
  compile: CompileResource<Kind, T>,
): Settlement<T> {
  const settled: Settled<T>[] = [];
  const statuses: ResourceStatus[] = [];
  const diagnostics: Diagnostic[] = [];
  const good: ResourceInput[] = [];
  for (const candidate of candidates.filter(({ id }) => id.kind === kind)) {
    const { id, origin } = candidate;
    const now = attempt(kind, candidate.current, compile);
    diagnostics.push(...now.diagnostics);
    const problems = [
      ...candidate.problems,
      ...now.diagnostics.filter(({ severity }) => severity === 'error'),
    ];
    const inForce =
      now.value === undefined
        ? {
            ...attempt(kind, candidate.lastGood, compile),
            input: candidate.lastGood,
            state: 'stale' as const,
          }
        : { ...now, input: candidate.current, state: 'valid' as const };
    const reasons = problems.map(reasonFrom);
    const file = origin.file === undefined ? {} : { file: origin.file };
    if (inForce.value === undefined || inForce.input === undefined) {
      const [first] = reasons;
      if (first === undefined) throw new Error(`${id.kind} ${id.name} failed without a reason`);
      settled.push({ kind: 'broken', id, claim: candidate.claim, reason: first });
      statuses.push({ id, ...file, state: 'invalid', reasons });
    } else {
      settled.push({ kind: 'usable', id, value: inForce.value });
      statuses.push({ id, ...file, state: inForce.state, reasons });
      good.push(inForce.input);
    }
  }
  return { settled, statuses, diagnostics, good };
}

function attempt<Kind extends ResourceKind, T>(
  kind: Kind,
  input: ResourceInput | undefined,
  compile: CompileResource<Kind, T>,
): { readonly value?: T; readonly diagnostics: readonly Diagnostic[] } {
  if (input === undefined || !isOfKind(input.resource, kind)) return { diagnostics: [] };
  const { resource, files } = input;
  const diagnostics: Diagnostic[] = [];
  const value = compile(resource, files, (finding) => diagnostics.push(diagnose(resource.origin, finding)));
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  return value === undefined || failed ? { diagnostics } : { value, diagnostics };
}
