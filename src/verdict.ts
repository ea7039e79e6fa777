import type { Reason } from './errors.ts';

/** The artifact type that every form of cosign signature is reported and governed as (Ratify's name for it). */
export const COSIGN_ARTIFACT_TYPE = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/** Claims of a GitHub Actions certificate that a person wants to read; all optional, all from the certificate. */
export interface WorkflowClaims {
  readonly repository?: string;
  readonly ref?: string;
  readonly sha?: string;
  readonly trigger?: string;
  readonly workflow?: string;
  readonly runUrl?: string;
}

/** Who signed, proven. */
export type Signer =
  | {
      readonly kind: 'keyless';
      readonly issuer: string;
      readonly identity: string;
      readonly workflow?: WorkflowClaims;
    }
  | {
      readonly kind: 'key';
      /** The key's name in the configuration. */
      readonly name: string;
      /** Hex SHA-256 of the DER SubjectPublicKeyInfo. */
      readonly fingerprint: string;
    };

/** Where a signature was found. */
export interface SignatureSource {
  readonly path: 'signature-tag' | 'referrers-api' | 'fallback-tag';
  /** Digest of the manifest that carries the signature; empty where it could not be read. */
  readonly manifest: string;
  /** Digest of the blob that is the payload or the bundle; empty where it could not be read. */
  readonly blob: string;
  readonly form: 'simple-signing' | 'bundle';
}

/** A signature that verified, with what it rests on. */
export interface VerifiedSignature {
  readonly signer: Signer;
  readonly logEntries: readonly {
    /** Hex of the log's id. */
    readonly logId: string;
    readonly logIndex: string;
    /** Seconds since the epoch; present only where the log signed it. */
    readonly integratedTime?: number;
  }[];
  /** The proven times of signing, milliseconds since the epoch. Empty where only the present time was at hand. */
  readonly times: readonly number[];
  /** Milliseconds since the epoch after which the verdict must be made anew: it rests on the present time. */
  readonly validUntil?: number;
}

/** One signature held against one trust policy. */
export interface SignatureReport {
  readonly source: SignatureSource;
  /** Name of the Verifier resource. */
  readonly verifier: string;
  /** Name of the trust policy in it. */
  readonly policy: string;
  readonly result:
    | { readonly kind: 'satisfied'; readonly signature: VerifiedSignature }
    /** `signer` is there where the cryptography held and only the policy disagreed. */
    | { readonly kind: 'failed'; readonly reason: Reason; readonly signer?: Signer };
}

/**
 * The answer to "is this image signed by someone this cluster trusts?". Only `verified` admits. "No valid signature"
 * can't be spelled as a success, and an outage can't be spelled as a rejection.
 */
export type Verdict =
  | {
      readonly kind: 'verified';
      readonly reports: readonly SignatureReport[];
      /** Milliseconds since the epoch, the earliest `validUntil` of what it rests on. */
      readonly validUntil?: number;
    }
  | {
      readonly kind: 'rejected';
      /** At least one; the first is the one that a person should read first. */
      readonly reasons: readonly [Reason, ...Reason[]];
      readonly reports: readonly SignatureReport[];
    }
  | {
      readonly kind: 'unavailable';
      readonly cause: Reason;
      /** Seconds. */
      readonly retryAfter?: number;
      readonly reports: readonly SignatureReport[];
    };
