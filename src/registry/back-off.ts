import { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from '../clock.ts';
import { CountersignError, type ErrorCode } from '../errors.ts';

/** A host as it is seen by those who reach it in one way, and what is asked for there. */
export interface Place {
  /** Of the access: registries throttle by account, so one tenant's limit is not another's. */
  readonly fingerprint: string;
  readonly host: string;
  readonly repository: string;
}

/** A request that failed for good, by a fault of the other side that may pass. */
export interface Failure {
  readonly code: ErrorCode;
  /** Completes "the last time: …". */
  readonly what: string;
  /**
   * Whether it says something of the whole host: it can't be connected to, or it asks to wait. Errors, silence and broken
   * connections in answer to one repository may come from what somebody put there, and must not keep the others from
   * being asked.
   */
  readonly ofHost: boolean;
  /** Seconds that the other side asks for: it is left alone at once. */
  readonly retryAfter?: number;
}

/** What is not asked at the moment. */
export interface BackingOff {
  readonly host: string;
  /** Absent where it is the whole host. */
  readonly repository?: string;
  /** Why: REGISTRY_THROTTLED, REGISTRY_ERROR or REGISTRY_UNREACHABLE. */
  readonly code: ErrorCode;
  /** Whole seconds until it is asked again. */
  readonly retryAfter: number;
}

interface Trouble extends Pick<BackingOff, 'host' | 'repository'> {
  readonly failure: Failure;
  /** Failures with no other answer in between; what fails while nothing is asked was asked before, and is not counted. */
  readonly count: number;
  /** Monotonic milliseconds. */
  readonly until: number;
}

const MAX_REMEMBERED = 1_000;
/** Failures after which it is left alone; each of them was tried several times. */
const PATIENCE = 5;
/** Seconds. What wants more is tried once a minute. */
const MAX_WAIT = 60;

/**
 * Who is left alone for a while, because it asked for that (`Retry-After`) or fails again and again: hosts, and single
 * repositories. The pauses double from one second to a minute; after each, what is asked finds out whether it is over.
 */
export class BackOff {
  readonly #clock: Clock;
  readonly #troubles = new LRUCache<string, Trouble>({ max: MAX_REMEMBERED });

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** @throws the code of the last failure, with `retryAfter`, while the place is left alone */
  heed(place: Place): void {
    for (const key of [hostKey(place), repositoryKey(place)]) {
      const trouble = this.#troubles.get(key);
      const retryAfter = trouble === undefined ? 0 : this.#secondsLeft(trouble);
      if (trouble === undefined || retryAfter === 0) continue;
      const { failure, repository } = trouble;
      const what = repository === undefined ? place.host : `${repository} on ${place.host}`;
      throw new CountersignError(
        failure.code,
        `${what} is not asked for another ${retryAfter} s; the last time: ${failure.what}`,
        { retryAfter },
      );
    }
  }

  /** Whether the next request finds out if the trouble is over. It is worth one attempt. */
  isOnTrial(place: Place): boolean {
    return this.#isFailing(hostKey(place)) || this.#isFailing(repositoryKey(place));
  }

  failed(place: Place, failure: Failure): void {
    const { host, repository } = place;
    if (failure.ofHost) {
      this.#count(hostKey(place), { host }, failure);
      return;
    }
    // Repositories that fail are a sign for the host, each of them once; when the host is on trial, each failure is.
    const opened = this.#count(repositoryKey(place), { host, repository }, failure);
    if (opened || this.#isFailing(hostKey(place))) this.#count(hostKey(place), { host }, failure);
  }

  /** An answer came, whatever it says. What is left alone stays so: it was asked before. */
  answered(place: Place): void {
    for (const key of [hostKey(place), repositoryKey(place)]) {
      const trouble = this.#troubles.get(key);
      if (trouble !== undefined && this.#secondsLeft(trouble) === 0) this.#troubles.delete(key);
    }
  }

  /** Everything that is left alone at the moment. */
  current(): readonly BackingOff[] {
    return Array.from(this.#troubles.values(), (trouble) => {
      const { host, repository, failure } = trouble;
      return {
        host,
        ...(repository !== undefined && { repository }),
        code: failure.code,
        retryAfter: this.#secondsLeft(trouble),
      };
    }).filter(({ retryAfter }) => retryAfter > 0);
  }

  /** @returns whether the patience with it ended just now */
  #count(key: string, where: Pick<Trouble, 'host' | 'repository'>, failure: Failure): boolean {
    const now = this.#clock.monotonic();
    const before = this.#troubles.get(key);
    const isLeftAlone = before !== undefined && before.until > now;
    const count = (before?.count ?? 0) + (isLeftAlone ? 0 : 1);
    const pause = isLeftAlone || count < PATIENCE ? 0 : 2 ** (count - PATIENCE);
    const seconds = Math.min(Math.max(pause, failure.retryAfter ?? 0), MAX_WAIT);
    const until = Math.max(before?.until ?? 0, now + seconds * 1_000);
    this.#troubles.set(key, { ...where, failure, count, until });
    return !isLeftAlone && count === PATIENCE;
  }

  #isFailing(key: string): boolean {
    return (this.#troubles.get(key)?.count ?? 0) >= PATIENCE;
  }

  #secondsLeft({ until }: Trouble): number {
    return Math.max(0, Math.ceil((until - this.#clock.monotonic()) / 1_000));
  }
}

function hostKey({ fingerprint, host }: Place): string {
  return `${fingerprint} ${host}`;
}

function repositoryKey(place: Place): string {
  return `${hostKey(place)} ${place.repository}`;
}
