import { CountersignError } from '../errors.ts';
import { type Owner, Shares } from '../shares.ts';

export interface FlightsOptions {
  /** Flights that may be under way at once: see `Shares` for how many of them one registry or repository gets. */
  readonly max: number;
  /** Milliseconds after which a flight is given up. Longer than any request waits: its result is for the next one. */
  readonly timeLimit: number;
}

export interface Flight<T> {
  readonly result: Promise<T>;
  /** Whether somebody else had started it. */
  readonly shared: boolean;
}

/**
 * One piece of work a key at a time, however many requests ask for it. A flight belongs to nobody: a request that
 * gives up leaves it flying, and what it brings is there for the retry.
 */
export class Flights<T> {
  readonly #options: FlightsOptions;
  readonly #flying = new Map<string, Promise<T>>();
  readonly #shares: Shares;

  constructor(options: FlightsOptions) {
    this.#options = options;
    this.#shares = new Shares(options.max);
  }

  /** @throws OVERLOADED, at once, when too many are under way in all, for the host, or for the repository */
  join(key: string, owner: Owner, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const flying = this.#flying.get(key);
    if (flying !== undefined) return { result: flying, shared: true };
    if (!this.#shares.take(owner)) {
      throw new CountersignError(
        'OVERLOADED',
        `${this.#flying.size} images are worked on, and the share of ${owner.join('/')} of them is used up`,
        { retryAfter: 1 },
      );
    }
    const result = start(AbortSignal.timeout(this.#options.timeLimit)).finally(() => {
      this.#flying.delete(key);
      this.#shares.give(owner);
    });
    // Whoever waits sees the failure; where nobody waits any more, it is not an unhandled one.
    result.catch(() => {});
    this.#flying.set(key, result);
    return { result, shared: false };
  }

  get size(): number {
    return this.#flying.size;
  }
}
