import type { Clock } from '../clock.ts';
import { CountersignError, catalogue, type Reason, reasonOf } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Governance, Snapshot } from '../policy/snapshot.ts';
import { createByteBudget } from '../registry/byte-budget.ts';
import type { Digest } from '../registry/digest.ts';
import {
  formatReference,
  ownerOf,
  type Reference,
  type Repository,
  repositoryName,
} from '../registry/reference.ts';
import type { Verdict } from '../verdict.ts';
import { byDeadline } from './deadline.ts';
import type { Flights } from './flights.ts';
import { parseMutationKey, parseVerificationKey } from './key.ts';
import type { CacheUse, KeyResult, PinResult, RequestOptions, VerificationService } from './service.ts';
import type { SubjectJudgement, SubjectVerifier } from './subject-verifier.ts';
import type { TagResolver } from './tag-resolver.ts';
import type { VerdictCache } from './verdict-cache.ts';

export interface ImageVerifierParts {
  readonly clock: Clock;
  /** The configuration in force; taken once a key. */
  readonly snapshot: () => Snapshot;
  readonly resolver: TagResolver;
  readonly verdicts: VerdictCache;
  readonly flights: Flights<SubjectJudgement>;
  readonly verifySubject: SubjectVerifier;
}

type Governed = Extract<Governance, { kind: 'governed' }>;

/** What is known of a key so far; what stands here when the deadline comes goes into the answer. */
interface Progress {
  readonly traceId: string | undefined;
  subject?: string;
  systemError?: Reason;
  cache: CacheUse;
  policies: readonly string[];
  resolve?: number;
  judgement?: SubjectJudgement;
}

/** The way of one key, from its text to its verdict. Every exception ends as the verdict of that key alone. */
export class ImageVerifier implements VerificationService {
  readonly #parts: ImageVerifierParts;

  constructor(parts: ImageVerifierParts) {
    this.#parts = parts;
  }

  async verify(key: string, options: RequestOptions): Promise<KeyResult> {
    const { clock } = this.#parts;
    const started = clock.monotonic();
    const progress: Progress = { traceId: options.traceId, cache: 'none', policies: [] };
    const verdict = await byDeadline(options.deadline, clock, () => this.#judge(key, progress)).catch(
      verdictOfError,
    );
    const { subject, systemError, cache, policies, resolve, judgement } = progress;
    return {
      key,
      verdict,
      cache,
      policies,
      ...(subject !== undefined && { subject }),
      ...(systemError !== undefined && { systemError }),
      durations: {
        total: clock.monotonic() - started,
        ...(resolve !== undefined && { resolve }),
        ...(cache === 'miss' && judgement?.durations),
      },
    };
  }

  async pin(key: string, options: RequestOptions): Promise<PinResult> {
    try {
      const { deadline, traceId } = options;
      return { key, value: await byDeadline(deadline, this.#parts.clock, () => this.#pin(key, traceId)) };
    } catch (error) {
      return { key, error: reasonOf(error) };
    }
  }

  async #judge(key: string, progress: Progress): Promise<Verdict> {
    const snapshot = this.#parts.snapshot();
    const { namespace, reference } = parseVerificationKey(key);
    progress.subject = formatReference(reference);

    const asNamed = governedOrThrow(snapshot.governing(reference, namespace), reference, progress);
    const digest = reference.digest ?? (await this.#resolve(reference, asNamed, progress));
    const { repository } = reference;
    progress.subject = `${repositoryName(repository)}@${digest}`;

    // A policy for this very digest governs it under whatever tag it was asked for.
    const governance =
      reference.digest === undefined
        ? governedOrThrow(snapshot.governing(reference, namespace, digest), reference, progress)
        : asNamed;
    return this.#verdict(repository, digest, governance, progress);
  }

  async #verdict(
    repository: Repository,
    digest: Digest,
    governance: Governed,
    progress: Progress,
  ): Promise<Verdict> {
    const { verdicts, flights, verifySubject } = this.#parts;
    const key = `${governance.fingerprint} ${repositoryName(repository)}@${digest}`;
    const kept = verdicts.get(key);
    if (kept !== undefined) {
      progress.cache = 'hit';
      return kept;
    }
    const flight = flights.join(key, ownerOf(repository), async (signal) => {
      const { traceId } = progress;
      const call = {
        signal,
        budget: createByteBudget(limits.subjectBytes),
        ...(traceId !== undefined && { traceId }),
      };
      const judgement = await verifySubject(
        { repository, digest, access: governance.access },
        governance,
        call,
      );
      verdicts.set(key, judgement.verdict);
      return judgement;
    });
    progress.cache = flight.shared ? 'shared' : 'miss';
    progress.judgement = await flight.result;
    return progress.judgement.verdict;
  }

  async #resolve(reference: Reference, governance: Governed, progress: Progress): Promise<Digest> {
    const started = this.#parts.clock.monotonic();
    try {
      return await this.#digestOf(reference, governance.access, progress.traceId);
    } finally {
      progress.resolve = this.#parts.clock.monotonic() - started;
    }
  }

