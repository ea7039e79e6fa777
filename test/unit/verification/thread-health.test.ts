import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ThreadHealth } from '../../../src/verification/thread-health.ts';
import { WorkerPool } from '../../../src/verification/worker-pool.ts';
import type { Mischief } from '../../support/hostile-worker.ts';

const SUPPORT = new URL('../../support/', import.meta.url);

function createPool(worker: string, timeLimitMs = 200) {
  let restarts = 0;
  const pool = new WorkerPool<Mischief, string>({
    filename: fileURLToPath(new URL(worker, SUPPORT)),
    exportName: 'misbehave',
    threads: 1,
    timeLimitMs,
    maxQueue: 100,
    maxMemoryMb: 64,
    onRestart: () => {
      restarts += 1;
    },
  });
  onTestFinished(() => pool.close());
  const options = { ping: () => pool.ping(), replace: () => pool.replace() };
  const spin = () =>
    pool.run('spin', { owner: ['h', 'r'], weight: 1, signal: AbortSignal.timeout(60_000) }).catch(() => {});
  return { pool, options, spin, restarts: () => restarts };
}

describe('the health of the threads', () => {
  it('is good where they answer', async () => {
    const { options, pool } = createPool('hostile-worker.ts');
    const health = new ThreadHealth({ ...options, timeLimit: 30_000, patience: 30_000 });

    expect(await health.isAlive()).toBe(true);
    expect(pool.load).toEqual({ running: 0, waiting: 0 });
  });

  it('is good where they are busy, and a ping goes before what waits', async () => {
    const { options, spin, restarts } = createPool('hostile-worker.ts', 1_000);
    const health = new ThreadHealth({ ...options, timeLimit: 30_000, patience: 1 });
    const order: string[] = [];
    const work = [1, 2].map((nth) => spin().then(() => order.push(`task ${nth}`)));

    expect(await health.isAlive()).toBe(true);
    const answered = options.ping().then(() => order.push('ping'));
    await Promise.all([...work, answered]);

    expect(order).toEqual(['task 1', 'ping', 'task 2']);
    expect(restarts()).toBe(2);
  });

  it('is bad where they cannot be started', async () => {
    const { options } = createPool('unloadable-worker.ts');
    const health = new ThreadHealth({ ...options, timeLimit: 30_000, patience: 30_000 });

    expect(await health.isAlive()).toBe(false);
  });

  it('is bad where they hang; they are replaced, and it is good again', async () => {
    // Its own limit would end the task in a minute only.
    const { options, spin, restarts } = createPool('hostile-worker.ts', 60_000);
    const health = new ThreadHealth({ ...options, timeLimit: 1_500, patience: 10 });
    const stuck = spin();

    await expect.poll(() => health.isAlive(), { timeout: 20_000 }).toBe(false);
    await stuck;
    expect(restarts()).toBeGreaterThan(0);

    await expect.poll(() => health.isAlive(), { timeout: 20_000 }).toBe(true);
  });
});
