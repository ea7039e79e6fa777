import { Piscina } from 'piscina';
import { CountersignError } from '../errors.ts';
import { FairQueue, type Waiting } from '../fair-queue.ts';
import type { TaskStarted, WorkerTask } from './worker-task.ts';

export interface WorkerPoolOptions {
  /** Path of the worker file, which exports `ping` of `worker-task.ts` as well. */
  readonly filename: string;
  /** Name of the function that it exports; it takes a `WorkerTask` and calls `announceStart` first. */
  readonly exportName: string;
  readonly threads: number;
  /** Milliseconds that one task may run. */
  readonly timeLimitMs: number;
  /** Weights of the tasks that wait for a free thread: see `Shares` for how much of it one owner gets. */
  readonly maxQueue: number;
  /** Megabytes of heap of one thread. */
  readonly maxMemoryMb: number;
  /** Called each time a thread was lost: killed at its time limit, out of memory, or crashed. */
  readonly onRestart: () => void;
}

export interface TaskOptions extends Waiting {
  /** Ends the waiting for a thread. A task that has one is ended by its time limit. */
  readonly signal: AbortSignal;
}

interface Turn {
  readonly resolve: () => void;
  readonly reject: (error: CountersignError) => void;
}

/**
 * Runs functions in threads under a hard time limit: a thread that exceeds it is killed and replaced. Who brings many
 * tasks, or long ones, lets the others have their turns in between.
 *
 * Piscina owns the threads; the queue is ours, since its own is not fair, does not bound tasks that can be aborted, and
 * since a task's time must not run while it waits.
 */
export class WorkerPool<Input, Output> {
  readonly #options: WorkerPoolOptions;
  readonly #running = new Map<number, () => void>();
  readonly #waiting: FairQueue<Turn & Waiting>;
  /** Go before everything that waits. */
  readonly #pings: Turn[] = [];
  #pool: Piscina<WorkerTask<Input | undefined>, Output> | undefined;
  #busy = 0;
  #lastId = 0;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#waiting = new FairQueue(options.maxQueue);
  }

  /**
   * @throws OVERLOADED, VERIFICATION_TIMEOUT; DEADLINE_EXCEEDED where the signal ends the waiting; INTERNAL_ERROR where
   *   the thread died, or the pool is closed
   */
  async run(input: Input, options: TaskOptions): Promise<Output> {
    if (options.signal.aborted) throw late();
    await this.#threadFree((turn) => this.#wait(turn, options));
    return this.#occupied(() => this.#execute(this.#options.exportName, input));
  }

  /**
   * Has a thread run `ping` of the worker file, before everything that waits.
   * @throws as `run` does; where a thread neither starts nor ends, it does not return before `replace`
   */
  async ping(): Promise<void> {
    await this.#threadFree((turn) => this.#pings.push(turn));
    await this.#occupied(() => this.#execute('ping', undefined));
  }

  /** Ends all threads, and with them what they are at; the next task has new ones. */
  replace(): void {
    const pool = this.#pool;
    this.#pool = undefined;
    void pool?.destroy();
  }

  /** Tasks in a thread, and those that wait for one. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running.size, waiting: this.#waiting.size };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (let turn = this.#next(); turn !== undefined; turn = this.#next()) turn.reject(closed());
    await this.#pool?.destroy();
  }

  /** @param wait puts the turn in line where every thread is busy */
  async #threadFree(wait: (turn: Turn) => void): Promise<void> {
    if (this.#closed) throw closed();
    if (this.#busy < this.#options.threads) {
      this.#busy += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    wait({ resolve, reject });
    // Whoever finishes hands its thread over, so it stays counted as busy.
    await promise;
  }

  #wait(turn: Turn, { owner, weight, signal }: TaskOptions): void {
    const abort = () => {
      this.#waiting.delete(waiting);
      turn.reject(late());
    };
    const resolve = () => {
      signal.removeEventListener('abort', abort);
      turn.resolve();
    };
    const waiting = { ...turn, resolve, owner, weight };
    if (this.#waiting.push(waiting)) {
      signal.addEventListener('abort', abort, { once: true });
      return;
    }
    const message = `${this.#waiting.size} signatures wait to be verified, and the share of ${owner.join('/')} is used up`;
    turn.reject(new CountersignError('OVERLOADED', message, { retryAfter: 1 }));
  }

  #next(): Turn | undefined {
    return this.#pings.shift() ?? this.#waiting.shift();
  }

  async #occupied<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } finally {
      const next = this.#next();
      if (next === undefined) this.#busy -= 1;
      else next.resolve();
    }
  }

  async #execute(name: string, input: Input | undefined): Promise<Output> {
    const { timeLimitMs } = this.#options;
    this.#lastId += 1;
    const id = this.#lastId;
    const limit = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    this.#running.set(id, () => {
      timer = setTimeout(() => limit.abort(), timeLimitMs);
    });
    try {
      return await this.#threads().run({ id, input }, { name, signal: limit.signal });
    } catch (cause) {
      if (limit.signal.aborted) {
        throw new CountersignError(
          'VERIFICATION_TIMEOUT',
          `verifying the signature took longer than ${timeLimitMs} ms and was stopped`,
        );
      }
      throw new CountersignError('INTERNAL_ERROR', 'the thread that verified the signature died', { cause });
    } finally {
      clearTimeout(timer);
      this.#running.delete(id);
    }
  }

  #threads(): Piscina<WorkerTask<Input | undefined>, Output> {
    if (this.#closed) throw closed();
    this.#pool ??= this.#start();
    return this.#pool;
  }

  #start(): Piscina<WorkerTask<Input | undefined>, Output> {
    const { filename, threads, maxMemoryMb, onRestart } = this.#options;
    const pool = new Piscina<WorkerTask<Input | undefined>, Output>({
      filename,
      minThreads: threads,
      maxThreads: threads,
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
      // Nothing in a thread needs the environment, and the environment holds secrets.
      env: {},
    });
    pool.on('message', ({ started }: TaskStarted) => this.#running.get(started)?.());
    pool.on('workerDestroy', () => {
      if (!this.#closed) onRestart();
    });
    // A thread that fails without a task, such as while it loads, is not replaced by Piscina: start over.
    pool.on('error', () => {
      if (this.#pool === pool) this.#pool = undefined;
      void pool.destroy();
    });
    return pool;
  }
}

function late(): CountersignError {
  return new CountersignError('DEADLINE_EXCEEDED', 'no thread was free in time to verify the signature');
}

function closed(): CountersignError {
  return new CountersignError('INTERNAL_ERROR', 'signatures are no longer verified: countersign is stopping');
}