  async #pin(key: string, traceId: string | undefined): Promise<string> {
    const reference = parseMutationKey(key);
    // The mutation's answer comes back as a key of the next one: what has a digest stays as it is.
    if (reference.digest !== undefined) return key;
    const access = this.#parts.snapshot().access(reference);
    if ('code' in access) throw new CountersignError(access.code, access.message, access);
    const digest = await this.#digestOf(reference, access, traceId);
    return `${repositoryName(reference.repository)}@${digest}`;
  }

  async #digestOf(
    reference: Reference,
    access: Governed['access'],
    traceId: string | undefined,
  ): Promise<Digest> {
    // The grammar gives every reference a tag or a digest.
    const digest = await this.#parts.resolver.resolve(
      { ...reference, tag: reference.tag ?? 'latest' },
      access,
      traceId,
    );
    if (digest !== undefined) return digest;
    throw new CountersignError('IMAGE_NOT_FOUND', `the registry has no image ${formatReference(reference)}`);
  }
}

function governedOrThrow(governance: Governance, reference: Reference, progress: Progress): Governed {
  switch (governance.kind) {
    case 'governed':
      progress.policies = governance.policies.map((policy) => policy.name);
      if (reference.digest === undefined && governance.requireDigest) {
        const message = `${formatReference(reference)} is named by tag, and ${policyNames(governance)} demands a digest`;
        throw new CountersignError('TAG_NOT_PINNED', message);
      }
      return governance;
    case 'system':
      progress.systemError = governance.reason;
      throw errorOf(governance.reason);
    case 'invalid':
      throw errorOf(governance.reason);
    case 'ungoverned':
      throw new CountersignError('NO_MATCHING_POLICY', ungoverned(reference, governance.nearest));
  }
}

function ungoverned(reference: Reference, nearest: readonly string[]): string {
  const scopes =
    nearest.length === 0 ? 'no scope comes near' : `the nearest scopes are ${nearest.join(', ')}`;
  return `no trust policy governs ${formatReference(reference)}; ${scopes}`;
}

function policyNames(governance: Governed): string {
  return governance.policies.map((policy) => `trust policy ${policy.name}`).join(' or ');
}

function errorOf(reason: Reason): CountersignError {
  return new CountersignError(reason.code, reason.message, { remediation: reason.remediation });
}

/** What the image is at fault for is a rejection; everything else means that nobody could tell. */
function verdictOfError(error: unknown): Verdict {
  const reason = reasonOf(error);
  const { class: errorClass } = catalogue[reason.code];
  if (errorClass === 'rejected' || errorClass === 'request')
    return { kind: 'rejected', reasons: [reason], reports: [] };
  const retryAfter = error instanceof CountersignError ? error.retryAfter : undefined;
  return { kind: 'unavailable', cause: reason, reports: [], ...(retryAfter !== undefined && { retryAfter }) };
}
