import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, reason } from '../../../src/errors.ts';
import { type MetricSpec, metricTable } from '../../../src/telemetry/metric-table.ts';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';
import { renderMetrics } from '../../../src/telemetry/metrics-docs.ts';
import type { ServiceState } from '../../../src/telemetry/service-state.ts';
import { type ParsedFamily, parseExposition } from '../../support/exposition.ts';
import { keyResult, REJECTED, UNAVAILABLE, VERIFIED } from '../../support/verification-service.ts';

const FORMATS = ['prometheus', 'openmetrics'] as const;
const DEADLINE = reason('DEADLINE_EXCEEDED', 'late');

const state: ServiceState = {
  certificate: { subject: 'CN=server', expires: 1_800_000_000_000, problem: undefined },
  configuration: {
    generation: 3,
    resources: [
      { kind: 'Verifier', title: 'Verifier a', state: 'valid', reasons: [] },
      { kind: 'Verifier', title: 'Verifier b', state: 'valid', reasons: [] },
      { kind: 'Store', title: 'Store c', state: 'invalid', reasons: [reason('FIELD_UNKNOWN', 'x')] },
    ],
    remarks: [],
  },
  trustRoots: [
    { name: 'public-good', asOf: 1_700_000_000_000, expires: 1_900_000_000_000 },
    { name: 'lab "x"\\', asOf: 1_700_000_000_000, expires: undefined },
  ],
  caches: { verdicts: { entries: 2, bytes: 300 }, tags: { entries: 1 }, content: { entries: 4, bytes: 500 } },
  work: { verifications: 1, resolutions: 2, signatures: { running: 3, waiting: 4 } },
  backingOff: [{ host: 'r.test', code: 'REGISTRY_THROTTLED', retryAfter: 3 }],
};

/** Has something of everything. */
async function busyMetrics(): Promise<Metrics> {
  const metrics = createMetrics();
  metrics.verdict(
    keyResult('a', VERIFIED, { durations: { total: 42, discover: 20, verify: 21 } }),
    undefined,
  );
  metrics.verdict(keyResult('b', REJECTED, { cache: 'hit' }), 'SIGNATURE_NOT_FOUND');
  metrics.verdict(keyResult('c', UNAVAILABLE), 'REGISTRY_UNREACHABLE');
  metrics.verdict(keyResult('d', { kind: 'unavailable', cause: DEADLINE, reports: [] }), DEADLINE.code);
  metrics.pin({ key: 'a', value: 'a@sha256:1' });
  metrics.pin({ key: 'b', error: DEADLINE });
  metrics.refusal('REQUEST_INVALID');
  metrics.registryRequest('ghcr.io', 200);
  metrics.registryRequest('other', 'error');
  metrics.contentLookup(true);
  metrics.workerRestart();
  metrics.certificateReload(false);
  metrics.watch(() => state);
  await metrics.request(
    'verify',
    () => 42,
    async () => {},
  );
  await metrics.request(
    'mutate',
    () => 7,
    async () => {},
  );
  return metrics;
}

async function lines(metrics: Metrics): Promise<string[]> {
  return (await metrics.exposition('prometheus')).text.split('\n');
}

