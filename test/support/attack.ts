import { describe } from 'vitest';

/**
 * One id of the attack table. The table in docs/threat-model.md is read from these calls (threat-table.ts), so both texts
 * are plain literals.
 * @param id as the attack table numbers it: `A1`
 * @param consequence one line: what would have gone wrong
 */
export function attack(id: string, consequence: string, define: () => void): void {
  describe(`${id}: ${consequence}`, define);
}
