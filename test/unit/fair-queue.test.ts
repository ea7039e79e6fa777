import { describe, expect, it } from 'vitest';
import { FairQueue, type Waiting } from '../../src/fair-queue.ts';

interface Item extends Waiting {
  readonly name: string;
}

/** `host/repository#number` */
function item(name: string, weight = 1): Item {
  const [owner = ''] = name.split('#');
  const [host = '', repository = ''] = owner.split('/');
  return { name, owner: [host, repository], weight };
}

function queueOf(...names: readonly string[]): FairQueue<Item> {
  const queue = new FairQueue<Item>(1_000);
  for (const name of names) expect(queue.push(item(name))).toBe(true);
  return queue;
}

function drain(queue: FairQueue<Item>): readonly string[] {
  const names: string[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) names.push(next.name);
  return names;
}

describe('FairQueue', () => {
  it('E4: lets hosts take turns, and repositories within a host', () => {
    const queue = queueOf('a/x#1', 'a/x#2', 'a/x#3', 'a/y#1', 'b/x#1', 'a/y#2', 'b/x#2', 'c/x#1');
    expect(queue.size).toBe(8);
    expect(drain(queue)).toEqual(['a/x#1', 'b/x#1', 'c/x#1', 'a/y#1', 'b/x#2', 'a/x#2', 'a/y#2', 'a/x#3']);
    expect(queue.size).toBe(0);
  });

  it('E4: a newcomer waits for one turn of each, however much they brought', () => {
    const queue = queueOf(...Array.from({ length: 100 }, (_, index) => `evil/x#${index}`));
    queue.shift();
    queue.push(item('honest/x#1'));
    expect([queue.shift()?.name, queue.shift()?.name]).toEqual(['evil/x#1', 'honest/x#1']);
  });

  it('passes over owners who get no yes', () => {
    const queue = queueOf('a/x#1', 'a/y#1', 'b/x#1');
    expect(queue.shift(([host]) => host === 'b')?.name).toBe('b/x#1');
    expect(queue.shift(([, repository]) => repository === 'y')?.name).toBe('a/y#1');
    expect(queue.shift(() => false)).toBeUndefined();
    expect(queue.size).toBe(1);
  });

  it('refuses what has no room, and has room again for what left', () => {
    const queue = new FairQueue<Item>(30);
    const heavy = item('a/x#1', 10);
    expect(queue.push(heavy)).toBe(true);
    expect(queue.push(item('a/x#2'))).toBe(false);
    expect(queue.push(item('b/x#1', 10))).toBe(true);
    expect(queue.push(item('b/x#2', 1))).toBe(false);
    queue.delete(heavy);
    expect(queue.size).toBe(1);
    expect(queue.push(item('a/x#3', 6))).toBe(true);
    queue.delete(heavy);
    expect(drain(queue)).toEqual(['b/x#1', 'a/x#3']);
  });
});
