import { base64Mutations } from './base64-mutations.ts';

/** One way to damage a document. */
export interface TextMutation {
  /** Path of the field, list indices as numbers: `verificationMaterial.tlogEntries.0.logIndex`; empty for the whole. */
  readonly field: string;
  /** What was done to it. */
  readonly change: string;
  readonly text: string;
}

export type Step = string | number;
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface JsonMutationOptions {
  /** How many bytes of each base64 value are flipped, one at a time, evenly spread. */
  readonly flips: number;
}

/** What one value after another of a JSON text can be turned into: removed, doubled, of another type, re-encoded … */
export function jsonMutations(text: string, options: JsonMutationOptions): readonly TextMutation[] {
  const root: Json = JSON.parse(text);
  return [
    { field: '', change: 'byte order mark', text: `\uFEFF${text}` },
    { field: '', change: 'trailing brace', text: `${text}}` },
    { field: '', change: 'trailing NUL', text: `${text}\0` },
    { field: '', change: 'cut short', text: text.trimEnd().slice(0, -1) },
    { field: '', change: 'trailing white space', text: `${text}\n ` },
    ...valuesOf(root).flatMap(({ path, value }) =>
      [...structural(root, path, value), ...changed(value, options)].map(
        ({ change, at: place = path, json, second }) => ({
          field: path.join('.'),
          change,
          text: written(replaced(root, place, json), second),
        }),
      ),
    ),
  ];
}

export interface Change {
  readonly change: string;
  /** In the place of the value; undefined takes it away. */
  readonly json?: Json | undefined;
  /** Where `json` goes, if not in the place of the value. */
  readonly at?: readonly Step[];
  /** Name of the member that stands as `SECOND` in `json`. */
  readonly second?: string;
}

/** Objects can't hold a key twice, nor all keys, so such a one is written under another name and renamed in the text. */
const SECOND = '@second';

function written(json: Json | undefined, second = SECOND): string {
  return JSON.stringify(json).replace(JSON.stringify(SECOND), JSON.stringify(second));
}

function structural(root: Json, path: readonly Step[], value: Json): Change[] {
  const last = path.at(-1);
  const parent = path.slice(0, -1);
  const container = at(root, parent);
  if (last === undefined || typeof container !== 'object' || container === null) return [];
  if (Array.isArray(container)) {
    const doubled = container.toSpliced(Number(last), 0, value);
    return [{ change: 'removed' }, { change: 'element doubled', at: parent, json: doubled }];
  }
  const name = String(last);
  const { [name]: _gone, ...others } = container as Record<string, Json>;
  return [
    { change: 'removed' },
    { change: 'key twice', at: parent, json: { ...container, [SECOND]: value }, second: name },
    { change: 'key in upper case', at: parent, json: { ...others, [name.toUpperCase()]: value } },
  ];
}

/** Values in the place of this one. */
function changed(value: Json, { flips }: JsonMutationOptions): Change[] {
  const types: readonly Json[] = [null, true, 7, 'x', [], {}];
  const others = types
    .filter((other) => typeOf(other) !== typeOf(value))
    .map((other): Change => ({ change: `${typeOf(other)} instead`, json: other }));
  switch (typeOf(value)) {
    case 'object':
      return [
        ...others,
        ...(Object.keys(value as object).length === 0 ? [] : [{ change: 'emptied', json: {} }]),
        { change: 'unknown member', json: { ...(value as object), unknown: 'x' } },
        { change: '__proto__ member', json: { ...(value as object), [SECOND]: {} }, second: '__proto__' },
      ];
    case 'list':
      return (value as readonly Json[]).length === 0 ? others : [...others, { change: 'emptied', json: [] }];
    case 'number':
      return [
        ...others,
        ...numbers(Number(value)).map((json): Change => ({ change: `number ${json - Number(value)}`, json })),
      ];
    case 'string':
      return [...others, ...texts(String(value)), ...base64Mutations(String(value), flips)];
    default:
      return [...others, { change: 'negated', json: value !== true }];
  }
}

function texts(text: string): Change[] {
  const changes: Change[] = [
    { change: 'emptied', json: '' },
    { change: 'a blank behind', json: `${text} ` },
    { change: 'a NUL behind', json: `${text}\0` },
    { change: 'a lone surrogate behind', json: `${text}\uD800` },
    { change: 'a letter changed', json: withOtherLetter(text) },
    { change: 'upper case', json: text.toUpperCase() === text ? `${text}X` : text.toUpperCase() },
  ];
  if (!/^\d+$/.test(text)) return changes;
  const value = BigInt(text);
  return [
    ...changes,
    { change: 'one more', json: String(value + 1n) },
    { change: 'one less', json: String(value - 1n) },
    { change: 'a day later', json: String(value + 86_400n) },
    { change: 'zero', json: value === 0n ? '5' : '0' },
    { change: 'leading zero', json: `0${text}` },
    { change: 'hexadecimal', json: `0x${value.toString(16)}` },
    { change: 'exponent', json: `${text}e0` },
    { change: 'sign', json: `+${text}` },
    { change: 'beyond 64 bits', json: String(value + (1n << 64n)) },
    { change: 'as a number', json: Number(text) },
  ];
}

function numbers(value: number): number[] {
  return [value + 1, value - 1, value + 86_400, -value - 1, value + 0.5, 0 === value ? 5 : 0];
}

function withOtherLetter(text: string): string {
  const middle = Math.floor(text.length / 2);
  const letter = text.charAt(middle) === 'a' ? 'b' : 'a';
  return text.slice(0, middle) + letter + text.slice(middle + 1);
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

export function valuesOf(value: Json, path: readonly Step[] = []): { path: readonly Step[]; value: Json }[] {
  const own = { path, value };
  if (Array.isArray(value)) {
    return [own, ...value.flatMap((element: Json, index) => valuesOf(element, [...path, index]))];
  }
  if (typeof value !== 'object' || value === null) return [own];
  return [own, ...Object.entries(value).flatMap(([name, member]) => valuesOf(member, [...path, name]))];
}

function at(root: Json, path: readonly Step[]): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return (value as Record<Step, Json>)[step];
  }, root);
}

/** A copy with another value at the path; undefined takes the value away. */
function replaced(root: Json, path: readonly Step[], value: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(root)) {
    const index = Number(step);
    const next = replaced(root[index], rest, value);
    return next === undefined ? root.toSpliced(index, 1) : root.with(index, next);
  }
  const members = root as Record<string, Json>;
  const next = replaced(members[step] ?? null, rest, value);
  const { [step]: _gone, ...others } = members;
  // In its old place: some of these texts are hashed.
  return next === undefined
    ? others
    : Object.fromEntries(
        Object.entries(members).map(([name, member]) => [name, name === step ? next : member]),
      );
}
