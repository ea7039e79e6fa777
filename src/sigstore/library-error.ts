import { VerificationError } from '@sigstore/verify';
import { CountersignError, type ErrorCode } from '../errors.ts';

const UNPROVEN = ['LOG_ENTRY_INVALID', 'the transparency log entry is not proven'] as const;

/** The library's codes: ours, and what the library's own words complete to a sentence. */
const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  TIMESTAMP_ERROR: ['TIMESTAMP_INVALID', 'the timestamps do not verify against the trust root'],
  TLOG_ERROR: UNPROVEN,
  TLOG_INCLUSION_PROOF_ERROR: UNPROVEN,
  TLOG_INCLUSION_PROMISE_ERROR: UNPROVEN,
  TLOG_MISSING_INCLUSION_ERROR: UNPROVEN,
  TLOG_BODY_ERROR: ['LOG_ENTRY_MISMATCH', 'the transparency log entry is for another signature'],
  PUBLIC_KEY_ERROR: ['KEY_MISMATCH', 'the public key is not usable'],
};

const MAX_DETAIL = 200;

/** Translates what `@sigstore/verify` throws. Hostile input also makes it throw TypeErrors and parser errors. */
export function fromLibrary(error: unknown): CountersignError {
  if (error instanceof CountersignError) return error;
  if (!(error instanceof VerificationError)) {
    return new CountersignError('SIGNATURE_MALFORMED', 'the signature cannot be read', { cause: error });
  }
  if (error.code === 'CERTIFICATE_ERROR') return certificateError(error);
  const [code, sentence] = CODES[error.code] ?? ['SIGNATURE_INVALID', 'the signature does not verify'];
  return new CountersignError(code, `${sentence}: ${error.message.slice(0, MAX_DETAIL)}`, { cause: error });
}

/** One code for chain and SCT; only the text of the pinned version tells them apart (a test holds it in place). */
function certificateError(error: VerificationError): CountersignError {
  if (error.message.includes('SCT')) {
    return new CountersignError(
      'SCT_INVALID',
      'the signing certificate has no valid timestamp of a certificate transparency log that the trust root names',
      { cause: error },
    );
  }
  const cause: unknown = error.cause;
  if (cause instanceof Error && cause.message.includes('expired at the specified date')) {
    return new CountersignError(
      'CERTIFICATE_EXPIRED',
      'the signing certificate, or one above it, was not valid at the time of signing',
      { cause: error },
    );
  }
  return new CountersignError(
    'CERTIFICATE_UNTRUSTED',
    'the signing certificate does not chain to a certificate authority that the trust root trusts at the time of signing',
    { cause: error },
  );
}
