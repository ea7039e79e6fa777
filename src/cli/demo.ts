import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import { Agent, request } from 'undici';
import { systemClock } from '../clock.ts';
import { readSettings } from '../config/settings.ts';
import { createDemoRegistry } from '../demo/registry/demo-registry.ts';
import { type DemoImage, publishScenario, scenarioFaults, TRUSTED } from '../demo/scenario.ts';
import { createDemoSigstore } from '../demo/sigstore/demo-sigstore.ts';
import { ensureDevelopmentCertificate } from '../server/development-certificate.ts';
import { VERIFY_PATH } from '../server/provider-protocol.ts';
import type { VerificationValue } from '../server/response-item.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { EXIT, print } from './output.ts';
import { startProvider } from './provider.ts';
import { paint } from './verdict-text.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Run the whole way of a request on this machine: registry, Sigstore, server, Gatekeeper’s question.',
    )
    .option('--keep', 'leave everything running, and print commands to try')
    .addHelpText(
      'after',
      '\nExits with 0 if every verdict is the one that the image deserves.\n\n  countersign demo --keep',
    )
    .action((options: { keep?: true }) => demo(options.keep === true));
}

interface Item {
  readonly key: string;
  readonly value: VerificationValue;
}

async function demo(keep: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-demo-'));
  const certDir = join(folder, 'certs');
  const certificate = { certDir, names: [], now: systemClock.now() };
  const { caBundle = '' } = await ensureDevelopmentCertificate(certificate);
  const ca = Buffer.from(caBundle, 'base64').toString('utf8');
  const [cert, key] = await Promise.all(
    ['tls.crt', 'tls.key'].map((name) => readFile(join(certDir, name), 'utf8')),
  );

  step('a private Sigstore: certificate authority, certificate log, transparency logs, timestamp authority');
  const sigstore = createDemoSigstore();
  const registry = createDemoRegistry({
    tls: { cert: cert ?? '', key: key ?? '' },
    onRequest: scenarioFaults,
  });
  await registry.start();
  const images = publishScenario(registry, sigstore);
  step(`a registry at ${registry.url} with ${images.length} images`);

  const configuration = configurationOf(registry.host, ca, sigstore.trustedRoot());
  await writeFile(join(folder, 'configuration.yaml'), configuration);
  print(`\n${pc.dim(abridge(configuration))}`);
  const flags = {
    config: [join(folder, 'configuration.yaml')],
    certDir,
    address: '127.0.0.1:0',
    workers: '2',
  };
  const provider = await startProvider({
    settings: readSettings(flags, {}),
    environment: {},
    logger: createLogger({ level: keep ? 'info' : 'silent', format: 'text' }),
    metrics: createMetrics(),
    closingMs: 0,
  });
  const url = `https://127.0.0.1:${provider.port}${VERIFY_PATH}`;
  step(`countersign at ${url}, asked as Gatekeeper asks:\n`);

  const items = await ask(
    url,
    ca,
    images.map(({ name }) => `${registry.host}/${name}`),
  );
  print(tableOf(images, items));
  const wrong = images.filter((image, index) => kindOf(items[index]) !== image.expected);
  print(
    wrong.length === 0
      ? pc.green('every verdict is the one that the image deserves')
      : pc.red(`wrong: ${wrong.map(({ name }) => name).join(', ')}`),
  );
  process.exitCode = wrong.length === 0 ? EXIT.ok : EXIT.rejected;

  async function close(): Promise<void> {
    await provider.close();
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
  if (!keep) return close();
  print(commandsToTry(url, join(certDir, 'ca.crt'), registry.host, join(folder, 'configuration.yaml')));
  let isEnding = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Of Ctrl-C there may be two, one of them passed on by the launcher in bin.
    process.on(signal, () => {
      if (isEnding) return;
      isEnding = true;
      void close();
    });
  }
}

function step(text: string): void {
  print(`${pc.cyan('▸')} ${text}`);
}

