import { limits } from './limits.ts';

/** The text is not JSON that every parser would understand alike. The message completes "The payload …". */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';
}

export interface StrictJsonOptions {
  /** Objects and arrays within each other; 64 (`limits.jsonDepth`) by default. */
  readonly maxDepth?: number;
  /** Values, and names of members; 50,000 (`limits.jsonValues`) by default. */
  readonly maxValues?: number;
}

/**
 * Parses JSON (RFC 8259) and refuses what parsers are known to disagree about: duplicate keys, `__proto__`, a byte
 * order mark, invalid UTF-8, lone surrogates, numbers beyond the range of a double, deep nesting. Where two programs
 * read one signed text differently, one of them can be lied to. Also refused, before anything is built of it, is a text of
 * so many values that they would take many times its length in memory.
 *
 * @throws StrictJsonError
 */
export function parseStrictJson(input: string | Uint8Array, options: StrictJsonOptions = {}): unknown {
  const text = typeof input === 'string' ? input : decode(input);
  if (!text.isWellFormed()) throw new StrictJsonError('contains a lone surrogate');
  if (text.startsWith('\uFEFF')) throw new StrictJsonError('starts with a byte order mark');
  try {
    scan(text, options.maxDepth ?? limits.jsonDepth, options.maxValues ?? limits.jsonValues);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof StrictJsonError) throw error;
    // The parser's own message quotes the text, which may be hostile or secret.
    throw new StrictJsonError('is not valid JSON');
  }
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new StrictJsonError('is not valid UTF-8');
  }
}

/**
 * Looks only for what `JSON.parse` lets pass; the grammar itself is left to it. In valid JSON a string is a key
 * exactly where a colon follows, and a `-` or digit outside of strings starts a number.
 */
function scan(text: string, maxDepth: number, maxValues: number): void {
  const keysOfOpen: Set<string>[] = [];
  let [values, names] = [0, 0];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    let end = at + 1;
    if (character === '{' || character === '[') {
      values += 1;
      keysOfOpen.push(new Set());
      if (keysOfOpen.length > maxDepth) throw new StrictJsonError(`is nested deeper than ${maxDepth} levels`);
    } else if (character === '}' || character === ']') {
      keysOfOpen.pop();
    } else if (character === '"') {
      end = endOfString(text, at);
      if (checkString(text, at, end, keysOfOpen.at(-1))) names += 1;
      else values += 1;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      values += 1;
      end = skip(text, end, NUMBER);
      if (Math.abs(Number(text.slice(at, end))) === Number.POSITIVE_INFINITY) {
        throw new StrictJsonError('contains a number that is too large');
      }
    } else if (LITERAL.includes(character)) {
      values += 1;
      end = skip(text, end, LITERAL);
    }
    // A text that is not JSON may have names without values.
    if (Math.max(values, names) > maxValues) throw new StrictJsonError(`has more than ${maxValues} values`);
    at = end;
  }
}

/** @returns whether it is the name of a member */
function checkString(text: string, start: number, end: number, keys: Set<string> | undefined): boolean {
  const isKey = text.charAt(skip(text, end, SPACE)) === ':';
  const literal = text.slice(start, end);
  if (!isKey && !literal.includes('\\u')) return false;
  const value: string = JSON.parse(literal);
  if (!value.isWellFormed()) throw new StrictJsonError('contains a lone surrogate');
  if (!isKey) return false;
  if (value === '__proto__') throw new StrictJsonError('contains the key "__proto__"');
  if (keys?.has(value))
    throw new StrictJsonError(`contains the key ${JSON.stringify(value.slice(0, 100))} twice`);
  keys?.add(value);
  return true;
}

/** The index after the closing quote, or after the text where there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

const SPACE = ' \t\n\r';
const NUMBER = '0123456789+-.eE';
/** Of which `true`, `false` and `null` are made. */
const LITERAL = 'truefalsn';

function skip(text: string, start: number, characters: string): number {
  let at = start;
  while (at < text.length && characters.includes(text.charAt(at))) at += 1;
  return at;
}
