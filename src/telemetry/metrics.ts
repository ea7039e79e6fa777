import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { catalogue, type ErrorCode } from '../errors.ts';
import type { KeyResult, PinResult } from '../verification/service.ts';
import { type Exposition, type ExpositionFormat, expose } from './exposition.ts';
import { type MetricSpec, metricTable } from './metric-table.ts';
import { createProcessRegistry } from './process-metrics.ts';
import type { ServiceState } from './service-state.ts';

/** What is counted: see `metric-table.ts`. */
export interface Metrics {
  /**
   * Counts a request with keys as in flight until the work is done, and then how long it took.
   * @param waited milliseconds since its arrival
   */
  request<T>(operation: Operation, waited: () => number, work: () => Promise<T>): Promise<T>;
  /** @param code why it is not yes; absent for `verified` */
  verdict(result: KeyResult, code: ErrorCode | undefined): void;
  pin(result: PinResult): void;
  /** A request that was answered as a whole. */
  refusal(code: ErrorCode): void;
  /**
   * @param host one of a bounded number
   * @param status of the response, or that there was none
   */
  registryRequest(host: string, status: number | 'error'): void;
  contentLookup(hit: boolean): void;
  workerRestart(): void;
  certificateReload(taken: boolean): void;
  /** From now on the gauges show what this says. */
  watch(state: () => ServiceState): void;
  exposition(format: ExpositionFormat): Promise<Exposition>;
}

type Operation = 'verify' | 'mutate';

/** Metrics in a registry of their own, with those of the process beside them. */
export function createMetrics(): Metrics {
  const registry = createProcessRegistry();
  const count = counters(registry);
  const durations = histograms(registry);
  const requestsInFlight = newGauge(metricTable.requestsInFlight, registry);
  const showState = stateGauges(registry);
  let state: (() => ServiceState) | undefined;

  return {
    async request(operation, waited, work) {
      requestsInFlight.inc({ operation });
      try {
        const result = await work();
        durations[operation].observe(waited());
        return result;
      } finally {
        requestsInFlight.dec({ operation });
      }
    },
    verdict({ verdict, cache, durations: { discover = 0, verify } }, code) {
      count.verdicts.inc({ kind: verdict.kind, code: code ?? '' });
      count.cacheUses.inc({ use: cache });
      if (code === 'DEADLINE_EXCEEDED') count.deadlineMisses.inc({ operation: 'verify' });
      const error = verdict.kind === 'unavailable';
      if (error && code !== undefined) count.systemErrors.inc({ error: code });
      if (verify === undefined) return;
      const success = String(verdict.kind === 'verified');
      durations.verifier.observe({ verifier: 'cosign', success, error: String(error) }, discover + verify);
    },
    pin(result) {
      const code = 'error' in result ? result.error.code : undefined;
      count.pins.inc({ code: code ?? '' });
      if (code === 'DEADLINE_EXCEEDED') count.deadlineMisses.inc({ operation: 'mutate' });
      if (code !== undefined && catalogue[code].class === 'unavailable')
        count.systemErrors.inc({ error: code });
    },
    refusal(code) {
      count.refusals.inc({ code });
      if (catalogue[code].class === 'unavailable') count.systemErrors.inc({ error: code });
    },
    registryRequest: (host, status) =>
      count.registryRequests.inc({ registry_host: host, status_code: String(status) }),
    contentLookup: (hit) => count.contentLookups.inc({ hit: String(hit) }),
    workerRestart: () => count.workerRestarts.inc(),
    certificateReload: (taken) => count.certificateReloads.inc({ outcome: taken ? 'taken' : 'refused' }),
    watch(read) {
      state = read;
    },
    exposition(format) {
      if (state !== undefined) showState(state());
      return expose(registry, format);
    },
  };
}

function counters(registry: Registry) {
  return {
    verdicts: newCounter(metricTable.verdicts, registry),
    pins: newCounter(metricTable.pins, registry),
    cacheUses: newCounter(metricTable.cacheUses, registry),
    deadlineMisses: newCounter(metricTable.deadlineMisses, registry),
    systemErrors: newCounter(metricTable.systemErrors, registry),
    refusals: newCounter(metricTable.refusals, registry),
    registryRequests: newCounter(metricTable.registryRequests, registry),
    contentLookups: newCounter(metricTable.contentLookups, registry),
    workerRestarts: newCounter(metricTable.workerRestarts, registry),
    certificateReloads: newCounter(metricTable.certificateReloads, registry),
  };
}

function histograms(registry: Registry) {
  return {
    verify: newHistogram(metricTable.verificationRequest, registry),
    mutate: newHistogram(metricTable.mutationRequest, registry),
    verifier: newHistogram(metricTable.verifierDuration, registry),
  };
}

/** Gauges whose values are read rather than counted. What is no longer there leaves no value behind. */
function stateGauges(registry: Registry): (state: ServiceState) => void {
  const work = newGauge(metricTable.work, registry);
  const signatures = newGauge(metricTable.signatures, registry);
  const backingOff = newGauge(metricTable.backingOff, registry);
  const cacheEntries = newGauge(metricTable.cacheEntries, registry);
  const cacheBytes = newGauge(metricTable.cacheBytes, registry);
  const resources = newGauge(metricTable.resources, registry);
  const generation = newGauge(metricTable.generation, registry);
  const certificateExpiry = newGauge(metricTable.certificateExpiry, registry);
  const trustRootAge = newGauge(metricTable.trustRootAge, registry);
  const trustRootExpiry = newGauge(metricTable.trustRootExpiry, registry);

  return (state) => {
    work.set({ work: 'verification' }, state.work.verifications);
    work.set({ work: 'resolution' }, state.work.resolutions);
    signatures.set({ state: 'running' }, state.work.signatures.running);
    signatures.set({ state: 'waiting' }, state.work.signatures.waiting);
    for (const [cache, { entries, bytes }] of Object.entries(state.caches)) {
      cacheEntries.set({ cache }, entries);
      if (bytes !== undefined) cacheBytes.set({ cache }, bytes);
    }
    backingOff.reset();
    for (const { code } of state.backingOff) backingOff.inc({ code });
    generation.set(state.configuration.generation);
    resources.reset();
    for (const { kind, state: resourceState } of state.configuration.resources) {
      resources.inc({ kind, state: resourceState });
    }
    certificateExpiry.set(state.certificate.expires / 1_000);
    trustRootAge.reset();
    trustRootExpiry.reset();
    for (const { name, asOf, expires } of state.trustRoots) {
      trustRootAge.set({ trust_root: name }, asOf / 1_000);
      if (expires !== undefined) trustRootExpiry.set({ trust_root: name }, expires / 1_000);
    }
  };
}

function newCounter<Label extends string>(spec: MetricSpec<Label>, registry: Registry): Counter<Label> {
  return new Counter({ ...registration(spec), registers: [registry] });
}

function newGauge<Label extends string>(spec: MetricSpec<Label>, registry: Registry): Gauge<Label> {
  return new Gauge({ ...registration(spec), registers: [registry] });
}

function newHistogram<Label extends string>(
  spec: MetricSpec<Label> & { readonly buckets: readonly number[] },
  registry: Registry,
): Histogram<Label> {
  return new Histogram({ ...registration(spec), buckets: [...spec.buckets], registers: [registry] });
}

function registration<Label extends string>({ name, help, labels }: MetricSpec<Label>) {
  return { name, help, labelNames: Object.keys(labels) as Label[] };
}
