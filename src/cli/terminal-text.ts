import pc from 'picocolors';

/** What one value may take on a terminal; whoever needs all of it asks for JSON. */
const MAX_CHARACTERS = 2_048;

/**
 * Text that somebody else wrote, fit for a terminal: escape sequences and invisible characters are spelled out, so that
 * an artifact can't repaint the verdict about it.
 */
export function printable(text: string): string {
  const abridged = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  return abridged.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** One line of a report: `  name       value`. */
export function field(name: string, value: string, indent = 2): string {
  return `${' '.repeat(indent)}${pc.dim(name.padEnd(10))} ${value}`;
}

/** A line and what hangs below it. */
export interface Branch {
  readonly text: string;
  readonly branches?: readonly Branch[];
}

/** Draws a tree as `tree` does; the root stands alone on the first line. */
export function drawTree({ text, branches = [] }: Branch): string {
  return [text, ...drawBranches(branches, '')].join('\n');
}

function drawBranches(branches: readonly Branch[], prefix: string): readonly string[] {
  return branches.flatMap(({ text, branches: below = [] }, index) => {
    const isLast = index === branches.length - 1;
    const line = `${pc.dim(`${prefix}${isLast ? '└─' : '├─'}`)} ${text}`;
    return [line, ...drawBranches(below, `${prefix}${isLast ? '   ' : '│  '}`)];
  });
}
