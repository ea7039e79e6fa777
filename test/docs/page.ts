import { readFileSync } from 'node:fs';

/**
 * What a fenced block of a page says about itself, behind the name of its language:
 *
 * - `sh run`, `sh run exit=1`: commands, run by the tests in the page's folder, with the exit code that they end with.
 * - `sh run eventually`: repeated until it prints what stands below it, since something has to take note of a change first.
 * - `sh run background`: a server, left running until the page ends.
 * - `sh elsewhere=FILE`: run by that test.
 * - `sh by-hand`: needs what tests don't have: a cluster, a container engine, cosign.
 * - `text output`: what the commands above it print, or part of it: these lines, in this order; `…` stands for anything.
 * - `yaml file=PATH`: written there, before what follows is run. Other resources must have no errors for `lint`.
 */
export interface Block {
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
  /** Line of the page that the block starts on. */
  readonly line: number;
}

const FENCE = /^```(\S*) ?([^\n]*)\n([\s\S]*?)^```$/gm;

export function readBlocks(path: string): readonly Block[] {
  const page = readFileSync(path, 'utf8');
  return Array.from(page.matchAll(FENCE), (match) => ({
    language: match[1] ?? '',
    words: (match[2] ?? '').split(' ').filter((word) => word !== ''),
    text: match[3] ?? '',
    line: page.slice(0, match.index).split('\n').length,
  }));
}

/** The value of `NAME=VALUE` among the words of a block. */
export function attributeOf({ words }: Block, name: string): string | undefined {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Whether lines with `…` for anything occur in a text, in their order; what stands between them does not matter. */
export function missingLine(expected: string, actual: string): string | undefined {
  let rest = actual.split('\n').map((line) => line.trim());
  for (const wanted of expected.split('\n').map((line) => line.trim())) {
    if (wanted === '' || wanted === '…') continue;
    const pattern = new RegExp(`^${wanted.split('…').map(escapeForRegExp).join('.*')}$`);
    const found = rest.findIndex((line) => pattern.test(line));
    if (found < 0) return wanted;
    rest = rest.slice(found + 1);
  }
  return undefined;
}

function escapeForRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
