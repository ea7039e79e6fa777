import { LRUCache } from 'lru-cache';
import type { CandidateContent } from '../cosign/candidate.ts';
import { limits } from '../limits.ts';
import type { Digest } from '../registry/digest.ts';
import type { TrustSpec, VerificationOutcome } from '../sigstore/outcome.ts';
import { type CompiledTrust, compileTrust } from '../sigstore/trust-material.ts';
import { verifyContent } from './verify-content.ts';
import { announceStart, type WorkerTask } from './worker-task.ts';

export { ping } from './worker-task.ts';

/** One signature, and what it is to be held against. */
export interface SignatureTask {
  readonly content: CandidateContent;
  readonly subject: Digest;
  readonly trust: TrustSpec;
}

/** The function that each verification thread runs. */
export const verifySignature = createSignatureWorker();

function createSignatureWorker(): (task: WorkerTask<SignatureTask>) => VerificationOutcome {
  const ready = new LRUCache<string, CompiledTrust>({ max: limits.trustMaterials });
  function compiled(spec: TrustSpec): CompiledTrust {
    const kept = ready.get(spec.fingerprint);
    if (kept !== undefined) return kept;
    const trust = compileTrust(spec);
    ready.set(spec.fingerprint, trust);
    return trust;
  }
  return (task) => {
    announceStart(task);
    const { content, subject, trust } = task.input;
    return verifyContent(content, subject, () => compiled(trust), Date.now());
  };
}
