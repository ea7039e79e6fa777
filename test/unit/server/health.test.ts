import { describe, expect, it } from 'vitest';
import { createHealthApp, type ReadinessPart } from '../../../src/server/health.ts';
import { createMetricsApp } from '../../../src/server/metrics-endpoint.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { keyResult, VERIFIED } from '../../support/verification-service.ts';

const certificate = { name: 'certificate', ready: true, state: ['CN=server'] };
const pending = { name: 'configuration', ready: false, state: ['not loaded yet'] };
const loaded = { name: 'configuration', ready: true, state: ['Verifier a: stale', '    FIELD_UNKNOWN: x'] };

async function get(parts: readonly ReadinessPart[], url: string, alive = true) {
  const app = createHealthApp({ parts: () => parts, isAlive: async () => alive });
  const { statusCode, headers, body } = await app.inject(url);
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  return [statusCode, body];
}

describe('health', () => {
  it('is healthy while the event loop and the threads answer', async () => {
    expect(await get([pending], '/healthz')).toEqual([200, 'ok\n']);
    expect(await get([loaded], '/healthz', false)).toEqual([503, 'the verification threads do not answer\n']);
  });

  it('is ready when all parts are, good or bad', async () => {
    expect(await get([certificate, pending], '/readyz')).toEqual([503, 'not ready\n']);
    expect(await get([certificate, loaded], '/readyz')).toEqual([200, 'ok\n']);
  });

  it('lists the parts with their state', async () => {
    expect(await get([certificate, loaded], '/readyz?verbose')).toEqual([
      200,
      '[+] certificate\n    CN=server\n[+] configuration\n    Verifier a: stale\n        FIELD_UNKNOWN: x\nok\n',
    ]);
    expect(await get([certificate, pending], '/readyz?verbose')).toEqual([
      503,
      '[+] certificate\n    CN=server\n[-] configuration\n    not loaded yet\nnot ready\n',
    ]);
  });
});

describe('metrics', () => {
  it.each([
    [undefined, 'text/plain; version=0.0.4; charset=utf-8'],
    ['text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'text/plain; version=0.0.4; charset=utf-8'],
    [
      'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3',
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ],
  ])('are in the format that is asked for: %s', async (accept, type) => {
    const metrics = createMetrics();
    metrics.verdict(keyResult('a', VERIFIED), undefined);

    const { statusCode, headers, body } = await createMetricsApp(metrics).inject({
      url: '/metrics',
      headers: accept === undefined ? {} : { accept },
    });

    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe(type);
    expect(body).toContain('countersign_verdicts_total{kind="verified",code=""} 1');
  });
});
