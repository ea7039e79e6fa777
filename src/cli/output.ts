import { Option } from 'commander';
import { catalogue, type Reason } from '../errors.ts';
import type { Verdict } from '../verdict.ts';

/** What a command ends with. */
export const EXIT = { ok: 0, rejected: 1, usage: 2, unavailable: 3 } as const;

/** How it went for one image. */
export type Result = Verdict['kind'];

export type OutputFormat = 'text' | 'json';

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'text for people, json for programs')
    .choices(['text', 'json'])
    .default('text');
}

/** Of several images the worst counts: one that is not trusted before one that nobody could tell of. */
export function exitCodeOf(results: readonly Result[]): number {
  if (results.includes('rejected')) return EXIT.rejected;
  return results.includes('unavailable') ? EXIT.unavailable : EXIT.ok;
}

/** How it went where there is no verdict, only what kept one from being made. */
export function resultOf({ code }: Reason): Result {
  const { class: errorClass } = catalogue[code];
  return errorClass === 'rejected' || errorClass === 'request' ? 'rejected' : 'unavailable';
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

/** For what is not the result: notes, diagnostics beside a result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
