import { describe, expect, it } from 'vitest';
import type { VerifiedSignature } from '../../src/verdict.ts';
import { mutationsOf } from './documents.ts';
import { codeOf, complaint, harmless } from './expectations.ts';
import { judge, type Material } from './material.ts';

/** How often something was done, and what came of it. */
type Tally = Map<string, Map<string, number>>;

/**
 * Every field of each signature changed in every way, one at a time; ends with a table of what came of it.
 *
 * @param flips Bytes of each base64 value that are flipped.
 */
export function describeMutations(title: string, materials: readonly Material[], flips: number): void {
  describe(title, () => {
    it.each(materials)('$name', (material) => {
      const honest = honestSignature(material);
      const codes: Tally = new Map();
      const tolerated: Tally = new Map();
      const complaints: string[] = [];
      const mutations = mutationsOf(material.content, { flips });
      for (const mutation of mutations) {
        const outcome = judge(material, mutation.content);
        const code = codeOf(outcome);
        const objection = complaint(material, honest, mutation, outcome);
        if (objection !== undefined) complaints.push(objection);
        count(codes, code, mutation.field);
        if (outcome.kind === 'signed') {
          const why = harmless(material, mutation.field, mutation.change)?.why ?? 'for no known reason';
          count(tolerated, why, mutation.field);
        }
      }
      report(material.name, mutations.length, codes, tolerated);
      expect(complaints).toEqual([]);
      // Whatever the forms have in common: the generators have not dried up.
      expect(mutations.length).toBeGreaterThan(100);
    });
  });
}

export function honestSignature(material: Material): VerifiedSignature {
  const outcome = judge(material, material.content);
  if (outcome.kind !== 'signed') throw new Error(`${material.name} does not verify: ${codeOf(outcome)}`);
  return outcome.signature;
}

function count(tally: Tally, key: string, field: string): void {
  const fields = tally.get(key) ?? new Map<string, number>();
  fields.set(field, (fields.get(field) ?? 0) + 1);
  tally.set(key, fields);
}

function report(name: string, mutations: number, codes: Tally, tolerated: Tally): void {
  const line = [...codes].map(([code, fields]) => `${code} ${sum(fields)}`).toSorted();
  const why = [...tolerated].map(
    ([reason, fields]) => `\n    ${sum(fields)} × ${[...fields.keys()].map(lastOf).join(', ')}: ${reason}`,
  );
  process.stdout.write(`\n${name}: ${mutations} mutations: ${line.join(', ')}${why.join('')}\n`);
}

function sum(fields: ReadonlyMap<string, number>): number {
  return [...fields.values()].reduce((total, each) => total + each, 0);
}

function lastOf(field: string): string {
  return field.split(/[.>]/).findLast((part) => !/^\d+$/.test(part)) || 'the whole';
}
