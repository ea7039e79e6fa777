import { homedir } from 'node:os';
import { systemClock } from '../clock.ts';
import { type Configuration, createConfiguration } from '../config/configuration.ts';
import { createCredentialSources } from '../config/credential-sources.ts';
import { FileSource } from '../config/file-source.ts';
import type { Settings } from '../config/settings.ts';
import { programVersion } from '../package.ts';
import type { ResolveHost } from '../registry/connections.ts';
import { followTls } from '../server/followed-tls.ts';
import { type Listener, startListener } from '../server/listener.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ServiceState } from '../telemetry/service-state.ts';
import { createServiceState } from './service-state.ts';
import { createStack } from './stack.ts';

export interface ProviderOptions {
  readonly settings: Settings;
  readonly environment: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds for which `close` goes on answering. Optional, default that of the listener. */
  readonly closingMs?: number;
  /** Optional, default the system's resolver. */
  readonly resolveHost?: ResolveHost;
}

export interface Provider extends Pick<Listener, 'host' | 'port'> {
  state(): ServiceState;
  /** Whether the verification threads do what they are told. */
  isAlive(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Starts everything that answers Gatekeeper. Listens once the first load of the configuration has finished, good or
 * bad: what is bad is answered, since a provider that does not answer may admit. Its threads are up by then, so that the
 * first image does not miss its deadline.
 * @throws CERTIFICATE_UNREADABLE, SETTING_INVALID, and what listening throws
 */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const { settings, environment, logger, metrics, closingMs, resolveHost } = options;
  const tls = await followTls(
    {
      certDir: settings.certDir,
      clientCaFiles: settings.clientCaFile,
      minVersion: settings.tlsMinVersion,
    },
    { clock: systemClock, logger, onReload: metrics.certificateReload },
  );
  const configuration = createConfiguration(new FileSource(settings.config), {
    version: programVersion(),
    credentials: createCredentialSources(environment, homedir()),
  });
  configuration.onChange(() => logConfiguration(configuration, logger));
  const stack = createStack({
    snapshot: () => configuration.current(),
    settings,
    environment,
    observer: {
      contentLookup: metrics.contentLookup,
      workerRestart: metrics.workerRestart,
      registryRequest(event) {
        const { host, status } = event;
        const isNamed = configuration.current().namedHosts.has(host);
        metrics.registryRequest(isNamed ? host : 'other', status === 0 ? 'error' : status);
        logger.debug(event, 'registry request');
      },
    },
    ...(resolveHost !== undefined && { resolveHost }),
  });
  const state = createServiceState(tls, configuration, stack);
  const closeParts = () => Promise.all([stack.close(), configuration.close(), tls.close()]);
  try {
    await Promise.all([configuration.start(), stack.start()]);
    metrics.watch(state);
    const listener = await startListener({
      service: stack.service,
      clock: systemClock,
      logger,
      metrics,
      tls: tls.current(),
      ...settings.address,
      verifyDeadlineMs: settings.verifyDeadline,
      mutateDeadlineMs: settings.mutateDeadline,
      ...(settings.traceIdHeader.length > 0 && { traceIdHeaders: settings.traceIdHeader }),
      ...(closingMs !== undefined && { closingMs }),
    });
    tls.subscribe(listener.useTls);
    return {
      host: listener.host,
      port: listener.port,
      state,
      isAlive: stack.isAlive,
      async close() {
        await listener.close();
        await closeParts();
      },
    };
  } catch (error) {
    await closeParts();
    throw error;
  }
}

function logConfiguration(configuration: Configuration, logger: Logger): void {
  const diagnostics = configuration.diagnostics();
  for (const { severity, code, file, line, field, message, remediation } of diagnostics) {
    const level = severity === 'error' ? 'error' : 'warn';
    logger[level]({ code, file, line, field, remediation }, message);
  }
  const { generation, resources } = configuration.current();
  const states = resources.map(({ state }) => state);
  const count = (wanted: string) => states.filter((state) => state === wanted).length;
  logger.info(
    { generation, valid: count('valid'), stale: count('stale'), invalid: count('invalid') },
    'configuration in force',
  );
}
