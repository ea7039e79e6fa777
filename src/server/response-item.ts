import type { ErrorCode, Reason } from '../errors.ts';
import type { Verdict } from '../verdict.ts';
import type { KeyResult } from '../verification/service.ts';
import { formatHeadline, formatReason } from './reason-text.ts';
import { reasonReport, type VerifierReport, verifierReport } from './verifier-report.ts';

/** The value of one key: what Ratify answers in version 0.2.0, and more. */
export interface VerificationValue {
  readonly version: '0.2.0';
  /** Never absent and never anything but a boolean: templates take an undefined for a yes. */
  readonly isSuccess: boolean;
  readonly traceID: string;
  /** RFC 3339. */
  readonly timestamp: string;
  /** Absent where `isSuccess` is true; likewise `message`. */
  readonly code?: ErrorCode;
  readonly message?: string;
  /** Pairs of the key and why nobody could tell. Empty for a verdict, be it yes or no. */
  readonly errors: readonly (readonly [string, string])[];
  /** Why the provider as a whole can't answer. Empty where it can. */
  readonly system_error: string;
  /** `repository@digest` that was judged. */
  readonly subject?: string;
  readonly verifierReports: readonly VerifierReport[];
}

export interface ValueContext {
  readonly traceId: string;
  /** RFC 3339. */
  readonly timestamp: string;
}

export function verificationValue(result: KeyResult, context: ValueContext): VerificationValue {
  const { key, verdict } = result;
  const reasons = reasonsOf(result);
  const [first, ...others] = reasons;
  return {
    version: '0.2.0',
    isSuccess: verdict.kind === 'verified',
    traceID: context.traceId,
    timestamp: context.timestamp,
    ...(first !== undefined && { code: first.code, message: message(key, first, others) }),
    errors: verdict.kind === 'unavailable' && first !== undefined ? [[key, formatReason(first)]] : [],
    system_error: result.systemError === undefined ? '' : formatReason(result.systemError),
    ...(result.subject !== undefined && { subject: result.subject }),
    verifierReports: reports(result.subject ?? key, verdict, reasons),
  };
}

/** Why the answer is not yes, the most important reason first. Empty for a yes alone. */
export function reasonsOf({ verdict, systemError }: KeyResult): readonly Reason[] {
  switch (verdict.kind) {
    case 'verified':
      return [];
    case 'rejected':
      return verdict.reasons;
    case 'unavailable':
      return [systemError ?? verdict.cause];
  }
}

function message(key: string, first: Reason, others: readonly Reason[]): string {
  const codes = [...new Set(others.map(({ code }) => code))];
  return `${formatHeadline(key, first)}${codes.length === 0 ? '' : ` (also ${codes.join(', ')})`}`;
}

/** A report for each signature, then one for each reason that no signature accounts for. */
function reports(subject: string, verdict: Verdict, reasons: readonly Reason[]): readonly VerifierReport[] {
  const ofSignatures = verdict.reports.map((report) => verifierReport(subject, report));
  const told = new Set(ofSignatures.map(({ code, errorReason }) => `${code} ${errorReason}`));
  return [
    ...ofSignatures,
    ...reasons
      .filter(({ code, message }) => !told.has(`${code} ${message}`))
      .map((reason) => reasonReport(subject, reason)),
  ];
}
