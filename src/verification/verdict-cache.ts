import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Verdict } from '../verdict.ts';

export interface VerdictCacheOptions {
  /** Milliseconds for which a verdict is kept. */
  readonly verifiedTtl: number;
  readonly rejectedTtl: number;
  /** Bytes of verdicts, as JSON, that are kept. */
  readonly maxBytes: number;
}

/**
 * Verdicts by what they are about and what governed them. `verified` is kept long, for what is signed stays signed;
 * `rejected` briefly, for a signature may be added; `unavailable` never, for an outage is no verdict.
 */
export class VerdictCache {
  readonly #options: VerdictCacheOptions;
  readonly #clock: Clock;
  readonly #verdicts: LRUCache<string, Verdict>;

  constructor(options: VerdictCacheOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#verdicts = new LRUCache<string, Verdict>({
      maxSize: options.maxBytes,
      sizeCalculation: (verdict, key) => JSON.stringify(verdict).length + key.length,
      perf: { now: () => clock.monotonic() },
      // Otherwise it reads the clock once a millisecond of real time.
      ttlResolution: 0,
    });
  }

  get(key: string): Verdict | undefined {
    const verdict = this.#verdicts.get(key);
    // The time to live runs on the monotonic clock; what a verdict rests on ends by the calendar.
    if (
      verdict?.kind === 'verified' &&
      verdict.validUntil !== undefined &&
      this.#clock.now() >= verdict.validUntil
    ) {
      this.#verdicts.delete(key);
      return undefined;
    }
    return verdict;
  }

  set(key: string, verdict: Verdict): void {
    if (verdict.kind === 'unavailable') return;
    const ttl = verdict.kind === 'verified' ? this.#options.verifiedTtl : this.#options.rejectedTtl;
    // lru-cache takes a time to live of 0 for "for ever".
    if (ttl > 0) this.#verdicts.set(key, verdict, { ttl });
  }

  get size(): number {
    return this.#verdicts.size;
  }

  get bytes(): number {
    return this.#verdicts.calculatedSize;
  }
}
