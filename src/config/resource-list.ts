import { isJsonObject } from '../strict-json.ts';
import { fieldOf, TWICE } from './canonical-fields.ts';
import { type Diagnostic, diagnose, type Finding } from './diagnostic.ts';
import { kindNames } from './schema/envelope.ts';
import type { SourceContent, SourceResource, UnreadPlace } from './source.ts';

/** A List in a List is read, a third one in that is not: with aliases, each level multiplies what there is. */
const LEVELS = 2;

interface Expansion {
  readonly resources: readonly SourceResource[];
  readonly unread: readonly UnreadPlace[];
}

/** Puts the resources of a List, as `kubectl get -o yaml` writes several, in its place, with the lines they stand at. */
export function expandLists(content: SourceContent): SourceContent {
  const parts = content.resources.map((source) => expand(source, LEVELS));
  return {
    ...content,
    resources: parts.flatMap(({ resources }) => resources),
    unread: [...content.unread, ...parts.flatMap(({ unread }) => unread)],
  };
}

function expand(source: SourceResource, levels: number): Expansion {
  const { value, origin, damage } = source;
  if (!isList(value)) return { resources: [source], unread: [] };
  // Which resources were in a damaged one, nobody knows.
  if (damage.length > 0) return unreadAs(source, damage);
  const problem = (code: Finding['code'], message: string) =>
    unreadAs(source, [diagnose(origin, { path: ['items'], code, message })]);
  const items = fieldOf(value, 'items');
  if (items === TWICE) return problem('FIELD_AMBIGUOUS', 'the field items is written twice');
  if (!Array.isArray(items)) return problem('RESOURCE_INVALID', 'the items of a List are a list');
  if (levels === 0) return problem('RESOURCE_INVALID', `Lists are nested more than ${LEVELS} deep`);
  const parts = items.map((item: unknown, index) =>
    expand(
      {
        value: item,
        origin: { ...origin, locate: (path) => origin.locate(['items', index, ...path]) },
        damage,
      },
      levels - 1,
    ),
  );
  return {
    resources: parts.flatMap(({ resources }) => resources),
    unread: parts.flatMap(({ unread }) => unread),
  };
}

/** A `List`, or the list of one of our kinds, whichever version it says it has. */
function isList(value: unknown): boolean {
  const kind = isJsonObject(value) ? fieldOf(value, 'kind') : undefined;
  if (typeof kind !== 'string') return false;
  return kind.toLowerCase() === 'list' || (kind.endsWith('List') && kindNames.has(kind.slice(0, -4)));
}

function unreadAs({ origin }: SourceResource, problems: readonly Diagnostic[]): Expansion {
  return {
    resources: [],
    unread: problems.map((diagnostic) => ({ place: origin.file ?? '', diagnostic })),
  };
}