describe('createMetrics', () => {
  it('counts under the names that dashboards know', async () => {
    expect(await lines(await busyMetrics())).toEqual(
      expect.arrayContaining([
        'countersign_verdicts_total{kind="verified",code=""} 1',
        'countersign_verdicts_total{kind="rejected",code="SIGNATURE_NOT_FOUND"} 1',
        'countersign_verdicts_total{kind="unavailable",code="DEADLINE_EXCEEDED"} 1',
        'countersign_verdict_cache_total{use="hit"} 1',
        'countersign_pins_total{code=""} 1',
        'countersign_deadline_misses_total{operation="verify"} 1',
        'countersign_deadline_misses_total{operation="mutate"} 1',
        'countersign_refused_requests_total{code="REQUEST_INVALID"} 1',
        'countersign_worker_restarts_total 1',
        'countersign_certificate_reloads_total{outcome="refused"} 1',
        'ratify_verification_request_bucket{le="30"} 0',
        'ratify_verification_request_bucket{le="50"} 1',
        'ratify_verification_request_bucket{le="4900"} 1',
        'ratify_mutation_request_bucket{le="10"} 1',
        'ratify_verifier_duration_sum{verifier="cosign",success="true",error="false"} 41',
        'ratify_system_error_count_total{error="REGISTRY_UNREACHABLE"} 1',
        'ratify_system_error_count_total{error="DEADLINE_EXCEEDED"} 2',
        'ratify_registry_request_count_total{registry_host="ghcr.io",status_code="200"} 1',
        'ratify_registry_request_count_total{registry_host="other",status_code="error"} 1',
        'ratify_blob_cache_count_total{hit="true"} 1',
      ]),
    );
  });

  it('shows the state of the parts as it is now, and nothing of what is gone', async () => {
    const metrics = await busyMetrics();
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'countersign_work_in_progress{work="verification"} 1',
        'countersign_work_in_progress{work="resolution"} 2',
        'countersign_signatures_in_progress{state="waiting"} 4',
        'countersign_cache_entries{cache="tags"} 1',
        'countersign_cache_bytes{cache="content"} 500',
        'countersign_registries_backing_off{code="REGISTRY_THROTTLED"} 1',
        'countersign_configuration_resources{kind="Verifier",state="valid"} 2',
        'countersign_configuration_resources{kind="Store",state="invalid"} 1',
        'countersign_configuration_generation 3',
        'countersign_certificate_expiry_timestamp_seconds 1800000000',
        'countersign_trust_root_expiry_timestamp_seconds{trust_root="public-good"} 1900000000',
        'countersign_trust_root_as_of_timestamp_seconds{trust_root="lab \\"x\\"\\\\"} 1700000000',
      ]),
    );

    metrics.watch(() => ({ ...state, trustRoots: [], backingOff: [] }));

    const text = (await lines(metrics)).join('\n');
    expect(text).not.toContain('public-good');
    expect(text).not.toContain('REGISTRY_THROTTLED"} 1');
  });

  it('knows what is in flight, and forgets it when it fails', async () => {
    const metrics = createMetrics();
    const { promise, reject } = Promise.withResolvers<void>();
    const request = metrics.request(
      'verify',
      () => 1,
      () => promise,
    );
    expect(await lines(metrics)).toContain('countersign_requests_in_flight{operation="verify"} 1');

    reject(new Error('a bug'));
    await expect(request).rejects.toThrow('a bug');

    expect(await lines(metrics)).toContain('countersign_requests_in_flight{operation="verify"} 0');
    expect(await lines(metrics)).toContain('ratify_verification_request_count 0');
  });

  it('keeps the counts of two instances apart', async () => {
    const metrics = createMetrics();
    createMetrics().registryRequest('ghcr.io', 200);

    expect((await lines(metrics)).join('\n')).not.toContain('ghcr.io');
  });
});

describe('the exposition', () => {
  it.each(FORMATS)('is strictly well-formed: %s', async (format) => {
    const metrics = await busyMetrics();
    // What was written in one format once is not written otherwise in the other from then on.
    for (const other of FORMATS) await metrics.exposition(other);
    const { text } = await metrics.exposition(format);

    const families = parseExposition(text, format);

    for (const { name, type } of Object.values<MetricSpec>(metricTable)) {
      const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
      expect(families).toContainEqual(expect.objectContaining({ name: family, type }));
    }
    expect(families.map(({ name }) => name)).toContain('nodejs_eventloop_lag_p99_seconds');
  });

  it('has only the labels of the table, and codes of the catalogue', async () => {
    const { text } = await (await busyMetrics()).exposition('prometheus');
    const families = new Map(parseExposition(text, 'prometheus').map((family) => [family.name, family]));

    for (const { name, labels } of Object.values<MetricSpec>(metricTable)) {
      const allowed = [...Object.keys(labels), 'le'];
      for (const sample of families.get(name)?.samples ?? []) {
        expect(allowed).toEqual(expect.arrayContaining(Object.keys(sample.labels)));
        const code = sample.labels['code'] ?? sample.labels['error'];
        if (code && code !== 'true' && code !== 'false') expect(catalogue).toHaveProperty(code);
      }
    }
  });

  it.each([
    ['a family twice', '# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n# TYPE a gauge\na 2\n'],
    ['a set of labels twice', '# HELP a x\n# TYPE a gauge\na{b="1"} 1\na{b="1"} 2\n'],
    ['no TYPE', '# HELP a x\na 1\n'],
    ['a foreign sample', '# HELP a x\n# TYPE a gauge\nb 1\n'],
    ['a bare quote', '# HELP a x\n# TYPE a gauge\na{b="1"2"} 1\n'],
    ['buckets that shrink', '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\n'],
  ])('would be found out with %s', (_, text) => {
    expect(() => parseExposition(text, 'prometheus')).toThrow();
  });
});

describe('docs/metrics.md', () => {
  it('is what the table says', () => {
    expect(readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')).toContain(
      renderMetrics(),
    );
  });

  it('names every metric that is exposed', async () => {
    const { text } = await createMetrics().exposition('prometheus');
    const page = renderMetrics();

    const missing = parseExposition(text, 'prometheus').filter(
      ({ name }: ParsedFamily) => !page.includes(`\`${name}\``),
    );

    expect(missing).toEqual([]);
  });
});
