import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type TaskOptions,
  WorkerPool,
  type WorkerPoolOptions,
} from '../../../src/verification/worker-pool.ts';
import type { Mischief } from '../../support/hostile-worker.ts';

const open: WorkerPool<Mischief, string>[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close()));
});

function createPool(overrides: Partial<WorkerPoolOptions> = {}) {
  let restarts = 0;
  const pool = new WorkerPool<Mischief, string>({
    filename: fileURLToPath(new URL('../../support/hostile-worker.ts', import.meta.url)),
    exportName: 'misbehave',
    threads: 1,
    timeLimitMs: 200,
    maxQueue: 10,
    maxMemoryMb: 64,
    onRestart: () => {
      restarts += 1;
    },
    ...overrides,
  });
  open.push(pool);
  return { pool, restarts: () => restarts };
}

function run(pool: WorkerPool<Mischief, string>, mischief: Mischief, options: Partial<TaskOptions> = {}) {
  const signal = new AbortController().signal;
  return pool.run(mischief, { owner: ['registry.test', 'team/app'], weight: 1, signal, ...options });
}

describe('a pool of worker threads', () => {
  it('answers', async () => {
    const { pool, restarts } = createPool();
    await expect(run(pool, 'answer')).resolves.toBe('answered');
    expect(restarts()).toBe(0);
  });

  it('kills a thread at its time limit and goes on with another (E6)', async () => {
    const { pool, restarts } = createPool();
    await expect(run(pool, 'spin')).rejects.toMatchObject({ code: 'VERIFICATION_TIMEOUT' });
    await expect(run(pool, 'answer')).resolves.toBe('answered');
    expect(restarts()).toBe(1);
  });

  it('counts only the time that a task runs, not the time that it waits', async () => {
    const { pool } = createPool();
    const outcomes = await Promise.allSettled([run(pool, 'spin'), run(pool, 'spin'), run(pool, 'answer')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('survives a thread that runs out of memory', async () => {
    const { pool, restarts } = createPool({ timeLimitMs: 30_000 });
    await expect(run(pool, 'allocate')).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    await expect(run(pool, 'answer')).resolves.toBe('answered');
    expect(restarts()).toBe(1);
  });

  it.each(['exit', 'throw'] as const)(
    'fails only the task whose thread does this: %s (B19)',
    async (mischief) => {
      const { pool } = createPool({ threads: 2 });
      const outcomes = await Promise.allSettled([
        run(pool, 'answer'),
        run(pool, mischief),
        run(pool, 'answer'),
      ]);
      expect(outcomes).toMatchObject([
        { value: 'answered' },
        { reason: { code: 'INTERNAL_ERROR' } },
        { value: 'answered' },
      ]);
    },
  );

  it('refuses what its queue cannot hold, and serves the rest in order', async () => {
    const { pool } = createPool({ maxQueue: 6, timeLimitMs: 30_000 });
    const order: number[] = [];
    const track = (index: number) => run(pool, 'answer').then(() => order.push(index));
    const outcomes = await Promise.allSettled([track(0), track(1), track(2), track(3)]);
    expect(outcomes[3]).toMatchObject({ status: 'rejected', reason: { code: 'OVERLOADED' } });
    expect(order).toEqual([0, 1, 2]);
  });

  it('fails tasks, and does not hang, where the worker file cannot be loaded', async () => {
    const filename = fileURLToPath(new URL('../../support/unloadable-worker.ts', import.meta.url));
    const { pool } = createPool({ filename });
    await expect(run(pool, 'answer')).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    await expect(run(pool, 'answer')).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
  });

  it('ends everything when it is closed', async () => {
    const { pool, restarts } = createPool({ timeLimitMs: 30_000 });
    const outcomes = Promise.allSettled([run(pool, 'spin'), run(pool, 'answer')]);
    await pool.close();
    expect(await outcomes).toMatchObject([
      { reason: { code: 'INTERNAL_ERROR' } },
      { reason: { code: 'INTERNAL_ERROR' } },
    ]);
    await expect(run(pool, 'answer')).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(restarts()).toBe(0);
  });

  it('E4: lets an owner with few tasks have its turn among the many of another', async () => {
    const { pool } = createPool({ maxQueue: 100, timeLimitMs: 30_000 });
    const order: string[] = [];
    const track = (host: string) =>
      run(pool, 'answer', { owner: [host, 'app'] }).then(() => order.push(host));
    await Promise.all([...Array.from({ length: 20 }, () => track('evil.test')), track('honest.test')]);
    // One ran already, and one more had its turn.
    expect(order.indexOf('honest.test')).toBe(2);
  });

  it('bounds what waits by its weight', async () => {
    const { pool } = createPool({ maxQueue: 300, timeLimitMs: 30_000 });
    const tasks = [run(pool, 'answer'), run(pool, 'answer', { weight: 100 })];
    await expect(run(pool, 'answer', { weight: 1 })).rejects.toMatchObject({
      code: 'OVERLOADED',
      retryAfter: 1,
    });
    await Promise.all(tasks);
  });

  it('does nothing for those who gave up waiting', async () => {
    const { pool } = createPool();
    const abort = new AbortController();
    const first = run(pool, 'spin');
    const second = run(pool, 'spin', { signal: abort.signal });
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(run(pool, 'spin', { signal: abort.signal })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(pool.load).toEqual({ running: 1, waiting: 0 });
    await expect(first).rejects.toMatchObject({ code: 'VERIFICATION_TIMEOUT' });
  });
});
