import dns from 'node:dns/promises';
import { existsSync, readFileSync } from 'node:fs';
import filesystem, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** What goes wrong around the program that loads this file with `--import fault-switch.ts?FILE`. Default: nothing. */
export interface Faults {
  /** Milliseconds by which the wall clock is wrong. */
  readonly clock?: number;
  /** Milliseconds for which the event loop is blocked, once for each new `id`. */
  readonly block?: { readonly id: number; readonly milliseconds: number };
  /** What a thread does with its next task. */
  readonly thread?: 'hang' | 'die' | 'throw' | 'exhaust memory';
  /** The disk is full after so many bytes of the file whose path ends like this. */
  readonly disk?: { readonly file: string; readonly fullAfter: number };
}

const file = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const realNow = Date.now;
let last = 0;

function faults(): Faults {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function breakDown(how: NonNullable<Faults['thread']>): never {
  switch (how) {
    case 'hang':
      for (;;);
    case 'die':
      return process.exit(9);
    case 'throw':
      throw new Error('a flaw in the thread');
    case 'exhaust memory': {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array(100_000).fill(hoard.length));
    }
  }
}

type Asynchronous = (...given: readonly unknown[]) => Promise<unknown>;

function replace<T>(module: T, name: keyof T, wrap: (original: Asynchronous) => Asynchronous): void {
  module[name] = wrap(module[name] as Asynchronous) as T[keyof T];
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

if (isMainThread) {
  let { clock = 0 } = faults();
  Date.now = () => realNow() + clock;
  setInterval(() => {
    const { clock: offset = 0, block } = faults();
    clock = offset;
    if (block === undefined || block.id === last) return;
    last = block.id;
    spin(block.milliseconds);
  }, 20).unref();

  // Loopback is all that the tests may talk to: a name server is not.
  replace(dns, 'lookup', (lookup) => (name, ...rest) => {
    if (!String(name).endsWith('.invalid')) return lookup(name, ...rest);
    return Promise.reject(failure('ENOTFOUND', `getaddrinfo ENOTFOUND ${name}`));
  });
  replace(filesystem, 'open', (open) => async (path, ...rest) => {
    const handle = await open(path, ...rest);
    const { disk } = faults();
    if (disk === undefined || !String(path).endsWith(disk.file)) return handle;
    replace(handle as FileHandle, 'writeFile', (write) => async (data) => {
      await write.call(handle, String(data).slice(0, disk.fullAfter));
      throw failure('ENOSPC', 'ENOSPC: no space left on device, write');
    });
    return handle;
  });
  syncBuiltinESMExports();
} else {
  // A verification asks for the time, and nothing else in its thread does.
  Date.now = () => {
    const { clock = 0, thread } = faults();
    if (thread !== undefined && new Error().stack?.includes('signature-worker') === true) breakDown(thread);
    return realNow() + clock;
  };
}
