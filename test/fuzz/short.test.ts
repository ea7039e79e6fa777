import { randomInt } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { regressionsOf } from './regression.ts';
import { fuzz, judge } from './session.ts';
import { LEAST_SHARE, lineOf, outermostShare } from './table.ts';
import { targets } from './targets.ts';

/** Another one each time; the line in the output says which, and `FUZZ_SEED` brings it back. */
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
const RUNS = 400;

describe(`fuzzing with seed ${seed}`, () => {
  const lines: string[] = [];
  afterAll(() => {
    process.stdout.write(`\nfuzzed with FUZZ_SEED=${seed}\n${lines.join('\n')}\n`);
  });

  describe.each(targets)('$name', (target) => {
    it('takes what it once stumbled over', async () => {
      for (const { file, input, found } of regressionsOf(target.name)) {
        await expect(judge(target, input), `${file}: ${found}`).resolves.toBeUndefined();
      }
    });

    it('does nothing that it never may', async () => {
      const report = await fuzz(target, { seed, runs: RUNS });
      lines.push(lineOf(target.name, report));
      expect(report.findings, `FUZZ_SEED=${seed}`).toEqual([]);
      expect(outermostShare(report), 'past the outermost parse').toBeGreaterThan(LEAST_SHARE);
    });
  });
});
