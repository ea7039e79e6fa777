import type { Reason } from '../errors.ts';
import type { SignatureSource } from '../verdict.ts';

/** The annotations of a `.sig` layer that matter, by their exact keys (cosign SIGNATURE_SPEC). */
export interface SimpleSigningAnnotations {
  readonly signature?: string;
  readonly certificate?: string;
  readonly chain?: string;
  readonly bundle?: string;
  readonly timestamp?: string;
}

/** What a signature consists of, exactly as stored. Plain data: it travels to a worker thread. */
export type CandidateContent =
  | {
      readonly kind: 'simple-signing';
      readonly payload: Uint8Array;
      readonly annotations: SimpleSigningAnnotations;
    }
  | { readonly kind: 'bundle'; readonly bytes: Uint8Array };

/** One signature that was found and has yet to be judged. */
export interface Candidate {
  readonly source: SignatureSource;
  readonly content: CandidateContent;
}

/** What discovery comes across, in the order in which it does. */
export type Finding =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  /** A signature that is stored in a way that can't be read: it counts as one that does not verify. */
  | { readonly kind: 'malformed'; readonly source: SignatureSource; readonly reason: Reason }
  /** A place that could not be asked: no `rejected` may rest on it. */
  | {
      readonly kind: 'failure';
      readonly path: SignatureSource['path'];
      readonly reason: Reason;
      /** Seconds, from `Retry-After`. */
      readonly retryAfter?: number;
    }
  /** Something attached that is no signature: an attestation, an SBOM, a foreign artifact. */
  | { readonly kind: 'passed-over'; readonly manifest: string; readonly artifactType: string };
