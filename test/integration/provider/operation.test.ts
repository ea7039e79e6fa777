import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDevelopmentCertificate } from '../../../src/server/development-certificate.ts';
import { VERIFY_PATH } from '../../../src/server/provider-protocol.ts';
import { parseExposition } from '../../support/exposition.ts';
import { createLabRegistry, labCases, labFile } from '../../support/lab-registry.ts';
import { inlineKey, policy, store, trustRoot, verifier, yamlOf } from '../../support/resources.ts';
import { type ServeProcess, startServeProcess } from '../../support/serve-process.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PATIENCE = { timeout: 20_000 };

let folder: string;
let serving: ServeProcess;
let dispatcher: Agent;
let image: string;
const asked: IncomingHttpHeaders[] = [];
const registry = createLabRegistry({
  onRequest: ({ headers }) => {
    asked.push(headers);
    return undefined;
  },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operation-'));
  const certDir = join(folder, 'certs');
  await ensureDevelopmentCertificate({ certDir, names: [], now: Date.now() });
  await registry.start();
  await configure();
  const flags = ['--config', join(folder, 'configuration.yaml'), '--cert-dir', certDir];
  serving = await startServeProcess([
    ...flags,
    '--trace-id-header',
    'X-Request-Id',
    '--trace-id-header',
    'traceparent',
  ]);
  dispatcher = new Agent({ connect: { ca: await readFile(join(certDir, 'ca.crt'), 'utf8') } });
  const lab = labCases().find((candidate) => candidate.case === 'b-key-bare');
  image = `${registry.host}/${lab?.repository}`;
});

afterAll(async () => {
  serving.kill('SIGKILL');
  await dispatcher.close();
  await registry.close();
  await rm(folder, { recursive: true });
});

function configure(...more: readonly unknown[]): Promise<void> {
  const keys = [{ provider: 'lab-key' }];
  const trustPolicy = { name: 'lab', scopes: ['*'], trustRoot: 'lab', tLogVerify: false, keys };
  return writeFile(
    join(folder, 'configuration.yaml'),
    yamlOf(
      policy(),
      verifier([trustPolicy]),
      trustRoot('lab', labFile('trusted_root.json')),
      inlineKey('lab-key', labFile('cosign.pub')),
      store([{ host: registry.host, plainHttp: true }]),
      ...more,
    ),
  );
}

async function verify(key: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ request: { keys: [key] } });
  const url = `https://127.0.0.1:${serving.port}${VERIFY_PATH}`;
  const answer = (await (await request(url, { method: 'POST', headers, body, dispatcher })).body.json()) as {
    response: { items: { value: { isSuccess: boolean; traceID: string } }[] };
  };
  return answer.response.items[0]?.value;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const { statusCode, body } = await request(url, { headers });
  return [statusCode, await body.text()];
}

