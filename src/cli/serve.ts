import { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { systemClock } from '../clock.ts';
import { settings as settingsTable } from '../config/settings.ts';
import { ensureDevelopmentCertificate } from '../server/development-certificate.ts';
import { createHealthApp, type ReadinessPart } from '../server/health.ts';
import { listen } from '../server/listen.ts';
import { createMetricsApp } from '../server/metrics-endpoint.ts';
import { providerManifests } from '../server/provider-manifests.ts';
import { readinessParts } from '../server/readiness.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { addSettings, settingsOf } from './options.ts';
import { print } from './output.ts';
import { type Provider, startProvider } from './provider.ts';

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Answer Gatekeeper over https until told to stop.')
    .addHelpText(
      'after',
      `
Without --cert-dir a development certificate is made in certs/ on the first start.

SIGTERM   answers for 5 more seconds, then ends; /readyz says so meanwhile
SIGUSR2   switches to --log-level debug, and back with the next

Certificate, key, client authorities and configuration are read again when their files change.

  countersign serve --config policies/ --log-format text
  countersign serve --config /config --cert-dir /tls --client-ca-file /gatekeeper/ca.crt --address 0.0.0.0:6001`,
    );
  const names = Object.keys(settingsTable) as (keyof typeof settingsTable)[];
  return addSettings(command, names).action(() => serve(command));
}

async function serve(command: Command): Promise<void> {
  const settings = settingsOf(command, process.env);
  const logger = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const metrics = createMetrics();
  // What is thrown out of turn has no verdict to become part of. It is a bug; ending the process would make it an outage.
  process.on('uncaughtException', (error) => logger.fatal({ err: error }, 'uncaught'));
  process.on('SIGUSR2', () => {
    logger.level = logger.level === settings.logLevel ? 'debug' : settings.logLevel;
    logger.info({ to: logger.level }, 'log level changed');
  });

  const hasOwnCertificate = command.opts()['certDir'] !== undefined || process.env[settingsTable.certDir.env];
  const development = hasOwnCertificate
    ? undefined
    : await ensureDevelopmentCertificate({ certDir: settings.certDir, names: [], now: systemClock.now() });

  let provider: Provider | undefined;
  let stopping: ReadinessPart[] = [];
  const health = createHealthApp({
    isAlive: async () => (await provider?.isAlive()) ?? true,
    parts: () => [...readinessParts(provider?.state(), systemClock.now()), ...stopping],
  });
  const side = [health, createMetricsApp(metrics)] as const;
  let started: Provider;
  try {
    await listen(side[0], settings.healthAddress);
    await listen(side[1], settings.metricsAddress);
    started = await startProvider({ settings, environment: process.env, logger, metrics });
  } catch (error) {
    // Otherwise they would keep a process alive that never gets ready.
    await closeAll(side);
    throw error;
  }
  provider = started;

  if (development?.caBundle !== undefined) {
    const origin = `https://${started.host.includes(':') ? `[${started.host}]` : started.host}:${started.port}`;
    print(
      `# Gatekeeper finds this server through two objects:\n${providerManifests({ origin, caBundle: development.caBundle })}`,
    );
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Of Ctrl-C there may be two, one of them passed on by the launcher in bin.
    process.on(signal, () => {
      if (stopping.length > 0) return;
      stopping = [{ name: 'stopping', ready: false, state: ['send requests elsewhere'] }];
      void stop(started, side, logger, signal);
    });
  }
}

async function stop(
  provider: Provider,
  side: readonly FastifyInstance[],
  logger: Logger,
  signal: string,
): Promise<void> {
  logger.info({ signal }, 'stopping: requests are answered for a while, then the process ends');
  await provider.close();
  await closeAll(side);
}

async function closeAll(apps: readonly FastifyInstance[]): Promise<void> {
  await Promise.all(apps.map((app) => app.close()));
}
