import { reason } from '../../src/errors.ts';
import type { Verdict } from '../../src/verdict.ts';
import type { KeyResult, PinResult, VerificationService } from '../../src/verification/service.ts';

export const VERIFIED: Verdict = { kind: 'verified', reports: [] };
export const REJECTED: Verdict = {
  kind: 'rejected',
  reasons: [reason('SIGNATURE_NOT_FOUND', 'No signature is attached')],
  reports: [],
};
export const UNAVAILABLE: Verdict = {
  kind: 'unavailable',
  cause: reason('REGISTRY_UNREACHABLE', 'The connection to r was refused'),
  reports: [],
};

export function keyResult(key: string, verdict: Verdict, more: Partial<KeyResult> = {}): KeyResult {
  return { key, verdict, cache: 'miss', policies: ['p'], durations: { total: 1 }, ...more };
}

export interface FakeService extends VerificationService {
  /** Keys in the order in which they were asked. */
  readonly asked: string[];
}

/** A service that answers as it is told: by default everything is verified, and pinned to the same digest. */
export function fakeService(
  behaviour: {
    readonly verify?: (key: string) => Promise<KeyResult> | KeyResult;
    readonly pin?: (key: string) => Promise<PinResult> | PinResult;
  } = {},
): FakeService {
  const asked: string[] = [];
  return {
    asked,
    async verify(key) {
      asked.push(key);
      return await (behaviour.verify?.(key) ?? keyResult(key, VERIFIED));
    },
    async pin(key) {
      asked.push(key);
      return await (behaviour.pin?.(key) ?? { key, value: `${key}@sha256:${'0'.repeat(64)}` });
    },
  };
}
