import { setTimeout as delay } from 'node:timers/promises';

export interface ThreadHealthOptions {
  /** Has a thread do something trivial. */
  readonly ping: () => Promise<void>;
  /** Puts other threads in the place of those that do not answer. */
  readonly replace: () => void;
  /** Milliseconds for the answer: more than the time limit of a task that is under way, and the start of a thread. */
  readonly timeLimit: number;
  /** Milliseconds that `isAlive` waits for the answer at most: less than a liveness probe waits. */
  readonly patience: number;
}

/** Whether the verification threads do what they are told, found out by telling them. */
export class ThreadHealth {
  readonly #options: ThreadHealthOptions;
  #alive = true;
  #asking: Promise<void> | undefined;

  constructor(options: ThreadHealthOptions) {
    this.#options = options;
  }

  /** What the last answer says; threads that are busy count as before, until the time limit. Never rejects. */
  async isAlive(): Promise<boolean> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    const patience = new AbortController();
    await Promise.race([
      this.#asking,
      delay(this.#options.patience, undefined, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
    return this.#alive;
  }

  async #ask(): Promise<void> {
    const { ping, replace, timeLimit } = this.#options;
    const late = setTimeout(() => {
      this.#alive = false;
      replace();
    }, timeLimit);
    try {
      await ping();
      this.#alive = true;
    } catch {
      this.#alive = false;
    } finally {
      clearTimeout(late);
    }
  }
}
