import { dirname } from 'node:path';
import { formatResource, type ResourceId } from '../policy/resource.ts';
import { joinClaims } from './claim.ts';
import { type Diagnostic, diagnose, type Origin } from './diagnostic.ts';
import { type FileContents, filesOf } from './referenced-files.ts';
import type { BadResource, Claim, Resource } from './resource.ts';
import type { Reading } from './resource-reader.ts';

/** A resource with the content of the files it names: all that it takes to compile it, now or once more later. */
export interface ResourceInput {
  readonly resource: Resource;
  readonly files: FileContents;
}

/** The last good version of every resource, by `formatResource` of its id. */
export type LastGood = ReadonlyMap<string, ResourceInput>;

/** A resource of the configuration to be, with what can stand in for it. */
export interface Candidate {
  readonly id: ResourceId;
  readonly origin: Origin;
  /** Absent where it can't be used as it is written. */
  readonly current?: ResourceInput;
  readonly lastGood?: ResourceInput;
  /** Why there is no `current`. */
  readonly problems: readonly Diagnostic[];
  readonly claim: Claim;
}

export interface Candidates {
  readonly candidates: readonly Candidate[];
  /** Problems of places in which no resource is known to have been: they may hold anything. */
  readonly unknown: readonly Diagnostic[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Brings what was read now together with the last good version of each resource. */
export function collectCandidates(reading: Reading, files: FileContents, lastGood: LastGood): Candidates {
  const groups = new Map<string, (Resource | BadResource)[]>();
  for (const resource of [...reading.resources, ...reading.bad]) {
    const key = formatResource(resource.id);
    groups.set(key, [...(groups.get(key) ?? []), resource]);
  }
  const written = [...groups].map(([key, group]) => candidateOf(group, files, lastGood.get(key)));
  const kept: Candidate[] = [];
  const unknown: Diagnostic[] = [];
  for (const [place, problems] of Map.groupBy(reading.unread, (unread) => unread.place)) {
    const diagnostics = problems.map(({ diagnostic }) => diagnostic);
    const lost = [...lastGood].filter(
      ([key, input]) => !groups.has(key) && isIn(place, input.resource.origin),
    );
    if (lost.length === 0) unknown.push(...diagnostics);
    for (const [, input] of lost) {
      const { id, origin, claim } = input.resource;
      kept.push({ id, origin, lastGood: input, problems: diagnostics, claim });
    }
  }
  const problems = written.flatMap((candidate) => candidate.problems);
  const unread = reading.unread.map(({ diagnostic }) => diagnostic);
  return {
    candidates: [...written, ...kept],
    unknown,
    diagnostics: [...unread, ...problems, ...reading.notes],
  };
}

function candidateOf(
  group: readonly (Resource | BadResource)[],
  files: FileContents,
  lastGood: ResourceInput | undefined,
): Candidate {
  const [first] = group;
  if (first === undefined) throw new Error('a group of resources has at least one');
  const common = {
    id: first.id,
    origin: first.origin,
    claim: joinClaims(group.map(({ claim }) => claim)),
    ...(lastGood === undefined ? {} : { lastGood }),
  };
  if (group.length === 1 && 'spec' in first) {
    const own = new Map(
      filesOf(first).map(({ path }) => [
        path,
        files.get(path) ?? { kind: 'unreadable' as const, why: 'it was not read' },
      ]),
    );
    return { ...common, current: { resource: first, files: own }, problems: [] };
  }
  const problems = group.flatMap((resource) => ('problems' in resource ? resource.problems : []));
  const duplicates = group.slice(1).map(({ id, origin }) => {
    const place =
      first.origin.file === undefined ? '' : ` in ${first.origin.file}:${first.origin.locate([]) ?? 1}`;
    const message = `${formatResource(id)} is also defined${place}`;
    return diagnose(origin, { path: ['metadata', 'name'], code: 'RESOURCE_DUPLICATE', message });
  });
  return { ...common, problems: [...problems, ...duplicates] };
}

/** @param place file or folder */
function isIn(place: string, { file }: Origin): boolean {
  return file !== undefined && (file === place || dirname(file) === place);
}
