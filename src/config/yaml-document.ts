import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from 'yaml';
import { type ErrorCode, reason } from '../errors.ts';
import type { Diagnostic, FieldPath, Origin } from './diagnostic.ts';
import type { SourceContent, SourceResource, UnreadPlace } from './source.ts';

/** Aliases that one document may resolve to, nested ones multiplied: enough for people, too few for a bomb. */
const MAX_ALIASES = 100;

/** Errors that one document is reported with; the first ones, since the others mostly follow from them. */
const MAX_ERRORS = 3;

/**
 * Reads the documents of one YAML (or JSON) file. A damaged document does not hide the others; where it still says,
 * without doubt, which resource it was meant to be, that resource is damaged, else the file as a whole is unread.
 */
export function readYaml(file: string, text: string): SourceContent {
  const lines = new LineCounter();
  const resources: SourceResource[] = [];
  const unread: UnreadPlace[] = [];
  for (const document of parse(file, text, lines, unread)) {
    const origin: Origin = { file, locate: (path) => lineOf(document, path, lines) };
    const damage = document.errors
      .slice(0, MAX_ERRORS)
      .map((error) =>
        diagnostic(file, 'YAML_INVALID', firstLine(error.message), lines.linePos(error.pos[0]).line),
      );
    const { value, badKey, problem } = toValue(document);
    if (badKey !== undefined) {
      const { message, offset } = badKey;
      damage.push(diagnostic(file, 'YAML_INVALID', message, lines.linePos(offset).line));
    }
    if (problem !== undefined) damage.push(diagnostic(file, 'YAML_INVALID', problem, origin.locate([])));
    if (value === undefined || value === null) {
      if (damage.length > 0) unread.push(...damage.map((found) => ({ place: file, diagnostic: found })));
    } else if (damage.length > 0 && !isIdentified(document)) {
      unread.push(...damage.map((found) => ({ place: file, diagnostic: found })));
    } else {
      resources.push({ value, origin, damage });
    }
  }
  return { resources, unread };
}

function parse(file: string, text: string, lines: LineCounter, unread: UnreadPlace[]): Document.Parsed[] {
  try {
    // An array without documents means an empty stream.
    const options = {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      uniqueKeys: false,
    } as const;
    return [...parseAllDocuments(text, options)];
  } catch (error) {
    // Nesting that is deeper than the parser's stack.
    const message = `the file cannot be parsed: ${error instanceof Error ? error.message : String(error)}`;
    unread.push({ place: file, diagnostic: diagnostic(file, 'YAML_INVALID', message, 1) });
    return [];
  }
}

interface BadKey {
  readonly message: string;
  readonly offset: number;
}

/**
 * Finds keys that a resource can't have, since resources are JSON: one that stands twice in a map, and collections, which
 * are also taken away. The parser would compare every key with every other one of its map, and write collections that
 * are keys out as text, at each level anew: minutes for a file of some kilobytes.
 */
function takeBadKeys(document: Document.Parsed): BadKey | undefined {
  let found: BadKey | undefined;
  visit(document, {
    Map(_, map) {
      const names = new Set<string>();
      map.items = map.items.filter(({ key }) => {
        const offset = startOf(key) ?? startOf(map) ?? 0;
        if (!isScalar(key)) {
          found ??= { message: 'a key is a collection or an alias instead of a text', offset };
          return false;
        }
        const name = String(key.value);
        if (names.has(name))
          found ??= { message: `the key ${JSON.stringify(name)} stands twice in one map`, offset };
        names.add(name);
        return true;
      });
    },
  });
  return found;
}

function toValue(document: Document.Parsed): {
  value?: unknown;
  badKey?: BadKey | undefined;
  problem?: string;
} {
  try {
    const badKey = takeBadKeys(document);
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), badKey };
  } catch (error) {
    return { problem: error instanceof Error ? firstLine(error.message) : String(error) };
  }
}

/** Where `---` was forgotten, two resources run into each other: then nobody knows which one the document is. */
function isIdentified(document: Document.Parsed): boolean {
  const { contents } = document;
  if (!isMap(contents)) return false;
  return ['apiversion', 'kind', 'metadata'].every(
    (name) => contents.items.filter(({ key }) => nameOf(key).toLowerCase() === name).length === 1,
  );
}

function lineOf(document: Document.Parsed, path: FieldPath, lines: LineCounter): number | undefined {
  let node: unknown = document.contents;
  let offset = startOf(document.contents);
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (typeof step === 'number') {
      if (!isSeq(node)) break;
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else {
      const pair = isMap(node) ? (pairOf(node.items, step) ?? undefined) : undefined;
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    }
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function pairOf<Pair extends { readonly key: unknown }>(
  pairs: readonly Pair[],
  name: string,
): Pair | undefined {
  return (
    pairs.find(({ key }) => nameOf(key) === name) ??
    pairs.find(({ key }) => nameOf(key).toLowerCase() === name.toLowerCase())
  );
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? text).replace(/:$/, '');
}

function diagnostic(file: string, code: ErrorCode, message: string, line: number | undefined): Diagnostic {
  return { severity: 'error', file, ...(line === undefined ? {} : { line }), ...reason(code, message) };
}
