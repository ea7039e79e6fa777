import { expect, it } from 'vitest';
import { reason } from '../../../src/errors.ts';
import { readinessParts } from '../../../src/server/readiness.ts';
import type { ServiceState } from '../../../src/telemetry/service-state.ts';

const NOW = Date.UTC(2026, 0, 10);
const DAY = 24 * 60 * 60 * 1_000;

const state: ServiceState = {
  certificate: {
    subject: 'O=acme\nCN=server',
    expires: NOW + 1.5 * DAY,
    problem: reason('CERTIFICATE_UNREADABLE', 'tls.key cannot be read'),
  },
  configuration: {
    generation: 7,
    resources: [
      { kind: 'Verifier', title: 'Verifier a', state: 'valid', reasons: [] },
      {
        kind: 'Policy',
        title: 'Policy b',
        state: 'stale',
        reasons: [reason('FIELD_UNKNOWN', 'b.yaml:3: x')],
      },
    ],
    remarks: ['warning PLAIN_HTTP: c'],
  },
  trustRoots: [
    { name: 'old', asOf: NOW - 40 * DAY, expires: NOW - DAY },
    { name: 'endless', asOf: NOW, expires: undefined },
  ],
  caches: { verdicts: { entries: 2, bytes: 300 }, tags: { entries: 1 }, content: { entries: 0, bytes: 0 } },
  work: { verifications: 1, resolutions: 2, signatures: { running: 3, waiting: 4 } },
  backingOff: [
    { host: 'ghcr.io', code: 'REGISTRY_THROTTLED', retryAfter: 30 },
    { host: 'r.test', repository: 'app', code: 'REGISTRY_ERROR', retryAfter: 1 },
  ],
};

it('is not ready before there is a state', () => {
  expect(readinessParts(undefined, NOW).every(({ ready }) => ready)).toBe(false);
});

it('shows the state of each part; what is wrong does not stand in the way', () => {
  const parts = readinessParts(state, NOW);

  expect(parts.every(({ ready }) => ready)).toBe(true);
  expect(Object.fromEntries(parts.map((part) => [part.name, part.state]))).toEqual({
    certificate: [
      'O=acme, CN=server, expires on 2026-01-11, in 1 day',
      'what is on disk is not in force: CERTIFICATE_UNREADABLE: tls.key cannot be read',
    ],
    configuration: [
      'generation 7',
      'Verifier a: valid',
      'Policy b: stale',
      '    FIELD_UNKNOWN: b.yaml:3: x',
      'warning PLAIN_HTTP: c',
    ],
    'trust roots': [
      'old: as of 2025-12-01, 40 days ago, EXPIRED on 2026-01-09',
      'endless: as of 2026-01-10, 0 days ago, no end is fixed',
    ],
    caches: ['verdicts: 2 entries, 300 bytes', 'tags: 1 entries', 'content: 0 entries, 0 bytes'],
    registries: [
      'ghcr.io: not asked for another 30 s, after REGISTRY_THROTTLED',
      'app on r.test: not asked for another 1 s, after REGISTRY_ERROR',
    ],
    work: ['1 verifications and 2 resolutions of tags under way', '3 signatures in threads, 4 waiting'],
  });
});

it('shows a bounded number of registries that are not asked', () => {
  const many = Array.from({ length: 1_000 }, (_, nth) => ({
    host: `r${nth}.test`,
    code: 'REGISTRY_ERROR' as const,
    retryAfter: 1,
  }));

  const registries = readinessParts({ ...state, backingOff: many }, NOW).find(
    ({ name }) => name === 'registries',
  );

  expect(registries?.state).toHaveLength(21);
  expect(registries?.state.at(-1)).toBe('and 980 more');
});
