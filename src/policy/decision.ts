import { catalogue, type ErrorCode, type Reason, reason } from '../errors.ts';
import type { SignatureReport, SignatureSource, Verdict } from '../verdict.ts';
import { formatPolicy, formatTypes } from './format.ts';
import type { Enforcement } from './snapshot.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** What is to be decided; the same for as long as evidence comes in. */
export interface Question {
  /** `repository@digest`, for messages. */
  readonly subject: string;
  readonly policies: readonly [TrustPolicy, ...TrustPolicy[]];
  readonly enforcement: Enforcement;
}

/** What was found out so far. It only ever grows. */
export interface Evidence {
  /** For each signature found: how it stands to each trust policy it was held against until now. */
  readonly candidates: readonly (readonly SignatureReport[])[];
  /** Signatures that can't be read: each counts as a candidate that satisfies no policy. */
  readonly malformed: readonly { readonly source: SignatureSource; readonly reason: Reason }[];
  /** Places that could not be asked. */
  readonly failures: readonly { readonly reason: Reason; readonly retryAfter?: number }[];
  /** Artifact types of what is attached without being a signature. */
  readonly passedOver: readonly string[];
  /** Predicate types of attestations, whose text is anything that their signer likes. */
  readonly attested: readonly string[];
  /** Every place has answered or failed, and every candidate was held against every policy. */
  readonly complete: boolean;
}

/**
 * Decides as early as it is safe to.
 *
 * - `any`: one candidate that satisfies one policy is a yes at once, whatever else was found or failed.
 * - `all`: a yes takes completeness, no failed place, at least one candidate, and every candidate satisfying every
 *   policy.
 *
 * Everything else waits for completeness, so that a no gives all reasons. Then it is `unavailable` where a place could
 * not be asked or a candidate could not be judged (a reason of another class than `rejected`), for the yes may be there; else
 * `rejected`.
 *
 * @returns undefined while undecided, which it never is once the evidence is complete
 */
export function decide(question: Question, evidence: Evidence): Verdict | undefined {
  const { subject, policies } = question;
  const unread = evidence.malformed.map((malformed) => unreadReports(malformed, policies));
  const candidates = [...evidence.candidates, ...unread];
  const reports = candidates.flat();

  const end = lastsUntil(question, candidates, evidence);
  if (end !== undefined) {
    return { kind: 'verified', reports, ...(end !== Number.POSITIVE_INFINITY && { validUntil: end }) };
  }
  if (!evidence.complete) return undefined;

  const cause = obstacle(policies, candidates, evidence);
  if (cause !== undefined) return { kind: 'unavailable', cause, reports, ...retryAfter(evidence) };

  const [first = nothingSigned(subject, evidence), ...others] = failedReasons(reports);
  return { kind: 'rejected', reasons: [first, ...others], reports };
}

type Candidates = readonly (readonly SignatureReport[])[];

/**
 * Milliseconds since the epoch until which a yes lasts, Infinity for one that rests on proven times; undefined without
 * a yes. Under `any`, of several that satisfy, the one that lasts longest decides.
 */
function lastsUntil(
  { policies, enforcement }: Question,
  candidates: Candidates,
  { complete, failures }: Evidence,
): number | undefined {
  const ends = candidates.flatMap((reports) => policies.map((policy) => satisfiedUntil(reports, policy)));
  const satisfied = ends.filter((end) => end !== undefined);
  if (satisfied.length === 0) return undefined;
  if (enforcement === 'any') return Math.max(...satisfied);
  const everyOne = complete && failures.length === 0 && satisfied.length === ends.length;
  return everyOne ? Math.min(...satisfied) : undefined;
}

function satisfiedUntil(reports: readonly SignatureReport[], policy: TrustPolicy): number | undefined {
  const result = reportOn(reports, policy)?.result;
  if (result?.kind !== 'satisfied') return undefined;
  return result.signature.validUntil ?? Number.POSITIVE_INFINITY;
}

