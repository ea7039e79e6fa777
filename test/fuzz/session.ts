import * as fc from 'fast-check';
import type { FuzzTarget } from './target.ts';

/** What came of a number of inputs. */
export interface SessionReport {
  readonly inputs: number;
  readonly milliseconds: number;
  /** How many inputs got past each stage. */
  readonly stages: Readonly<Record<string, number>>;
  readonly findings: readonly SessionFinding[];
}

export interface SessionFinding {
  readonly input: string;
  /** What the target did. */
  readonly found: string;
}

export interface SessionOptions {
  readonly seed: number;
  readonly runs: number;
  /** Called after each input. Optional. */
  readonly onInput?: () => void;
}

/** Milliseconds for one input. Honest ones take a few; only what hangs takes as long, even on a busy machine. */
const HANG = 10_000;

/** Runs a target over inputs of one seed, to the first finding, which comes back in its smallest form. */
export async function fuzz(
  target: FuzzTarget,
  { seed, runs, onInput = () => {} }: SessionOptions,
): Promise<SessionReport> {
  const stages: Record<string, number> = Object.fromEntries(target.stages.map((stage) => [stage, 0]));
  const started = performance.now();
  let inputs = 0;
  const property = fc.asyncProperty(target.inputs, async (input) => {
    inputs += 1;
    const passed = new Set<string>();
    try {
      await judge(target, input, (stage) => passed.add(stage));
    } finally {
      for (const stage of passed) stages[stage] = (stages[stage] ?? 0) + 1;
      onInput();
    }
  });
  const details = await fc.check(property, { seed, numRuns: runs });
  const [input] = details.counterexample ?? [];
  return {
    inputs,
    milliseconds: performance.now() - started,
    stages,
    findings: input === undefined ? [] : [{ input, found: describe(details.errorInstance) }],
  };
}

/** Holds one input against the target. @throws what must not happen, or an error that takes too long */
export async function judge(
  target: FuzzTarget,
  input: string,
  reached: (stage: string) => void = () => {},
): Promise<void> {
  const started = performance.now();
  await target.check(input, reached);
  const took = performance.now() - started;
  if (took > HANG) throw new Error(`one input took ${Math.round(took)} ms`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place =
    error.name === 'Finding'
      ? ''
      : (error.stack?.split('\n')[1] ?? '').replace(/\(.*\/(src|node_modules)\//, '($1/');
  return `${error.name}: ${error.message}${place}`;
}
