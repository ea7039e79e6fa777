import type { Clock } from '../clock.ts';
import type { Candidate, Finding } from '../cosign/candidate.ts';
import { discover, type Subject } from '../cosign/discovery.ts';
import { reasonOf } from '../errors.ts';
import { decide, type Evidence } from '../policy/decision.ts';
import { judgeSigner } from '../policy/judge.ts';
import type { Governance } from '../policy/snapshot.ts';
import type { TrustPolicy } from '../policy/trust-policy.ts';
import type { CallContext, RegistryClient } from '../registry/client.ts';
import { ownerOf, repositoryName } from '../registry/reference.ts';
import type { VerificationOutcome } from '../sigstore/outcome.ts';
import type { SignatureReport, Verdict } from '../verdict.ts';
import type { SignatureVerifier } from './signature-verifier.ts';
import { trustSpecOf } from './trust-spec.ts';

/** A verdict, and how long it took to come by, in milliseconds. */
export interface SubjectJudgement {
  readonly verdict: Verdict;
  readonly durations: { readonly discover: number; readonly verify: number };
}

type Governed = Extract<Governance, { kind: 'governed' }>;

/** Finds, verifies and judges the signatures of one image. Rejects only where a part breaks its contract. */
export type SubjectVerifier = (
  subject: Subject,
  governance: Governed,
  call: CallContext,
) => Promise<SubjectJudgement>;

export interface SubjectVerifierParts {
  readonly client: RegistryClient;
  readonly signatures: SignatureVerifier;
  readonly clock: Clock;
}

export function createSubjectVerifier(parts: SubjectVerifierParts): SubjectVerifier {
  return (subject, governance, call) => new Examination(parts, subject, governance).run(call);
}

/** The evidence while it is gathered; nobody else writes to it. */
type Gathered = {
  -readonly [Part in keyof Evidence]: Evidence[Part] extends readonly (infer T)[] ? T[] : Evidence[Part];
};

class Examination {
  readonly #parts: SubjectVerifierParts;
  readonly #subject: Subject;
  readonly #governance: Governed;
  readonly #evidence: Gathered = {
    candidates: [],
    malformed: [],
    failures: [],
    passedOver: [],
    attested: [],
    complete: false,
  };
  readonly #judging: Promise<void>[] = [];
  readonly #decided = Promise.withResolvers<Verdict>();
  /** Ends what is still under way once the verdict is there. */
  readonly #over = new AbortController();

  constructor(parts: SubjectVerifierParts, subject: Subject, governance: Governed) {
    this.#parts = parts;
    this.#subject = subject;
    this.#governance = governance;
  }

  async run(call: CallContext): Promise<SubjectJudgement> {
    const { client, clock } = this.#parts;
    const started = clock.monotonic();
    let discovered: number | undefined;
    const signal = AbortSignal.any([call.signal, this.#over.signal]);
    const take = (finding: Finding) => this.#take(finding, signal);
    const gathering = discover(client, this.#subject, { ...call, signal }, take)
      .then(() => {
        discovered = clock.monotonic() - started;
        return Promise.all(this.#judging);
      })
      .then(() => {
        this.#evidence.complete = true;
        this.#decide();
      });
    gathering.catch(this.#decided.reject);
    try {
      const verdict = await this.#decided.promise;
      const total = clock.monotonic() - started;
      return { verdict, durations: { discover: discovered ?? total, verify: total - (discovered ?? total) } };
    } finally {
      this.#over.abort();
    }
  }

  #take(finding: Finding, signal: AbortSignal): void {
    switch (finding.kind) {
      case 'candidate':
        this.#judging.push(this.#judge(finding.candidate, signal));
        return;
      case 'malformed':
        this.#evidence.malformed.push(finding);
        return;
      case 'failure':
        this.#evidence.failures.push(finding);
        return;
      case 'passed-over':
        this.#evidence.passedOver.push(finding.artifactType);
        return;
    }
  }

  /** Holds one candidate against every policy; policies that ask the same of cryptography share the answer. */
  async #judge(candidate: Candidate, signal: AbortSignal): Promise<void> {
    const outcomes = new Map<string, Promise<VerificationOutcome>>();
    const verify = (policy: TrustPolicy): Promise<VerificationOutcome> => {
      const trust = trustSpecOf(policy);
      const asked = outcomes.get(trust.fingerprint);
      if (asked !== undefined) return asked;
      const outcome = this.#verify(candidate, trust, signal);
      outcomes.set(trust.fingerprint, outcome);
      return outcome;
    };
    const judged = await Promise.all(
      this.#governance.policies.map(async (policy) => ({ policy, outcome: await verify(policy) })),
    );
    const reports: SignatureReport[] = [];
    for (const { policy, outcome } of judged) {
      if (outcome.kind === 'attestation') {
        this.#evidence.attested.push(outcome.predicateType);
        return;
      }
      reports.push({
        source: candidate.source,
        verifier: policy.verifier.name,
        policy: policy.name,
        result: judgeSigner(policy, outcome),
      });
    }
    this.#evidence.candidates.push(reports);
    this.#decide();
  }

  /** A candidate that can't be judged is one more thing that could not be told, never an exception. */
  async #verify(
    { content }: Candidate,
    trust: ReturnType<typeof trustSpecOf>,
    signal: AbortSignal,
  ): Promise<VerificationOutcome> {
    const { repository, digest } = this.#subject;
    try {
      return await this.#parts.signatures.verify(content, digest, trust, {
        owner: ownerOf(repository),
        signal,
      });
    } catch (error) {
      return { kind: 'invalid', reason: reasonOf(error) };
    }
  }

  #decide(): void {
    const { policies, enforcement } = this.#governance;
    const { repository, digest } = this.#subject;
    const subject = `${repositoryName(repository)}@${digest}`;
    const verdict = decide({ subject, policies, enforcement }, this.#evidence);
    if (verdict !== undefined) this.#decided.resolve(verdict);
  }
}
