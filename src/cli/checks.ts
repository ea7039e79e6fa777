import type { ErrorCode } from '../errors.ts';
import { formatMatcher } from '../policy/format.ts';
import type { SignatureOutcome } from '../policy/judge.ts';
import type { IdentityRequirement, TrustPolicy } from '../policy/trust-policy.ts';
import type { Signer } from '../verdict.ts';

/** What is asked of a signature, in the order in which a person would ask it. */
export const CHECKS = [
  'readable',
  'subject',
  'signer kind',
  'content',
  'log entry',
  'signing time',
  'certificate',
  'certificate log',
  'issuer',
  'identity',
] as const;

export type CheckName = (typeof CHECKS)[number];

export interface Check {
  readonly check: CheckName;
  /** `undecided`: another check failed before this one was finished. */
  readonly result: 'passed' | 'failed' | 'undecided';
  /** What was found. */
  readonly found?: string;
  /** What would have been needed; only where it failed. */
  readonly needed?: string;
}

const ALWAYS: readonly CheckName[] = ['readable', 'subject', 'signer kind', 'content'];

/**
 * For each reason that cryptography gives: which check it fails, and which ones are finished by then. Verification
 * stops at the first thing that is wrong, and what it had looked at in part is not counted as passed.
 */
const FAILED: { readonly [Code in ErrorCode]?: readonly [CheckName, readonly CheckName[]] } = {
  SIGNATURE_MALFORMED: ['readable', []],
  SIGNATURE_UNSUPPORTED: ['readable', []],
  LIMIT_EXCEEDED: ['readable', []],
  SUBJECT_MISMATCH: ['subject', ['readable']],
  SIGNER_KIND_MISMATCH: ['signer kind', ['readable', 'subject']],
  CERTIFICATE_INVALID: ['certificate', ['readable', 'subject', 'signer kind']],
  SIGNATURE_INVALID: ['content', ['readable', 'subject', 'signer kind']],
  KEY_MISMATCH: ['content', ['readable', 'subject', 'signer kind']],
  LOG_ENTRY_MISSING: ['log entry', ALWAYS],
  LOG_UNTRUSTED: ['log entry', ALWAYS],
  LOG_ENTRY_MISMATCH: ['log entry', ALWAYS],
  LOG_ENTRY_INVALID: ['log entry', ALWAYS],
  TIMESTAMP_MISSING: ['signing time', ALWAYS],
  TIMESTAMP_UNTRUSTED: ['signing time', ALWAYS],
  TIMESTAMP_INVALID: ['signing time', ALWAYS],
  CERTIFICATE_EXPIRED: ['certificate', ALWAYS],
  CERTIFICATE_UNTRUSTED: ['certificate', ALWAYS],
  SCT_INVALID: ['certificate log', ALWAYS],
};

/** How one signature stands to each thing that a trust policy demands. What it does not demand is left out. */
export function checksOf(policy: TrustPolicy, outcome: SignatureOutcome): readonly Check[] {
  if (outcome.kind === 'signed') {
    const passed = demandedChecks(policy)
      .filter((check) => !isAboutSigner(check))
      .map((check): Check => ({ check, result: 'passed' }));
    return [...passed, ...signerChecks(policy, outcome.signature.signer)];
  }
  const { reason: why, claimed } = outcome;
  const [failed, passed]: readonly [CheckName?, (readonly CheckName[])?] = FAILED[why.code] ?? [];
  return CHECKS.filter((check) => check === failed || demandedChecks(policy).includes(check)).map((check) => {
    if (check === failed) return { check, result: 'failed', found: why.message, needed: why.remediation };
    if (passed?.includes(check) === true) return { check, result: 'passed' };
    return { check, result: 'undecided', ...claim(check, claimed) };
  });
}

/** The checks that a trust policy asks for. */
export function demandedChecks({ signedBy, tLogVerify }: TrustPolicy): readonly CheckName[] {
  const keyless = signedBy.kind === 'keyless';
  const withLog: readonly CheckName[] = tLogVerify ? ['log entry'] : [];
  const withTime: readonly CheckName[] = tLogVerify || keyless ? ['signing time'] : [];
  if (!keyless) return [...ALWAYS, ...withLog, ...withTime];
  const withScts: readonly CheckName[] = signedBy.ctLogVerify ? ['certificate log'] : [];
  return [...ALWAYS, ...withLog, ...withTime, 'certificate', ...withScts, 'issuer', 'identity'];
}

function isAboutSigner(check: CheckName): boolean {
  return check === 'issuer' || check === 'identity';
}

/** The signer is proven. An identity counts only together with an issuer of the same entry. */
function signerChecks({ signedBy }: TrustPolicy, signer: Signer): readonly Check[] {
  if (signedBy.kind !== 'keyless' || signer.kind !== 'keyless') return [];
  const { issuer, identity } = signer;
  const byIssuer = signedBy.identities.filter((entry) => entry.issuer.matches(issuer));
  const candidates = byIssuer.length > 0 ? byIssuer : signedBy.identities;
  return [
    compared('issuer', issuer, byIssuer.length > 0, signedBy.identities),
    compared(
      'identity',
      identity,
      candidates.some((entry) => entry.identity.matches(identity)),
      candidates,
    ),
  ];
}

function compared(
  check: 'issuer' | 'identity',
  found: string,
  matches: boolean,
  entries: readonly IdentityRequirement[],
): Check {
  if (matches) return { check, result: 'passed', found };
  const needed = [...new Set(entries.map((entry) => formatMatcher(entry[check])))].join(', or ');
  return { check, result: 'failed', found, needed };
}

function claim(check: CheckName, claimed: Signer | undefined): Pick<Check, 'found'> {
  if (claimed?.kind !== 'keyless' || (check !== 'issuer' && check !== 'identity')) return {};
  return { found: `${claimed[check]} (claimed, not proven)` };
}
