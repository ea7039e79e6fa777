import type { ErrorCode, Reason } from '../errors.ts';

/** What the parts of the service say of themselves, for the gauges of /metrics and for /readyz?verbose. */
export interface ServiceState {
  readonly certificate: {
    readonly subject: string;
    /** Milliseconds since the epoch. */
    readonly expires: number;
    /** Why what is on disk now is not in force. */
    readonly problem: Reason | undefined;
  };
  readonly configuration: {
    readonly generation: number;
    readonly resources: readonly ResourceState[];
    /** What else is wrong, or probably not as meant. */
    readonly remarks: readonly string[];
  };
  readonly trustRoots: readonly TrustRootState[];
  readonly caches: Readonly<Record<CacheName, CacheState>>;
  /** Registries, and single repositories, that are not asked at the moment. */
  readonly backingOff: readonly {
    readonly host: string;
    readonly repository?: string;
    readonly code: ErrorCode;
    /** Whole seconds until it is asked again. */
    readonly retryAfter: number;
  }[];
  readonly work: {
    readonly verifications: number;
    readonly resolutions: number;
    /** Signatures in a thread, and those that wait for one. */
    readonly signatures: { readonly running: number; readonly waiting: number };
  };
}

export interface ResourceState {
  readonly kind: string;
  /** `Verifier team-a/verifier-cosign` */
  readonly title: string;
  readonly state: 'valid' | 'stale' | 'invalid';
  readonly reasons: readonly Reason[];
}

/** Times in milliseconds since the epoch. */
export interface TrustRootState {
  readonly name: string;
  readonly asOf: number;
  readonly expires: number | undefined;
}

type CacheName = 'verdicts' | 'tags' | 'content';

interface CacheState {
  readonly entries: number;
  /** Where it is bounded by them. */
  readonly bytes?: number;
}
