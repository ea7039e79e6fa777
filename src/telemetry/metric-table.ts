/** One family of metrics. */
export interface MetricSpec<Label extends string = string> {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** What each label can hold. Never the name of an image: their number has no bound. */
  readonly labels: Readonly<Record<Label, string>>;
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

/** Milliseconds. Ratify's, so that its dashboards go on working; likewise every name that starts with `ratify_`. */
const MUTATION_BUCKETS = [
  0, 10, 30, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_100, 1_200, 1_400, 1_600, 1_800,
];
const VERIFICATION_BUCKETS = [...MUTATION_BUCKETS, 2_000, 2_300, 2_600, 4_000, 4_400, 4_900];
const VERIFIER_BUCKETS = [0, 10, 50, 100, 200, 300, 400, 600, 800, 1_100, 1_500, 2_000];

const CODE = 'a code of docs/errors.md';
const OPERATION = '`verify` or `mutate`';

/** Every metric of our own. The registration and docs/metrics.md are made from this table. */
export const metricTable = {
  verificationRequest: histogram({
    name: 'ratify_verification_request',
    help: 'Milliseconds from the arrival of a verification request to its answer.',
    labels: {},
    buckets: VERIFICATION_BUCKETS,
  }),
  mutationRequest: histogram({
    name: 'ratify_mutation_request',
    help: 'Milliseconds from the arrival of a mutation request to its answer.',
    labels: {},
    buckets: MUTATION_BUCKETS,
  }),
  verifierDuration: histogram({
    name: 'ratify_verifier_duration',
    help: 'Milliseconds from the digest of an image to its verdict, where none was at hand.',
    labels: {
      verifier: '`cosign`',
      success: '`true` for verified',
      error: '`true` where nobody could tell',
    },
    buckets: VERIFIER_BUCKETS,
  }),
  systemErrors: counter({
    name: 'ratify_system_error_count_total',
    help: 'Keys for which nobody could tell, and requests that failed as a whole.',
    labels: { error: CODE },
  }),
  registryRequests: counter({
    name: 'ratify_registry_request_count_total',
    help: 'Requests to registries.',
    labels: {
      registry_host: 'a host that cluster-wide resources name, else `other`',
      status_code: 'of HTTP, or `error` where no answer came',
    },
  }),
  backingOff: gauge({
    name: 'countersign_registries_backing_off',
    help: 'Registries, and single repositories, that are not asked at the moment.',
    labels: { code: `why: ${CODE}` },
  }),
  contentLookups: counter({
    name: 'ratify_blob_cache_count_total',
    help: 'Manifests and blobs that were needed by digest.',
    labels: { hit: '`true` where it was at hand' },
  }),
  verdicts: counter({
    name: 'countersign_verdicts_total',
    help: 'Keys of verification requests, by their verdict.',
    labels: {
      kind: '`verified`, `rejected` or `unavailable`',
      code: `${CODE}, of the first reason; empty for verified`,
    },
  }),
  pins: counter({
    name: 'countersign_pins_total',
    help: 'Keys of mutation requests, by whether a digest was found.',
    labels: { code: `${CODE}; empty where one was found` },
  }),
  cacheUses: counter({
    name: 'countersign_verdict_cache_total',
    help: 'Verdicts by where they came from.',
    labels: {
      use: '`hit`, `miss`, `shared` with a request at the same time, or `none` where it did not come to that',
    },
  }),
  deadlineMisses: counter({
    name: 'countersign_deadline_misses_total',
    help: 'Keys that were answered without a verdict since the deadline came first.',
    labels: { operation: OPERATION },
  }),
  refusals: counter({
    name: 'countersign_refused_requests_total',
    help: 'Requests that were answered as a whole, without keys.',
    labels: { code: CODE },
  }),
  requestsInFlight: gauge({
    name: 'countersign_requests_in_flight',
    help: 'Requests that wait for their answer.',
    labels: { operation: OPERATION },
  }),
  work: gauge({
    name: 'countersign_work_in_progress',
    help: 'What is under way, whether or not a request still waits for it.',
    labels: { work: '`verification` of an image, or `resolution` of a tag' },
  }),
  signatures: gauge({
    name: 'countersign_signatures_in_progress',
    help: 'Signatures that are being verified in a thread, or wait for one.',
    labels: { state: '`running` or `waiting`' },
  }),
  workerRestarts: counter({
    name: 'countersign_worker_restarts_total',
    help: 'Verification threads that were lost and replaced: stopped at their time limit, out of memory, or crashed.',
    labels: {},
  }),
  cacheEntries: gauge({
    name: 'countersign_cache_entries',
    help: 'What the caches hold.',
    labels: { cache: '`verdicts`, `tags` or `content` (manifests and blobs)' },
  }),
  cacheBytes: gauge({
    name: 'countersign_cache_bytes',
    help: 'Size of what the caches hold that are bounded in bytes.',
    labels: { cache: '`verdicts` or `content`' },
  }),
  resources: gauge({
    name: 'countersign_configuration_resources',
    help: 'Resources of the configuration. Stale: an earlier version is in force; invalid: none is.',
    labels: {
      kind: '`Verifier`, `Policy`, `Store` or `KeyManagementProvider`',
      state: '`valid`, `stale` or `invalid`',
    },
  }),
  generation: gauge({
    name: 'countersign_configuration_generation',
    help: 'Grows with every change of the configuration that was taken over.',
    labels: {},
  }),
  certificateExpiry: gauge({
    name: 'countersign_certificate_expiry_timestamp_seconds',
    help: 'When the certificate of the server expires, in seconds since the epoch.',
    labels: {},
  }),
  certificateReloads: counter({
    name: 'countersign_certificate_reloads_total',
    help: 'Changes of the certificate files.',
    labels: { outcome: '`taken`, or `refused` where the earlier certificate stayed in force' },
  }),
  trustRootAge: gauge({
    name: 'countersign_trust_root_as_of_timestamp_seconds',
    help: 'When a trust root was published or, where that is not known, the newest date in it, in seconds since the epoch.',
    labels: { trust_root: 'name in the configuration' },
  }),
  trustRootExpiry: gauge({
    name: 'countersign_trust_root_expiry_timestamp_seconds',
    help: 'From when on a trust root serves for no new signature, in seconds since the epoch; absent where no end is fixed.',
    labels: { trust_root: 'name in the configuration' },
  }),
};

function counter<Label extends string>(spec: Omit<MetricSpec<Label>, 'type' | 'buckets'>) {
  return { ...spec, type: 'counter' as const };
}

function gauge<Label extends string>(spec: Omit<MetricSpec<Label>, 'type' | 'buckets'>) {
  return { ...spec, type: 'gauge' as const };
}

function histogram<Label extends string>(
  spec: Omit<MetricSpec<Label>, 'type'> & { buckets: readonly number[] },
) {
  return { ...spec, type: 'histogram' as const };
}
