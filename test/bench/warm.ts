import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { Agent, request } from 'undici';
import { createTestAuthority } from '../support/certificates.ts';
import { labConfiguration } from '../support/lab-configuration.ts';
import { createLabRegistry, labCases } from '../support/lab-registry.ts';
import { startTestProvider, VERIFY_PATH } from '../support/test-provider.ts';

// Warm verdicts by HTTPS, against a floor: a bare fastify with TLS that answers the very same bytes without looking at
// the request. What is printed as a ratio was measured in this run, on this machine, by the same client.

const REQUESTS = 4_000;

interface Measure {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function load(url: string, ca: string, body: string, concurrency: number): Promise<Measure> {
  const dispatcher = new Agent({ connect: { ca }, connections: concurrency });
  const durations: number[] = [];
  let left = REQUESTS;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (left > 0) {
        left -= 1;
        const sent = performance.now();
        const response = await request(url, { method: 'POST', body, dispatcher });
        await response.body.dump();
        durations.push(performance.now() - sent);
      }
    }),
  );
  const elapsed = performance.now() - started;
  await dispatcher.close();
  durations.sort((a, b) => a - b);
  const at = (share: number) => durations[Math.floor(durations.length * share)] ?? 0;
  return { perSecond: (REQUESTS / elapsed) * 1_000, p50: at(0.5), p99: at(0.99) };
}

const registry = createLabRegistry();
await registry.start();
const provider = await startTestProvider(labConfiguration(registry.host));
const images = labCases()
  .filter(({ kind }) => kind !== 'attestation')
  .map(({ repository, digest }) => `${registry.host}/${repository}@${digest}`);

const authority = await createTestAuthority();
const { certificate, key } = await authority.issue({ commonName: 'localhost', usages: ['serverAuth'] });
const floor = fastify({ https: { key, cert: certificate } });
let bytes = '';
floor.post('/', (_request, reply) => reply.type('application/json').send(bytes));
floor.removeAllContentTypeParsers();
floor.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
await floor.listen({ port: 0, host: '127.0.0.1' });
const floorUrl = `https://127.0.0.1:${(floor.server.address() as AddressInfo).port}/`;

process.stdout.write('keys  concurrency   floor/s  countersign/s  ratio   p50 ms   p99 ms\n');
for (const keys of [1, 10]) {
  const asked = images.slice(0, keys);
  const body = JSON.stringify({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys: asked },
  });
  bytes = JSON.stringify(await provider.post(VERIFY_PATH, asked));
  for (const concurrency of [8, 32]) {
    const base = await load(floorUrl, authority.certificate, body, concurrency);
    const ours = await load(`${provider.url}${VERIFY_PATH}`, provider.ca, body, concurrency);
    const ratio = base.perSecond / ours.perSecond;
    const cells = [
      keys,
      concurrency,
      base.perSecond.toFixed(0),
      ours.perSecond.toFixed(0),
      ratio.toFixed(2),
      ours.p50.toFixed(2),
      ours.p99.toFixed(2),
    ];
    process.stdout.write(
      `${cells.map((cell, index) => String(cell).padStart([4, 12, 9, 14, 6, 8, 8][index] ?? 8)).join(' ')}\n`,
    );
  }
}
await Promise.all([provider.close(), registry.close(), floor.close()]);
