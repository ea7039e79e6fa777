import type { SessionReport } from './session.ts';

/** Share of inputs that have to get past the outermost parse: below, the generator tests little else. */
export const LEAST_SHARE = 0.3;

/** One line a target: inputs, inputs a second, and the share that got past each stage. */
export function lineOf(target: string, { inputs, milliseconds, stages }: SessionReport): string {
  const rate = Math.round((1_000 * inputs) / Math.max(1, milliseconds));
  const shares = Object.entries(stages).map(([stage, count]) => `${stage} ${percent(count, inputs)}`);
  return `${target.padEnd(18)}${String(inputs).padStart(10)}${`${rate}/s`.padStart(10)}  ${shares.join(', ')}`;
}

export function outermostShare({ inputs, stages }: SessionReport): number {
  return (Object.values(stages)[0] ?? 0) / Math.max(1, inputs);
}

function percent(count: number, of: number): string {
  return `${Math.round((100 * count) / Math.max(1, of))} %`;
}
