import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { keep } from './regression.ts';
import type { SessionFinding, SessionReport } from './session.ts';
import { LEAST_SHARE, lineOf, outermostShare } from './table.ts';
import type { WorkerMessage, WorkerOrder } from './worker.ts';

/**
 * The long run: `npm run fuzz -- --minutes N [--target NAME] [--seed S]`. Every target gets its share of the time, in a
 * thread of its own, so that one that hangs, or eats up the memory, is told from one that is slow. What is found is kept
 * in `regressions/`, where the short run in `npm test` meets it again.
 */
const NAMES = [
  ...['reference', 'request-body', 'manifest', 'referrers', 'payload', 'bundle', 'annotations', 'statement'],
  ...['certificate', 'docker-config', 'verifier-yaml', 'www-authenticate', 'link'],
];

const MINUTE = 60_000;
/** A thread that says nothing for so long hangs. */
const SILENCE = MINUTE;
const MAX_FINDINGS = 5;
const HEAP_MB = 1_024;

interface Total {
  report: SessionReport;
  /** Why the thread did not come to its end. */
  end?: string;
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    target: { type: 'string' },
    seed: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? randomInt(2 ** 30));
const names = values.target === undefined ? NAMES : NAMES.filter((name) => name === values.target);

if (!(minutes > 0) || !Number.isSafeInteger(seed) || names.length === 0) {
  process.stderr.write(
    `usage: npm run fuzz -- --minutes N [--target NAME] [--seed S]\ntargets: ${NAMES.join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = await runAll();
}

/** @returns the exit code */
async function runAll(): Promise<number> {
  process.stdout.write(`${minutes} minutes for ${names.length} targets, --seed ${seed}\n`);
  let problems = 0;
  for (const target of names) {
    const { report, end } = await run({ target, seed, milliseconds: (minutes * MINUTE) / names.length });
    process.stdout.write(`${lineOf(target, report)}\n`);
    const findings = [...report.findings, ...(end === undefined ? [] : [{ input: '', found: end }])];
    for (const finding of findings) tell(target, finding);
    const isShallow = outermostShare(report) <= LEAST_SHARE;
    if (isShallow) process.stdout.write('  too few get past the outermost parse: mend the generator\n');
    problems += findings.length + Number(isShallow);
  }
  process.stdout.write(problems === 0 ? 'nothing found\n' : `${problems} found\n`);
  return problems === 0 ? 0 : 1;
}

function tell(target: string, finding: SessionFinding): void {
  const place = finding.input === '' ? '' : `, kept as ${keep(target, finding)}`;
  process.stdout.write(`  FOUND ${finding.found}${place}\n`);
}

function run(order: WorkerOrder): Promise<Total> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const total: Total = { report: { inputs: 0, milliseconds: 0, stages: {}, findings: [] } };
  let batch = order.seed;
  return new Promise((resolve) => {
    const silence = setTimeout(() => {
      total.end = `the batch of seed ${batch} says nothing for ${SILENCE / 1_000} s: it hangs`;
      void worker.terminate();
    }, SILENCE);
    worker.on('message', (message: WorkerMessage) => {
      silence.refresh();
      if (message.kind === 'batch') batch = message.seed;
      if (message.kind === 'report') total.report = sum(total.report, message.report);
      if (total.report.findings.length >= MAX_FINDINGS) void worker.terminate();
    });
    worker.on('error', (error) => {
      total.end = `the batch of seed ${batch} ended the thread: ${String(error)}`;
    });
    worker.on('exit', () => {
      clearTimeout(silence);
      resolve(total);
    });
  });
}

/** One finding of each kind suffices. */
function sum(one: SessionReport, other: SessionReport): SessionReport {
  const stages = { ...one.stages };
  for (const [stage, count] of Object.entries(other.stages)) stages[stage] = (stages[stage] ?? 0) + count;
  const isNew = ({ found }: SessionFinding): boolean => one.findings.every((each) => each.found !== found);
  return {
    inputs: one.inputs + other.inputs,
    milliseconds: one.milliseconds + other.milliseconds,
    stages,
    findings: [...one.findings, ...other.findings.filter(isNew)],
  };
}
