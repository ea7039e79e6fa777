import { CountersignError } from '../errors.ts';
import { FairQueue, type Waiting } from '../fair-queue.ts';
import { type Owner, Shares } from '../shares.ts';

export interface HostQueueOptions {
  /** Tasks of one host at a time: see `Shares` for how many of them one registry or repository gets. */
  readonly concurrency: number;
  /** Tasks that wait for their turn at one host. */
  readonly waiting: number;
}

interface Turn extends Waiting {
  readonly enter: () => void;
}

interface Lane {
  readonly active: Shares;
  readonly waiting: FairQueue<Turn>;
}

/**
 * Bounds how many requests go to one host at a time. Registries and repositories that lead to the same host take turns
 * there, and none of them holds all of it: not one whose answers never end, and not one that redirects to somebody else.
 */
export class HostQueue {
  readonly #options: HostQueueOptions;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: HostQueueOptions) {
    this.#options = options;
  }

  /**
   * @throws OVERLOADED, at once; the signal's reason when it is aborted while waiting; the task itself has to heed the
   *   signal
   */
  async run<T>(host: string, owner: Owner, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const lane = this.#lane(host);
    if (!lane.active.take(owner)) await this.#turn(host, lane, owner, signal);
    try {
      return await task();
    } finally {
      lane.active.give(owner);
      this.#admit(lane);
      if (lane.active.total === 0) this.#lanes.delete(host);
    }
  }

  #lane(host: string): Lane {
    const { concurrency, waiting } = this.#options;
    const lane = this.#lanes.get(host) ?? {
      active: new Shares(concurrency),
      waiting: new FairQueue<Turn>(waiting),
    };
    this.#lanes.set(host, lane);
    return lane;
  }

  /** Resolves when a place was handed over. */
  #turn(host: string, { waiting }: Lane, owner: Owner, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        waiting.delete(turn);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const turn = { owner, weight: 1, enter };
      if (waiting.push(turn)) signal.addEventListener('abort', abort, { once: true });
      else {
        const message = `${waiting.size} requests to ${host} wait for their turn already`;
        reject(new CountersignError('OVERLOADED', message, { retryAfter: 1 }));
      }
    });
  }

  /** One that leaves may make room for one that waits, and not always for the first in line. */
  #admit({ active, waiting }: Lane): void {
    const grant = (owner: Owner) => active.take(owner);
    for (let turn = waiting.shift(grant); turn !== undefined; turn = waiting.shift(grant)) turn.enter();
  }
}
