import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ensureDevelopmentCertificate } from '../../../src/server/development-certificate.ts';
import { VERIFY_PATH } from '../../../src/server/provider-protocol.ts';
import { createLabRegistry, labCases, labFile } from '../../support/lab-registry.ts';
import { inlineKey, policy, store, trustRoot, verifier, yamlOf } from '../../support/resources.ts';
import { type ServeProcess, startServeProcess } from '../../support/serve-process.ts';
import { startTcpBalancer } from '../../support/tcp-balancer.ts';

const UPGRADES = 2;
/** For a cluster to send new connections elsewhere, after the process was told to stop. */
const LAG_MS = 700;
const PAUSE_MS = 120;

interface Answered {
  readonly status: number | undefined;
  readonly text: string;
  readonly connection: string | undefined;
}

function ask(port: number, ca: string, key: string, agent?: Agent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, path: VERIFY_PATH, method: 'POST', ca, agent: agent ?? false };
    const call = request(target, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, text, connection: response.headers.connection });
    });
    call.on('error', reject);
    call.end(JSON.stringify({ request: { keys: [key] } }));
  });
}

/** Why this is not what Gatekeeper needs; undefined where it is. */
function faultOf({ status, text }: Answered): string | undefined {
  const { kind, response } = JSON.parse(text);
  const isGood = status === 200 && kind === 'ProviderResponse' && response.items[0].value.isSuccess === true;
  return isGood ? undefined : `${status} ${text}`;
}

it('processes that are replaced one after the other under load fail no request', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rolling-'));
  const certDir = join(folder, 'certs');
  await ensureDevelopmentCertificate({ certDir, names: [], now: Date.now() });
  const ca = await readFile(join(certDir, 'ca.crt'), 'utf8');
  const registry = createLabRegistry({ referrersApi: true });
  await registry.start();
  const balancer = await startTcpBalancer();
  const processes: ServeProcess[] = [];
  onTestFinished(async () => {
    for (const { kill } of processes) kill('SIGKILL');
    await balancer.close();
    await registry.close();
    await rm(folder, { recursive: true });
  });
  await writeFile(
    join(folder, 'configuration.yaml'),
    yamlOf(
      policy(),
      verifier([
        { name: 'lab', scopes: ['*'], trustRoot: 'lab', tLogVerify: false, keys: [{ provider: 'lab-key' }] },
      ]),
      trustRoot('lab', labFile('trusted_root.json')),
      inlineKey('lab-key', labFile('cosign.pub')),
      store([{ host: registry.host, plainHttp: true }]),
    ),
  );
  const lab = labCases().find((candidate) => candidate.case === 'b-key-bare');
  const key = `${registry.host}/${lab?.repository}@${lab?.digest}`;

  async function start(): Promise<ServeProcess> {
    const flags = ['--config', join(folder, 'configuration.yaml'), '--cert-dir', certDir];
    const process = await startServeProcess(flags);
    processes.push(process);
    return process;
  }

  let old = await start();
  balancer.use(old.port);
  const counts = { fresh: 0, kept: 0, toldToClose: 0 };
  const failures: unknown[] = [];
  let over = false;

  async function load(kind: 'fresh' | 'kept'): Promise<void> {
    const agent = kind === 'kept' ? new Agent({ keepAlive: true, maxSockets: 1 }) : undefined;
    while (!over) {
      try {
        const answered = await ask(balancer.port, ca, key, agent);
        const fault = faultOf(answered);
        if (fault !== undefined) failures.push(fault);
        if (kind === 'kept' && answered.connection === 'close') counts.toldToClose += 1;
      } catch (error) {
        failures.push(error);
      }
      counts[kind] += 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    agent?.destroy();
  }
  const loads = [load('fresh'), load('fresh'), load('kept'), load('kept'), load('kept')];

  for (let upgrade = 0; upgrade < UPGRADES; upgrade += 1) {
    const next = await start();
    balancer.use(old.port, next.port);
    const before = counts.toldToClose;
    old.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, LAG_MS));
    balancer.use(next.port);
    expect(await old.ended).toBe(0);
    expect(counts.toldToClose).toBeGreaterThan(before);
    old = next;
  }
  over = true;
  await Promise.all(loads);

  expect(failures).toEqual([]);
  expect(counts.fresh).toBeGreaterThan(50);
  expect(counts.kept).toBeGreaterThan(50);
});