/** Two Verifiers may have trust policies of one name. */
function reportOn(reports: readonly SignatureReport[], policy: TrustPolicy): SignatureReport | undefined {
  return reports.find((report) => report.verifier === policy.verifier.name && report.policy === policy.name);
}

function unreadReports(
  { source, reason: why }: Evidence['malformed'][number],
  policies: readonly TrustPolicy[],
): readonly SignatureReport[] {
  return policies.map((policy) => ({
    source,
    verifier: policy.verifier.name,
    policy: policy.name,
    result: { kind: 'failed', reason: why },
  }));
}

/** Why it can't be told that there is no yes. */
function obstacle(
  policies: readonly TrustPolicy[],
  candidates: Candidates,
  { failures }: Evidence,
): Reason | undefined {
  const [failure] = failures;
  if (failure !== undefined) return failure.reason;
  const unjudged = failedReasons(candidates.flat()).find(({ code }) => catalogue[code].class !== 'rejected');
  if (unjudged !== undefined) return unjudged;
  const forgotten = policies.find((policy) => !candidates.every((reports) => reportOn(reports, policy)));
  if (forgotten === undefined) return undefined;
  return reason('INTERNAL_ERROR', `a signature was not held against ${formatPolicy(forgotten)}`);
}

/** Asking again makes sense once all places can be asked again. */
function retryAfter({ failures }: Evidence): { readonly retryAfter?: number } {
  const seconds = failures.flatMap((failure) => failure.retryAfter ?? []);
  return seconds.length === 0 ? {} : { retryAfter: Math.max(...seconds) };
}

/**
 * Why signatures don't count, best first: the further a signature got, the more likely it is the one that was meant to
 * count. First those that verified and have the wrong signer, then those that fail a proof about their certificate or
 * time, then those that don't verify, last those that can't be read.
 */
const FURTHEST_FIRST: readonly ErrorCode[] = [
  'IDENTITY_MISMATCH',
  'ISSUER_MISMATCH',
  'SIGNER_KIND_MISMATCH',
  'SUBJECT_MISMATCH',
  'TIMESTAMP_MISSING',
  'TIMESTAMP_UNTRUSTED',
  'TIMESTAMP_INVALID',
  'LOG_ENTRY_MISSING',
  'LOG_UNTRUSTED',
  'LOG_ENTRY_INVALID',
  'LOG_ENTRY_MISMATCH',
  'SCT_INVALID',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_INVALID',
  'CERTIFICATE_UNTRUSTED',
  'KEY_MISMATCH',
  'SIGNATURE_INVALID',
  'SIGNATURE_UNSUPPORTED',
  'SIGNATURE_MALFORMED',
  'LIMIT_EXCEEDED',
];

/** In the order of FURTHEST_FIRST, others behind; what several signatures or policies have in common stands once. */
function failedReasons(reports: readonly SignatureReport[]): readonly Reason[] {
  const distinct = new Map<string, Reason>();
  for (const { result } of reports) {
    if (result.kind === 'failed')
      distinct.set(`${result.reason.code} ${result.reason.message}`, result.reason);
  }
  return [...distinct.values()].toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placeOf({ code }: Reason): number {
  const place = FURTHEST_FIRST.indexOf(code);
  return place === -1 ? FURTHEST_FIRST.length : place;
}

/** Artifact types of DSSE envelopes, in-toto statements and bundles. */
const ATTESTATION = /in-toto|dsse|^application\/vnd\.dev\.sigstore\.bundle/;

function nothingSigned(subject: string, { attested, passedOver }: Evidence): Reason {
  const attached = [...attested, ...passedOver];
  const only = attached.length === 0 ? '' : `, only ${formatTypes(attached)}`;
  const isAttested = attested.length > 0 || passedOver.some((type) => ATTESTATION.test(type));
  const code = isAttested ? 'ATTESTATION_ONLY' : 'SIGNATURE_NOT_FOUND';
  return reason(code, `no signature is attached to ${subject}${only}`);
}
