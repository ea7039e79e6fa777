import { systemClock } from '../clock.ts';
import type { Settings } from '../config/settings.ts';
import { limits } from '../limits.ts';
import { programVersion } from '../package.ts';
import type { Snapshot } from '../policy/snapshot.ts';
import type { ResolveHost } from '../registry/connections.ts';
import { withContentCache } from '../registry/content-cache.ts';
import { createRegistryClient } from '../registry/http-client.ts';
import { proxyFromEnvironment } from '../registry/proxy.ts';
import { traceHeaders } from '../registry/trace-headers.ts';
import type { RequestEvent } from '../registry/transport.ts';
import type { ServiceState } from '../telemetry/service-state.ts';
import { Flights } from '../verification/flights.ts';
import { ImageVerifier } from '../verification/image-verifier.ts';
import type { VerificationService } from '../verification/service.ts';
import { createSignatureVerifier } from '../verification/signature-verifier.ts';
import { createSubjectVerifier, type SubjectJudgement } from '../verification/subject-verifier.ts';
import { TagResolver } from '../verification/tag-resolver.ts';
import { VerdictCache } from '../verification/verdict-cache.ts';

type StackSettings = Pick<
  Settings,
  'verifiedTtl' | 'rejectedTtl' | 'tagTtl' | 'cacheSize' | 'workers' | 'traceIdHeader'
>;

/** Is told what happens on the request path. */
interface StackObserver {
  registryRequest(event: RequestEvent): void;
  contentLookup(hit: boolean): void;
  workerRestart(): void;
}

export interface StackOptions {
  /** The configuration in force; asked once a key. */
  readonly snapshot: () => Snapshot;
  readonly settings: StackSettings;
  readonly environment: NodeJS.ProcessEnv;
  /** Optional: counts what happens. */
  readonly observer?: StackObserver;
  /** Optional, default the system's resolver. */
  readonly resolveHost?: ResolveHost;
}

export interface Stack {
  readonly service: VerificationService;
  /** Has the verification threads ready, which would otherwise start with the first signature. Never rejects. */
  start(): Promise<void>;
  caches(): ServiceState['caches'];
  work(): ServiceState['work'];
  backingOff(): ServiceState['backingOff'];
  /** Whether the verification threads do what they are told. */
  isAlive(): Promise<boolean>;
  close(): Promise<void>;
}

/** Puts the request path together, from the pipeline down to the connections. @throws SETTING_INVALID */
export function createStack(options: StackOptions): Stack {
  const { snapshot, settings, environment, observer, resolveHost } = options;
  const clock = systemClock;
  const http = createRegistryClient({
    version: programVersion(),
    proxy: proxyFromEnvironment(environment),
    traceHeaders: (traceId) => traceHeaders(settings.traceIdHeader, traceId),
    onRequest: (event) => observer?.registryRequest(event),
    ...(resolveHost !== undefined && { resolveHost }),
  });
  const client = withContentCache(http, {
    maxBytes: settings.cacheSize,
    maxBlobBytes: limits.payload,
    onLookup: (hit) => observer?.contentLookup(hit),
  });
  const signatures = createSignatureVerifier({
    threads: settings.workers,
    onWorkerRestart: () => observer?.workerRestart(),
  });
  const bounds = { max: limits.flights, timeLimit: limits.flightTime };
  const resolver = new TagResolver(
    client,
    { ttl: settings.tagTtl, maxEntries: limits.tags, flights: bounds },
    clock,
  );
  const verdicts = new VerdictCache({ ...settings, maxBytes: settings.cacheSize }, clock);
  const flights = new Flights<SubjectJudgement>(bounds);
  const verifySubject = createSubjectVerifier({ client, signatures, clock });
  return {
    service: new ImageVerifier({ clock, snapshot, resolver, verdicts, flights, verifySubject }),
    start: () => signatures.start(),
    caches: () => ({
      verdicts: { entries: verdicts.size, bytes: verdicts.bytes },
      tags: { entries: resolver.size },
      content: { entries: client.size, bytes: client.bytes },
    }),
    work: () => ({
      verifications: flights.size,
      resolutions: resolver.flying,
      signatures: signatures.load(),
    }),
    backingOff: () => http.backingOff(),
    isAlive: () => signatures.isAlive(),
    async close() {
      await Promise.all([signatures.close(), http.close()]);
    },
  };
}
