import { systemClock } from '../../../src/clock.ts';
import { limits } from '../../../src/limits.ts';
import { createApp } from '../../../src/server/app.ts';
import { parseProviderRequest, VERIFY_PATH } from '../../../src/server/provider-protocol.ts';
import { parseStrictJson } from '../../../src/strict-json.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import type { KeyResult, VerificationService } from '../../../src/verification/service.ts';
import { accepted } from '../accepted.ts';
import { editedJson } from '../json-edits.ts';
import { bytesOf, type FuzzTarget, must, textOf } from '../target.ts';

const SIGNED = 'ghcr.io/org/signed@sha256:'.concat('ab'.repeat(32));
const HONEST = [[SIGNED], [SIGNED, 'nginx', 'nginx', '[team-a]nginx'], ['']].map((keys) =>
  JSON.stringify({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys },
  }),
);
const TOKENS = [SIGNED, 'nginx', 'keys', 'request', 'Keys', 'apiVersion', 'ProviderResponse', '__proto__'];

const reason = { code: 'SIGNATURE_NOT_FOUND', message: 'm', remediation: 'r' } as const;

/** One image is signed, all others are not. */
const service: VerificationService = {
  verify: async (key): Promise<KeyResult> => ({
    key,
    verdict:
      key === SIGNED
        ? { kind: 'verified', reports: [] }
        : { kind: 'rejected', reasons: [reason], reports: [] },
    cache: 'none',
    policies: [],
    durations: { total: 0 },
  }),
  pin: async (key) => ({ key, error: reason }),
};

const app = createApp({
  service,
  clock: systemClock,
  logger: createLogger({ level: 'silent', format: 'json' }),
  metrics: createMetrics(),
});

interface Answer {
  readonly kind?: unknown;
  readonly response?: { readonly items?: unknown; readonly systemError?: unknown };
}

/** The body of a request, through the whole server. */
export const requestBody: FuzzTarget = {
  name: 'request-body',
  stages: ['JSON', 'keys', 'answered by key'],
  inputs: editedJson(HONEST, TOKENS).map((edited) => textOf(Buffer.from(edited))),
  async check(input, reached) {
    const payload = bytesOf(input);
    if (accepted(() => parseStrictJson(payload)) !== undefined) reached('JSON');
    // A larger one is refused before it is parsed.
    const isRead = payload.length <= limits.requestBody;
    const keys = isRead ? accepted(() => parseProviderRequest(payload)) : undefined;
    if (keys !== undefined) reached('keys');
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: VERIFY_PATH,
      payload,
      headers: { 'content-type': 'application/json' },
    });
    const { kind, response }: Answer = JSON.parse(body);
    must(kind === 'ProviderResponse', 'the answer is no ProviderResponse');
    must(
      Array.isArray(response?.items) && typeof response.systemError === 'string',
      'the answer lacks a field',
    );
    const items: { key: string; value?: { isSuccess?: unknown } }[] = response.items;
    if (keys === undefined) {
      must(
        statusCode >= 400 && items.length === 0 && response.systemError !== '',
        'a bad request has an answer',
      );
      return;
    }
    reached('answered by key');
    must(statusCode === 200, `a good request has the status ${statusCode}`);
    must(
      JSON.stringify(items.map(({ key }) => key)) === JSON.stringify(keys),
      'other keys are answered than asked',
    );
    for (const { key, value } of items)
      must(value?.isSuccess === (key === SIGNED), `a wrong answer for ${key}`);
  },
};