function logLines(): Record<string, unknown>[] {
  const lines = serving.output().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

describe('a trace id', () => {
  it('is answered, logged, and sent along to the registry', async () => {
    asked.length = 0;
    const value = await verify(`${image}:v1`, { 'x-request-id': TRACE });

    expect(value).toMatchObject({ isSuccess: true, traceID: TRACE });
    expect(asked.length).toBeGreaterThan(2);
    for (const headers of asked) {
      expect(headers['x-request-id']).toBe(TRACE);
      expect(headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    }
    const verdicts = () => logLines().filter(({ msg, traceId }) => msg === 'verdict' && traceId === TRACE);
    await expect.poll(verdicts, PATIENCE).toEqual([
      expect.objectContaining({
        key: `${image}:v1`,
        digest: expect.stringMatching(/^sha256:/),
        verdict: 'verified',
        signers: ['key lab-key'],
        policies: ['lab'],
        cache: 'miss',
        durations: {
          total: expect.any(Number),
          resolve: expect.any(Number),
          discover: expect.any(Number),
          verify: expect.any(Number),
        },
      }),
    ]);
  });
});

describe('health', () => {
  it('says that the event loop and the threads are alive', async () => {
    expect(await get(`${serving.healthUrl}/healthz`)).toEqual([200, 'ok\n']);
  });

  it('shows the state of every part, and what is wrong', async () => {
    await verify(`${image}:v1`);
    const [status, text] = await get(`${serving.healthUrl}/readyz?verbose`);

    expect(status).toBe(200);
    for (const pattern of [
      /^\[\+\] certificate\n {4}CN=countersign, expires on \d{4}-\d\d-\d\d, in 82\d days$/m,
      /^ {4}Verifier verifier-cosign: valid$/m,
      /^ {4}warning PLAIN_HTTP: /m,
      /^ {4}lab: as of \d{4}-\d\d-\d\d, \d+ days? ago, expires on \d{4}-\d\d-\d\d, in \d+ days$/m,
      /^ {4}verdicts: 1 entries, \d+ bytes$/m,
      /^\[\+\] registries\n {4}all are asked$/m,
      /^ {4}0 verifications and 0 resolutions of tags under way$/m,
      /^ok$/m,
    ]) {
      expect(text).toMatch(pattern);
    }
  });

  it('tells a stale resource and an invalid one from a valid one', async () => {
    await configure({ ...Object(policy()), spec: { nonsense: true } }, verifier([{ name: 'x' }], 'broken'));
    const page = async () => (await get(`${serving.healthUrl}/readyz?verbose`))[1];

    await expect.poll(page, PATIENCE).toMatch(/^ {4}Verifier broken: invalid\n {8}[A-Z_]+: /m);
    expect((await get(`${serving.healthUrl}/readyz`))[0]).toBe(200);
    expect((await get(serving.metricsUrl))[1]).toContain(
      'countersign_configuration_resources{kind="Verifier",state="invalid"} 1',
    );

    await configure();
    await expect.poll(page, PATIENCE).not.toContain('invalid');
  });
});

describe('metrics', () => {
  it.each([
    ['prometheus', {}],
    ['openmetrics', { accept: 'application/openmetrics-text; version=1.0.0' }],
  ] as const)(
    'of a process that has worked are well-formed, and name no image: %s',
    async (format, headers) => {
      await verify(`${image}@sha256:${'0'.repeat(64)}`);
      await verify('registry.test/acme/app:latest');
      await verify('not an image');

      const [, text] = await get(serving.metricsUrl, headers);

      const samples = parseExposition(text, format).flatMap((family) => family.samples);
      const requests = samples.filter(({ name }) => name === 'ratify_registry_request_count_total');
      expect(new Set(requests.map(({ labels }) => labels['registry_host']))).toEqual(
        new Set([registry.host, 'other']),
      );
      expect(samples).toContainEqual(
        expect.objectContaining({ name: 'countersign_worker_restarts_total', value: 0 }),
      );
      expect(samples).toContainEqual(
        expect.objectContaining({
          name: 'ratify_blob_cache_count_total',
          labels: { hit: 'false' },
          value: expect.any(Number),
        }),
      );
      expect(text).toMatch(/^countersign_certificate_expiry_timestamp_seconds \d{10}$/m);
      expect(text).toMatch(/^countersign_trust_root_expiry_timestamp_seconds\{trust_root="lab"\} \d{10}$/m);
      expect(text).not.toMatch(/b-key-bare|acme|not an image|sha256/);
    },
  );
});

describe('the log level', () => {
  it('changes with SIGUSR2, to debug and back', async () => {
    const changes = () => logLines().flatMap(({ msg, to }) => (msg === 'log level changed' ? [to] : []));
    const requestLines = () => logLines().filter(({ msg }) => msg === 'registry request').length;
    expect(requestLines()).toBe(0);

    serving.kill('SIGUSR2');
    await expect.poll(changes, PATIENCE).toEqual(['debug']);
    await verify(`${image}@sha256:${'1'.repeat(64)}`);
    await expect.poll(requestLines, PATIENCE).toBeGreaterThan(0);

    serving.kill('SIGUSR2');
    await expect.poll(changes, PATIENCE).toEqual(['debug', 'info']);
  });
});

describe('after SIGTERM', () => {
  it('is not ready, answers for a while, and ends in peace', async () => {
    serving.kill('SIGTERM');

    await expect
      .poll(() => get(`${serving.healthUrl}/readyz?verbose`), PATIENCE)
      .toEqual([503, expect.stringMatching(/\[-\] stopping\n.*\nnot ready\n$/)]);
    expect(await verify(`${image}:v1`)).toMatchObject({ isSuccess: true });
    expect(await serving.ended).toBe(0);
  });
});
