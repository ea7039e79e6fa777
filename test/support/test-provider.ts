import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { startProvider } from '../../src/cli/provider.ts';
import { type Flags, readSettings } from '../../src/config/settings.ts';
import type { ResolveHost } from '../../src/registry/connections.ts';
import { ensureDevelopmentCertificate } from '../../src/server/development-certificate.ts';
import { MUTATE_PATH, type ProviderResponse, VERIFY_PATH } from '../../src/server/provider-protocol.ts';
import type { VerificationValue } from '../../src/server/response-item.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

export interface TestProvider {
  readonly url: string;
  /** PEM of the authority that its certificate is of. */
  readonly ca: string;
  /** The folder that the configuration is read from. */
  readonly folder: string;
  /** Asks as Gatekeeper does; one value a key, in order. */
  verify(...keys: readonly string[]): Promise<readonly VerificationValue[]>;
  post(path: string, keys: readonly string[]): Promise<ProviderResponse['response']>;
  close(): Promise<void>;
}

/** What the program finds around it. */
export interface TestWorld {
  /** Default: empty. */
  readonly environment?: NodeJS.ProcessEnv;
  /** What DNS says. Default: the system's resolver. */
  readonly resolveHost?: ResolveHost;
}

/** The whole program as `serve` starts it, on real sockets, with this YAML as its configuration. */
export async function startTestProvider(
  yaml: string,
  flags: Flags = {},
  { environment = {}, resolveHost }: TestWorld = {},
): Promise<TestProvider> {
  const root = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  const folder = join(root, 'config');
  const certDir = join(root, 'certs');
  await mkdir(folder);
  await writeFile(join(folder, 'configuration.yaml'), yaml);
  const { caBundle = '' } = await ensureDevelopmentCertificate({ certDir, names: [], now: Date.now() });
  const provider = await startProvider({
    settings: readSettings(
      { config: [folder], certDir, address: '127.0.0.1:0', verifyDeadline: '20000', ...flags },
      {},
    ),
    environment,
    logger: createLogger({ level: 'silent', format: 'json' }),
    metrics: createMetrics(),
    closingMs: 0,
    ...(resolveHost !== undefined && { resolveHost }),
  });
  const url = `https://127.0.0.1:${provider.port}`;
  const ca = Buffer.from(caBundle, 'base64').toString();
  const dispatcher = new Agent({ connect: { ca } });

  async function post(path: string, keys: readonly string[]): Promise<ProviderResponse['response']> {
    const body = JSON.stringify({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderRequest',
      request: { keys },
    });
    const response = await request(`${url}${path}`, { method: 'POST', body, dispatcher });
    const answer = (await response.body.json()) as ProviderResponse;
    return answer.response;
  }

  return {
    url,
    ca,
    folder,
    post,
    async verify(...keys) {
      const { items = [] } = await post(VERIFY_PATH, keys);
      return items.map(({ value }) => value as VerificationValue);
    },
    async close() {
      await dispatcher.close();
      await provider.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export { MUTATE_PATH, VERIFY_PATH };