/** The configuration of a cluster that trusts one workflow for all images below `demo/`. JSON is YAML, too. */
function configurationOf(host: string, ca: string, trustedRoot: string): string {
  return `apiVersion: config.ratify.deislabs.io/v1beta1
kind: Policy
metadata: { name: ratify-policy }
spec:
  type: config-policy
  parameters:
    artifactVerificationPolicies: { default: any }
---
apiVersion: config.ratify.deislabs.io/v1beta1
kind: Verifier
metadata: { name: verifier-cosign }
spec:
  name: cosign
  artifactTypes: application/vnd.dev.cosign.artifact.sig.v1+json
  parameters:
    trustPolicies:
      - name: release-workflow
        scopes: ["${host}/demo/*"]
        trustRoot: demo-sigstore
        keyless:
          certificateIdentity: ${TRUSTED.subject}
          certificateOIDCIssuer: ${TRUSTED.issuer}
---
apiVersion: config.ratify.deislabs.io/v1beta1
kind: KeyManagementProvider
metadata: { name: demo-sigstore }
spec:
  type: sigstore-trust-root
  parameters:
    inline: ${JSON.stringify(trustedRoot)}
---
apiVersion: config.ratify.deislabs.io/v1beta1
kind: Store
metadata: { name: store-oras }
spec:
  name: oras
  parameters:
    registries:
      - host: ${host}
        ca: ${JSON.stringify(ca)}
`;
}

/** Without the middle of what only machines read. */
function abridge(configuration: string): string {
  return configuration.replaceAll(
    /^( +(?:inline|ca): ).{60,}$/gm,
    (line, start) => `${start}${line.slice(start.length, start.length + 40)}…"`,
  );
}

async function ask(url: string, ca: string, keys: readonly string[]): Promise<readonly Item[]> {
  const body = JSON.stringify({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys },
  });
  const dispatcher = new Agent({ connect: { ca } });
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      dispatcher,
    });
    const answer = (await response.body.json()) as { response: { items: readonly Item[] } };
    return answer.response.items;
  } finally {
    await dispatcher.close();
  }
}

function kindOf(item: Item | undefined): DemoImage['expected'] | undefined {
  if (item === undefined) return undefined;
  if (item.value.isSuccess) return 'verified';
  return item.value.errors.length > 0 ? 'unavailable' : 'rejected';
}

function tableOf(images: readonly DemoImage[], items: readonly Item[]): string {
  const table = new Table({
    head: ['image', 'verdict', 'signed by', 'reason'],
    colWidths: [28, 13, 34, 62],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const [index, image] of images.entries()) {
    const item = items[index];
    const kind = kindOf(item);
    if (item === undefined || kind === undefined) continue;
    const name = `${pc.bold(image.name)}\n${pc.dim(image.story)}`;
    table.push([name, paint(kind, kind), signersOf(item.value), reasonOf(item.value)].map(breakable));
  }
  return table.toString();
}

/** A table breaks lines at spaces only: digests are abridged, and identities may break behind `/` and `@`. */
function breakable(text: string): string {
  return text
    .replaceAll(/(sha256[:-][0-9a-f]{12})[0-9a-f]{52}/g, '$1…')
    .replaceAll(/(\S{24,}?[/@])(?=\S{8})/g, '$1 ');
}

/** Everybody whose signature holds, trusted or not, each once. */
function signersOf({ verifierReports }: VerificationValue): string {
  const details = verifierReports.flatMap(({ extensions }) => extensions?.signatures ?? []);
  const signers = details.flatMap(({ signer }) => (signer === undefined ? [] : [signer]));
  return [
    ...new Set(signers.map((signer) => (signer.kind === 'keyless' ? signer.identity : signer.name))),
  ].join('\n');
}

function reasonOf({ code, verifierReports }: VerificationValue): string {
  const failed = verifierReports.find(({ isSuccess }) => !isSuccess);
  return code === undefined ? '' : `${pc.bold(code)}\n${failed?.errorReason ?? ''}`;
}

function commandsToTry(url: string, caFile: string, host: string, configuration: string): string {
  const body = `{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest","request":{"keys":["${host}/demo/signed:v1"]}}`;
  return `
Try it (Ctrl-C ends it):

  curl --cacert ${caFile} -d '${body}' ${url}
  curl --cacert ${caFile} -d '${body}' ${url.replace('/verify', '/mutate')}

Then edit ${configuration}: it is in force with the next request.`;
}
