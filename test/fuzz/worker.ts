import { parentPort, workerData } from 'node:worker_threads';
import { fuzz, type SessionReport } from './session.ts';
import { targets } from './targets.ts';

/** What a worker is started with. */
export interface WorkerOrder {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
}

/** What it says: at the start of each batch, after each of them, and at most once a second in between. */
export type WorkerMessage =
  | { readonly kind: 'batch'; readonly seed: number }
  | { readonly kind: 'alive' }
  | { readonly kind: 'report'; readonly report: SessionReport };

const BATCH = 500;
const SECOND = 1_000;

/** Batches of inputs, each of its own seed, until the time is up. */
async function work({ target: name, seed, milliseconds }: WorkerOrder): Promise<void> {
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  const end = performance.now() + milliseconds;
  let said = performance.now();
  for (let batch = 0; performance.now() < end; batch += 1) {
    say({ kind: 'batch', seed: seed + batch });
    const report = await fuzz(target, {
      seed: seed + batch,
      runs: BATCH,
      onInput: () => {
        if (performance.now() - said < SECOND) return;
        said = performance.now();
        say({ kind: 'alive' });
      },
    });
    say({ kind: 'report', report });
  }
}

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

await work(workerData as WorkerOrder);
// What a target has open, such as a server, keeps the thread otherwise.
process.exit();
