import * as fc from 'fast-check';
import { type Edit, edits, pick } from './edits.ts';

/** Characters that some parser or other stumbles over. */
const ODD = [
  '\0',
  '\t',
  '\n',
  '\r\n',
  ' ',
  '\u00a0',
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  '<',
  '>',
  ',',
  ';',
  ':',
  '=',
  '@',
  '/',
];
const ODDER = [
  '..',
  '%2f',
  '%00',
  '\ufeff',
  '\u202e',
  '\uff0f',
  '\ud800',
  '\u{1f600}',
  '-',
  '--',
  '_',
  '0',
  '-1',
  '1e999',
];

const OPERATIONS: readonly ((text: string, edit: Edit, tokens: readonly string[]) => string)[] = [
  (text, { at }) => without(text, at, 1),
  (text, { at, to }) => without(text, at, to % 40),
  (text, { at, to }) => inserted(text, at, pick(ODD, to)),
  (text, { at, to }) => inserted(text, at, pick(ODDER, to)),
  (text, { at, to }, tokens) => inserted(text, at, pick(tokens, to)),
  (text, { at, to }, tokens) => replaced(text, at, pick(tokens, to)),
  (text, { at, to }) => replaced(text, at, String.fromCharCode(to % 128)),
  // A part of it once more, somewhere else.
  (text, { at, to }) => inserted(text, to, text.slice(at % (text.length + 1)).slice(0, 1 + (to % 60))),
  (text, { at, to }) => inserted(text, at, pick(ODD, to).repeat(1 + (to % 300))),
  // What takes more than its share of time for each repetition takes too long for so many.
  (text, { at, to }, tokens) => inserted(text, at, pick(tokens, to).repeat(1 + (to % 3_000))),
  (text, { at }) => text.slice(0, at % (text.length + 1)),
  (text, { at }) => swappedCase(text, at),
  (text, { at, to }) => inserted(text, at, String.fromCharCode(to % 0x1_0000)),
];

/** Texts that were honest, then edited. Tokens are the words of the language at hand. */
export function editedText(
  honest: readonly string[],
  tokens: readonly string[],
  most = 4,
): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...honest), edits(most))
    .map(([text, changes]) => changes.reduce((changed, change) => editText(changed, change, tokens), text));
}

export function editText(text: string, change: Edit, tokens: readonly string[]): string {
  return pick(OPERATIONS, change.operation)(text, change, tokens);
}

function without(text: string, at: number, count: number): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + text.slice(start + count);
}

function inserted(text: string, at: number, what: string): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + what + text.slice(start);
}

function replaced(text: string, at: number, what: string): string {
  return inserted(without(text, at, what.length), at, what);
}

function swappedCase(text: string, at: number): string {
  const start = at % (text.length + 1);
  const letter = text.charAt(start);
  return replaced(text, start, letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase());
}
