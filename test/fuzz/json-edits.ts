import * as fc from 'fast-check';
import { editDer } from './der-edits.ts';
import { type Edit, edits, pick } from './edits.ts';
import { editText } from './text-edits.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A place in a document that holds a value. */
interface Place {
  readonly holder: Json[] | { [name: string]: Json };
  readonly step: string | number;
  readonly value: Json;
}

const VALUES: readonly Json[] = [
  ...[null, true, false, 0, -1, 1.5, 1e21, 2 ** 53, '', ' ', '0', '-1', 'x', '\0', '\ud800', '__proto__'],
  ...[[], {}, [[]], [null], { constructor: {} }, 'A'.repeat(70_000), '9'.repeat(40), '{}', '[]'],
];

const PLACEHOLDER = '@key';
const KEYS = ['__proto__', 'constructor', 'toString', 'Critical', 'digest', 'subject', ''];

const OPERATIONS: readonly ((
  place: Place,
  edit: Edit,
  all: readonly Place[],
  tokens: readonly string[],
) => void)[] = [
  ({ holder, step }) => remove(holder, step),
  ({ holder, step }, { to }) => put(holder, step, structuredClone(pick(VALUES, to))),
  // What stands elsewhere in the document.
  ({ holder, step }, { to }, all) => put(holder, step, structuredClone(pick(all, to).value)),
  ({ holder, step, value }) => {
    if (Array.isArray(holder)) holder.splice(Number(step), 0, structuredClone(value));
    else holder[`${step} `] = structuredClone(value);
  },
  ({ holder, step, value }) => {
    if (Array.isArray(holder)) holder.reverse();
    else holder[PLACEHOLDER + JSON.stringify(step)] = structuredClone(value);
  },
  ({ holder, step, value }, { to }) => {
    if (Array.isArray(holder)) put(holder, step, [value]);
    else holder[PLACEHOLDER + JSON.stringify(pick(KEYS, to))] = structuredClone(value);
  },
  ({ holder, step, value }, { to }) => {
    if (Array.isArray(holder)) holder.push(...copiesOf(value, to));
    else {
      remove(holder, step);
      holder[swapCase(String(step))] = value;
    }
  },
  editValue,
  editValue,
  editValue,
  editValue,
];

/** JSON that was honest, then edited: valid JSON, mostly, with the shape and the bytes inside of it changed. */
export function editedJson(
  honest: readonly string[],
  tokens: readonly string[],
  most = 3,
): fc.Arbitrary<string> {
  const parsed: readonly Json[] = honest.map((text) => JSON.parse(text));
  const structured = fc
    .tuple(fc.nat({ max: honest.length - 1 }), edits(most))
    .map(([index, changes]) =>
      changes.length === 0 ? pick(honest, index) : editJson(pick(parsed, index), changes, tokens),
    );
  const damaged = fc
    .tuple(structured, edits(2))
    .map(([text, changes]) => changes.reduce((changed, change) => editText(changed, change, tokens), text));
  return fc.oneof({ arbitrary: structured, weight: 9 }, { arbitrary: damaged, weight: 1 });
}

function editJson(document: Json, changes: readonly Edit[], tokens: readonly string[]): string {
  const root: Json[] = [structuredClone(document)];
  for (const change of changes) {
    const all = placesOf(root);
    pick(OPERATIONS, change.operation)(pick(all, change.at), change, all, tokens);
  }
  return written(root[0] ?? null);
}

/** Keys that an object can't hold, such as one twice, stand behind a placeholder until here. */
function written(value: Json): string {
  return JSON.stringify(value).replaceAll(/"@key((?:[^"\\]|\\.)*)"/g, (_all, key: string) =>
    String(JSON.parse(`"${key}"`)),
  );
}

function placesOf(holder: Json[] | { [name: string]: Json }): Place[] {
  const places: Place[] = [];
  for (const [step, value] of Object.entries(holder)) {
    places.push({ holder, step, value });
    if (typeof value === 'object' && value !== null) places.push(...placesOf(value));
  }
  return places.length > 0 || !Array.isArray(holder) ? places : [{ holder, step: 0, value: null }];
}

/** Up to a hundred, of what is not large itself: a few of these edits would make gigabytes. */
function copiesOf(value: Json, to: number): Json[] {
  const length = JSON.stringify(value).length > 2_000 ? 1 : to % 100;
  return Array.from({ length }, () => structuredClone(value));
}

function put(holder: Place['holder'], step: Place['step'], value: Json): void {
  Object.assign(holder, { [step]: value });
}

function remove(holder: Place['holder'], step: Place['step']): void {
  if (Array.isArray(holder)) holder.splice(Number(step), 1);
  else delete holder[step];
}

/** What is inside of the value: a document in a text, DER or a text in base64, a number. */
function editValue(
  { holder, step, value }: Place,
  change: Edit,
  _all: readonly Place[],
  tokens: readonly string[],
): void {
  if (typeof value === 'number')
    put(holder, step, value + pick([1, -1, 0.5, 86_400, -value, value], change.to));
  if (typeof value === 'string') put(holder, step, editString(value, change, tokens));
}

function editString(value: string, change: Edit, tokens: readonly string[]): string {
  const inner: Edit = {
    operation: change.to,
    at: Math.floor(change.at / 7) + change.to,
    to: change.operation,
  };
  if (value.startsWith('{')) return editNested(value, inner, tokens);
  if (/^\d{1,19}$/.test(value))
    return String(BigInt(value) + BigInt(pick([1, -1, 86_400, -86_400], change.to)));
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length < 8 || bytes.toString('base64') !== value || change.to % 8 === 0) {
    return editText(value, inner, tokens);
  }
  const text = bytes.toString('latin1');
  if (text.startsWith('{')) {
    return Buffer.from(editNested(bytes.toString('utf8'), inner, tokens)).toString('base64');
  }
  const edited =
    bytes.readUInt8(0) === 0x30
      ? editDer(bytes, [inner])
      : Buffer.from(editText(text, inner, tokens), 'latin1');
  return edited.toString('base64');
}

function editNested(text: string, change: Edit, tokens: readonly string[]): string {
  try {
    return editJson(JSON.parse(text), [change], tokens);
  } catch {
    return editText(text, change, tokens);
  }
}

function swapCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}
