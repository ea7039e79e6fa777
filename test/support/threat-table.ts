import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How many ids each class of the attack table has. */
const CLASSES: Readonly<Record<string, number>> = { A: 11, B: 20, C: 9, D: 9, E: 8, F: 9 };

export const ATTACK_IDS: readonly string[] = Object.entries(CLASSES).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);

interface Waiver {
  readonly consequence: string;
  /** Why there is no test yet. */
  readonly reason: string;
}

const WAIVED: Readonly<Record<string, Waiver>> = {
  E7: {
    consequence:
      'the metadata of a hostile update repository would exhaust the process or roll the trust root back',
    reason: 'no TUF client yet: trust roots are embedded or configured',
  },
};

/** What is known of one id of the attack table. */
export interface Threat {
  readonly id: string;
  /** What would have gone wrong; empty where nobody has said it yet. */
  readonly consequence: string;
  /** `missing`: neither tested nor waived. */
  readonly state: 'tested' | 'waived' | 'missing';
  /** Why it is waived. */
  readonly reason?: string;
}

const ATTACK_FILES = join(import.meta.dirname, '../attacks');

/** `attack('A1', 'what would have gone wrong', …` with single or double quotes, as the formatter writes it. */
const ATTACK_CALL = /^attack\(\s*'([A-F]\d+)',\s*(?:'((?:[^'\\]|\\.)*)'|"([^"\\]*)")/gm;

/** Every id of the attack table in its order, with its state as the test files say: `test/attacks/a01.test.ts` has A1. */
export function readThreats(): readonly Threat[] {
  const tested = readAttacks();
  return ATTACK_IDS.map((id): Threat => {
    const waiver = WAIVED[id];
    const consequence = tested.get(id);
    if (consequence !== undefined) return { id, consequence, state: 'tested' };
    if (waiver !== undefined) return { id, ...waiver, state: 'waived' };
    return { id, consequence: '', state: 'missing' };
  });
}

/** The attack table as markdown, for docs/threat-model.md. */
export function renderThreatTable(): string {
  const rows = readThreats().map(({ id, consequence, state, reason }) => {
    const told = reason === undefined ? state : `${state}: ${reason}`;
    return `| ${id} | ${consequence.replaceAll('|', '\\|')} | ${told} |`;
  });
  return ['| Id | What would have gone wrong | State |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

function readAttacks(): ReadonlyMap<string, string> {
  const files = readdirSync(ATTACK_FILES).filter((name) => name.endsWith('.test.ts'));
  return new Map(
    files.flatMap((name) => {
      const text = readFileSync(join(ATTACK_FILES, name), 'utf8');
      return Array.from(text.matchAll(ATTACK_CALL), ([, id = '', single, double = '']): [string, string] => {
        if (name !== fileNameOf(id)) throw new Error(`${name} is not the file of ${id}`);
        return [id, single === undefined ? double : single.replaceAll(/\\(.)/g, '$1')];
      });
    }),
  );
}

function fileNameOf(id: string): string {
  return `${id.charAt(0).toLowerCase()}${id.slice(1).padStart(2, '0')}.test.ts`;
}
