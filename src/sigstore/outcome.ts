import type { Reason } from '../errors.ts';
import type { Signer, VerifiedSignature } from '../verdict.ts';

/** What a signature is checked against. Plain data: it travels to a worker thread. */
export interface TrustSpec {
  /** Hash of all of the below; compiled trust material is kept under it. */
  readonly fingerprint: string;
  /** Text of a `trusted_root.json`; absent only where keys are checked without log and timestamps. */
  readonly trustedRoot?: string;
  /** Public keys that may have signed. Empty: keyless, a certificate of the trust root is needed. */
  readonly keys: readonly { readonly name: string; readonly pem: string }[];
  /** Whether a transparency log entry is demanded (`tLogVerify`). Without it, log entries are not read. */
  readonly transparencyLog: boolean;
  /** Whether an SCT is demanded of certificates (`ctLogVerify`). Without it, SCTs are not read. */
  readonly certificateTransparency: boolean;
}

export type VerificationOutcome =
  | { readonly kind: 'signed'; readonly signature: VerifiedSignature }
  /** `claimed` is what the certificate says, unproven: for messages only, never for decisions. */
  | { readonly kind: 'invalid'; readonly reason: Reason; readonly claimed?: Signer }
  /** A DSSE statement with another predicate: whoever signed it, it is no signature of the image. */
  | { readonly kind: 'attestation'; readonly predicateType: string };
