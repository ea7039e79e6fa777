import { describe, expect, it } from 'vitest';
import { HostQueue } from '../../../src/registry/host-queue.ts';
import type { Owner } from '../../../src/shares.ts';

const never = new AbortController().signal;
const OWNER: Owner = ['a.test', 'team/app'];

/** Tasks that end when told to, by name. */
function createTasks(queue: HostQueue) {
  const started: string[] = [];
  const gates = new Map<string, () => void>();
  return {
    started,
    end: (name: string) => gates.get(name)?.(),
    run: (host: string, owner: Owner, name: string, signal = never) =>
      queue.run(host, owner, signal, () => {
        started.push(name);
        return new Promise<void>((resolve) => gates.set(name, resolve));
      }),
  };
}

describe('HostQueue', () => {
  it('E4: bounds the tasks of one host, in order, and leaves others alone', async () => {
    const { started, end, run } = createTasks(new HostQueue({ concurrency: 6, waiting: 100 }));
    const tasks = [
      run('a', OWNER, 'a1'),
      run('a', OWNER, 'a2'),
      run('a', OWNER, 'a3'),
      run('a', OWNER, 'a4'),
      run('b', OWNER, 'b1'),
    ];
    expect(started).toEqual(['a1', 'a2', 'b1']);
    end('a2');
    await tasks[1];
    expect(started).toEqual(['a1', 'a2', 'b1', 'a3']);
    for (const name of ['a1', 'b1', 'a3']) end(name);
    await Promise.all([tasks[0], tasks[2]]);
    end('a4');
    await Promise.all(tasks);
  });

  it('E4: a repository whose answers never end does not keep others of the same host from theirs', async () => {
    const { started, end, run } = createTasks(new HostQueue({ concurrency: 6, waiting: 100 }));
    const slow = Array.from({ length: 10 }, (_, index) => run('a', ['a.test', 'slow'], `slow ${index}`));
    expect(started).toHaveLength(2);
    const quick = run('a', ['a.test', 'quick'], 'quick');
    expect(started).toHaveLength(3);
    end('quick');
    await quick;
    for (let index = 0; index < 10; index += 1) {
      await expect.poll(() => started).toContain(`slow ${index}`);
      end(`slow ${index}`);
    }
    await Promise.all(slow);
  });

  it('E4: a registry that leads many requests to the host of another one leaves room there', () => {
    const { started, run } = createTasks(new HostQueue({ concurrency: 32, waiting: 100 }));
    for (let index = 0; index < 50; index += 1)
      void run('victim.test', ['evil.test', `repository-${index}`], `evil ${index}`);
    expect(started).toHaveLength(16);
    void run('victim.test', ['victim.test', 'app'], 'honest');
    expect(started.at(-1)).toBe('honest');
  });

  it('refuses at once what cannot even wait', async () => {
    const { run, started, end } = createTasks(new HostQueue({ concurrency: 1, waiting: 3 }));
    const tasks = [run('a', OWNER, 'first'), run('a', OWNER, 'second')];
    await expect(run('a', OWNER, 'third')).rejects.toMatchObject({ code: 'OVERLOADED', retryAfter: 1 });
    end('first');
    await expect.poll(() => started).toEqual(['first', 'second']);
    end('second');
    await Promise.all(tasks);
  });

  it('gives the place on after a failure, and forgets who gave up waiting', async () => {
    const queue = new HostQueue({ concurrency: 1, waiting: 100 });
    let fail: (error: Error) => void = () => undefined;
    const first = queue.run('a', OWNER, never, () => new Promise((_, reject) => (fail = reject)));
    const abort = new AbortController();
    const second = queue.run('a', OWNER, abort.signal, () => Promise.resolve('second'));
    const third = queue.run('a', OWNER, never, () => Promise.resolve('third'));
    abort.abort(new Error('gave up'));
    await expect(second).rejects.toThrow('gave up');
    fail(new Error('failed'));
    await expect(first).rejects.toThrow('failed');
    await expect(third).resolves.toBe('third');
    await expect(queue.run('a', OWNER, abort.signal, () => Promise.resolve())).rejects.toThrow('gave up');
  });
});
