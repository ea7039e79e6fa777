import type { Clock } from '../../src/clock.ts';

/** A clock that moves only when told to. Both of its hands move together unless only the wall clock is set. */
export class StoppedClock implements Clock {
  #now: number;
  #monotonic = 1_000;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    this.#monotonic += milliseconds;
  }

  /** Somebody sets the wall clock. */
  set(now: number): void {
    this.#now = now;
  }
}
