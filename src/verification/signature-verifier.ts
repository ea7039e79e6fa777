import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CandidateContent } from '../cosign/candidate.ts';
import { limits } from '../limits.ts';
import type { Digest } from '../registry/digest.ts';
import type { Owner } from '../shares.ts';
import type { TrustSpec, VerificationOutcome } from '../sigstore/outcome.ts';
import type { SignatureTask } from './signature-worker.ts';
import { ThreadHealth } from './thread-health.ts';
import { WorkerPool } from './worker-pool.ts';

interface SignatureCall {
  /** Signatures of different hosts and repositories take turns. */
  readonly owner: Owner;
  /** Ends waiting for a free thread. */
  readonly signal: AbortSignal;
}

export interface SignatureVerifier {
  /**
   * Verifies one signature of `subject`. Whatever is wrong with the signature is an outcome, not an error.
   *
   * @throws VERIFICATION_TIMEOUT, OVERLOADED, DEADLINE_EXCEEDED, INTERNAL_ERROR
   */
  verify(
    content: CandidateContent,
    subject: Digest,
    trust: TrustSpec,
    call: SignatureCall,
  ): Promise<VerificationOutcome>;
  /** Stops the threads. What is under way ends with INTERNAL_ERROR. */
  close(): Promise<void>;
}

/** A SignatureVerifier, and what its threads say of themselves. */
export interface VerificationThreads extends SignatureVerifier {
  /**
   * Starts all threads, which takes longer than some deadlines; without it they start with the first signature. Resolves
   * when they are ready, or not in time. Never rejects.
   */
  start(): Promise<void>;
  /** Signatures that are being verified, and those that wait for a thread. */
  load(): { readonly running: number; readonly waiting: number };
  /** Whether the threads do what they are told. Where they do not, they are replaced. */
  isAlive(): Promise<boolean>;
}

export interface SignatureVerifierOptions {
  /** Optional. By default as many as the machine can run at once. */
  readonly threads?: number;
  /** Milliseconds that one verification may run. Optional, 2000 by default. */
  readonly timeLimitMs?: number;
  /** Bytes of the signatures that wait for a free thread before more are refused. Optional, 64 MiB by default. */
  readonly maxQueue?: number;
  /** Called each time a thread had to be replaced. Optional. */
  readonly onWorkerRestart?: () => void;
}

/** Verifies in worker threads, so that neither honest nor hostile signatures keep the event loop from answering. */
export function createSignatureVerifier(options: SignatureVerifierOptions = {}): VerificationThreads {
  const threads = options.threads ?? availableParallelism();
  const pool = new WorkerPool<SignatureTask, VerificationOutcome>({
    filename: workerFile(),
    exportName: 'verifySignature',
    threads,
    timeLimitMs: options.timeLimitMs ?? limits.verificationTime,
    maxQueue: options.maxQueue ?? limits.verificationQueue,
    maxMemoryMb: limits.verificationMemory,
    onRestart: options.onWorkerRestart ?? (() => {}),
  });
  const health = new ThreadHealth({
    ping: () => pool.ping(),
    replace: () => pool.replace(),
    timeLimit: limits.threadAnswer,
    patience: limits.threadPatience,
  });
  return {
    async start() {
      const pings = Array.from({ length: threads }, () => pool.ping());
      const tooLate = new AbortController();
      const { signal } = tooLate;
      await Promise.race([
        Promise.allSettled(pings),
        delay(limits.threadAnswer, undefined, { signal }).catch(() => {}),
      ]);
      tooLate.abort();
    },
    load: () => pool.load,
    isAlive: () => health.isAlive(),
    verify: (content, subject, trust, call) =>
      pool.run({ content: compact(content), subject, trust }, { ...call, weight: weightOf(content) }),
    close: () => pool.close(),
  };
}

/** Beside this file: TypeScript in the repository, JavaScript in the built package. */
function workerFile(): string {
  const source = fileURLToPath(new URL('./signature-worker.ts', import.meta.url));
  return source.replace(/\.ts$/, extname(import.meta.url));
}

/** What waits beside the content. */
const OVERHEAD = 1024;

/** Bytes. */
function weightOf(content: CandidateContent): number {
  if (content.kind === 'bundle') return content.bytes.length + OVERHEAD;
  const annotations = Object.values(content.annotations).reduce((sum, text) => sum + text.length, 0);
  return content.payload.length + annotations + OVERHEAD;
}

/** Sent to a thread, a view would take along the whole memory that it is a view of. */
function compact(content: CandidateContent): CandidateContent {
  return content.kind === 'bundle'
    ? { kind: 'bundle', bytes: new Uint8Array(content.bytes) }
    : { ...content, payload: new Uint8Array(content.payload) };
}
