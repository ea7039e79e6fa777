import type { Reason } from '../errors.ts';
import type { Verdict } from '../verdict.ts';

/** How the verdict came about: from the cache, made for this request, or made for another one at the same time. */
export type CacheUse = 'hit' | 'miss' | 'shared' | 'none';

/** The answer for one key. */
export interface KeyResult {
  /** The key as it was asked, byte for byte. */
  readonly key: string;
  readonly verdict: Verdict;
  /** `repository@digest` that was judged; the reference text where no digest was reached. */
  readonly subject?: string;
  /** Set where the provider as a whole can't answer (no valid policy). */
  readonly systemError?: Reason;
  readonly cache: CacheUse;
  /** Names of the trust policies that governed. */
  readonly policies: readonly string[];
  /** Milliseconds. */
  readonly durations: {
    readonly total: number;
    readonly resolve?: number;
    readonly discover?: number;
    readonly verify?: number;
  };
}

/** What a mutation answers for one key: the reference with its digest, or why there is none. */
export type PinResult =
  | { readonly key: string; readonly value: string }
  | { readonly key: string; readonly error: Reason };

export interface RequestOptions {
  /** Monotonic milliseconds of the clock by which the answer must be there. */
  readonly deadline: number;
  /** Goes along to the registries where that is configured. Work that is shared has that of who started it. */
  readonly traceId?: string;
}

/** The request pipeline as the server and the command line see it. Neither method ever rejects. */
export interface VerificationService {
  verify(key: string, options: RequestOptions): Promise<KeyResult>;
  /** Tag → digest for mutation. */
  pin(key: string, options: RequestOptions): Promise<PinResult>;
}
