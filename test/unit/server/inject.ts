import type { FastifyInstance } from 'fastify';
import { systemClock } from '../../../src/clock.ts';
import { type AppOptions, createApp } from '../../../src/server/app.ts';
import type { ProviderResponse } from '../../../src/server/provider-protocol.ts';
import type { VerificationValue } from '../../../src/server/response-item.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { fakeService } from '../../support/verification-service.ts';

export const VERIFY = '/ratify/gatekeeper/v1/verify';
export const MUTATE = '/ratify/gatekeeper/v1/mutate';

export function testApp(options: Partial<AppOptions> = {}): FastifyInstance {
  return createApp({
    service: fakeService(),
    clock: systemClock,
    logger: createLogger({ level: 'silent', format: 'json' }),
    metrics: createMetrics(),
    ...options,
  });
}

export function providerRequest(keys: unknown): string {
  return JSON.stringify({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys },
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: ProviderResponse;
}

export async function post(
  app: FastifyInstance,
  url: string,
  payload: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const { statusCode, headers: answered, body } = await app.inject({ method: 'POST', url, payload, headers });
  return { status: statusCode, headers: answered, body: JSON.parse(body) };
}

/** The values of an answer; the wire carries any JSON there. */
export function values(answer: Answer): VerificationValue[] {
  return answer.body.response.items.map(({ value }) => value as VerificationValue);
}
