import type { Candidate, Finding } from '../cosign/candidate.ts';
import { discover, type Subject } from '../cosign/discovery.ts';
import { type Reason, reasonOf } from '../errors.ts';
import { judgeSigner, type SignatureOutcome } from '../policy/judge.ts';
import { formatResource } from '../policy/resource.ts';
import type { TrustPolicy } from '../policy/trust-policy.ts';
import type { CallContext } from '../registry/client.ts';
import { ownerOf } from '../registry/reference.ts';
import type { SignatureSource, Signer } from '../verdict.ts';
import { trustSpecOf } from '../verification/trust-spec.ts';
import { type Check, checksOf } from './checks.ts';
import { type Claims, readClaims } from './claims.ts';
import { bySource } from './source-order.ts';
import { type Attachment, taggedAttachments } from './tagged-attachments.ts';
import type { Workbench } from './workbench.ts';

/** One signature, with how it stands to every trust policy that governs. */
interface ExaminedSignature extends SignatureSource {
  /** What it says of itself; absent where it can't be read. */
  readonly claims?: Claims;
  readonly policies: readonly PolicyStanding[];
}

interface PolicyStanding {
  readonly policy: string;
  readonly verifier: string;
  readonly satisfied: boolean;
  readonly checks: readonly Check[];
  /** Why it is not satisfied. */
  readonly reason?: Reason;
  /** Proven. */
  readonly signer?: Signer;
}

/** Everything that is attached to an image, looked at to the end, where a verdict stops once it is certain. */
export interface Examination {
  readonly signatures: readonly ExaminedSignature[];
  /** What is attached without being a signature, by its artifact type or predicate type. */
  readonly others: readonly Attachment[];
  /** Places that could not be asked. */
  readonly failures: readonly { readonly path: SignatureSource['path']; readonly reason: Reason }[];
}

/** Holds every signature of an image against every trust policy that governs it, check by check. */
export async function examine(
  { client, signatures }: Workbench,
  subject: Subject,
  policies: readonly TrustPolicy[],
  call: CallContext,
): Promise<Examination> {
  const findings: Finding[] = [];
  const [tagged] = await Promise.all([
    taggedAttachments(client, subject, call),
    discover(client, subject, call, (finding) => findings.push(finding)),
  ]);
  const parts = await Promise.all(findings.map((finding) => examineFinding(finding)));
  return {
    signatures: parts.flatMap((part) => part.signatures ?? []).toSorted(bySource),
    others: [...parts.flatMap((part) => part.others ?? []), ...tagged],
    failures: parts.flatMap((part) => part.failures ?? []),
  };

  async function examineFinding(finding: Finding): Promise<Partial<Examination>> {
    switch (finding.kind) {
      case 'candidate':
        return examineCandidate(finding.candidate);
      case 'malformed': {
        const { source, reason } = finding;
        const standings = policies.map((policy) => standingOf(policy, { kind: 'invalid', reason }));
        return { signatures: [{ ...source, policies: standings }] };
      }
      case 'failure':
        return { failures: [{ path: finding.path, reason: finding.reason }] };
      case 'passed-over':
        return { others: [{ manifest: finding.manifest, artifactType: finding.artifactType }] };
    }
  }

  async function examineCandidate({ source, content }: Candidate): Promise<Partial<Examination>> {
    const standings: PolicyStanding[] = [];
    const waiting = { owner: ownerOf(subject.repository), signal: call.signal };
    for (const policy of policies) {
      const outcome = await signatures
        .verify(content, subject.digest, trustSpecOf(policy), waiting)
        .catch((error: unknown) => ({ kind: 'invalid' as const, reason: reasonOf(error) }));
      if (outcome.kind === 'attestation') {
        return { others: [{ manifest: source.manifest, artifactType: outcome.predicateType }] };
      }
      standings.push(standingOf(policy, outcome));
    }
    const claims = readClaims(content, subject.digest);
    return { signatures: [{ ...source, policies: standings, ...(!('code' in claims) && { claims }) }] };
  }
}

function standingOf(policy: TrustPolicy, outcome: SignatureOutcome): PolicyStanding {
  const result = judgeSigner(policy, outcome);
  const signer = result.kind === 'satisfied' ? result.signature.signer : result.signer;
  return {
    policy: policy.name,
    verifier: formatResource(policy.verifier),
    satisfied: result.kind === 'satisfied',
    checks: checksOf(policy, outcome),
    ...(result.kind === 'failed' && { reason: result.reason }),
    ...(signer !== undefined && { signer }),
  };
}
