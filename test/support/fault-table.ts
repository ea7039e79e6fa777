import { afterAll } from 'vitest';

interface Row {
  readonly fault: string;
  readonly saw: string;
  readonly after: string;
}

/** Prints, after all tests of the file, what a caller saw of each fault and how the process was afterwards. */
export function faultTable(title: string): (row: Row) => void {
  const rows: Row[] = [{ fault: title, saw: 'what a caller saw', after: 'afterwards' }];
  afterAll(() => {
    const width = (of: (row: Row) => string) => Math.max(...rows.map((row) => of(row).length));
    const [first, second] = [width(({ fault }) => fault), width(({ saw }) => saw)];
    const lines = rows.map(({ fault, saw, after }) =>
      `${fault.padEnd(first)}  ${saw.padEnd(second)}  ${after}`.trimEnd(),
    );
    process.stdout.write(`\n${lines.join('\n')}\n\n`);
  });
  return (row) => rows.push(row);
}

/** `3 × verified, 2 × unavailable OVERLOADED` */
export function tally(verdicts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const verdict of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return Array.from(counts, ([verdict, count]) => (count === 1 ? verdict : `${count} × ${verdict}`)).join(
    ', ',
  );
}
