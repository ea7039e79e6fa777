import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SessionFinding } from './session.ts';

const FOLDER = fileURLToPath(new URL('./regressions/', import.meta.url));

/** An input that a target once stumbled over, and what it did then. */
export interface Regression extends SessionFinding {
  readonly file: string;
}

export function regressionsOf(target: string): readonly Regression[] {
  const folder = join(FOLDER, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((file) => ({
    file,
    ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as SessionFinding),
  }));
}

/** @returns the path of the file that the finding was written to */
export function keep(target: string, finding: SessionFinding): string {
  const folder = join(FOLDER, target);
  mkdirSync(folder, { recursive: true });
  const name = createHash('sha256').update(finding.input).digest('hex').slice(0, 12);
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(finding, null, 2)}\n`);
  return file;
}
