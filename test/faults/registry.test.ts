import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../src/demo/registry/answer.ts';
import { createDemoRegistry, type DemoRegistry } from '../../src/demo/registry/demo-registry.ts';
import { releasePolicy } from '../support/attack-set-up.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { faultTable } from '../support/fault-table.ts';
import { setUpFaultyWorld } from '../support/faulty-world.ts';
import { refusal, type Step } from '../support/hostile-registry.ts';
import { store } from '../support/resources.ts';

const report = faultTable('The registry');
const DIGEST = `sha256:${'0'.repeat(64)}`;
/** All that is asked at once for an image. */
const FIRST_STEPS: readonly Step[] = ['signature-tag', 'referrers', 'fallback-tag'];

/** Half of what was announced, then the connection is gone. */
function cutOff(): Answer {
  async function* bytes(): AsyncIterable<Uint8Array> {
    yield Buffer.alloc(500);
    await delay(20);
    throw new Error('cut off');
  }
  return { status: 200, headers: { 'content-length': '1000' }, body: bytes() };
}

describe('a registry that fails while countersign serves', () => {
  let expired: DemoRegistry;
  let authority = '';

  beforeAll(async () => {
    const issuer = await createTestAuthority();
    authority = issuer.certificate;
    const notAfter = new Date(Date.now() - 60_000);
    const { certificate, key } = await issuer.issue({
      commonName: 'registry',
      usages: ['serverAuth'],
      notAfter,
    });
    expired = createDemoRegistry({ tls: { cert: certificate, key } });
    await expired.start();
  });

  afterAll(() => expired.close());

  const world = setUpFaultyWorld({
    trustPolicies: (host) => [releasePolicy(host, { scopes: ['*'] })],
    resources: (host) => [
      store([
        { host, plainHttp: true },
        { host: expired.host, ca: authority },
      ]),
    ],
  });
  const { hostile } = world;

  it('resets the connection in the middle of a body', async () => {
    const { repository, key } = world.image('reset');
    hostile.misbehave(repository, 'blob', () => cutOff());
    const saw = await world.judge(key);
    expect(saw).toEqual(['unavailable REGISTRY_UNREACHABLE']);
    report({ fault: 'reset in the middle of a body', saw: saw.join(), after: await world.recovered() });
  });

  it('stalls for longer than the deadline', async () => {
    const { repository, key } = world.image('stall');
    for (const step of FIRST_STEPS) hostile.misbehave(repository, step, 'hang');
    const saw = await world.judge(key, world.image('neighbour').key);
    expect(saw).toEqual(['unavailable DEADLINE_EXCEEDED', 'verified']);
    report({ fault: 'stalls, beside an honest image', saw: saw.join(', '), after: await world.recovered() });
  });

  it('answers after the deadline: the retry finds the verdict', async () => {
    const { repository, key, registry } = world.image('late');
    hostile.misbehave(repository, 'blob', ({ target }) =>
      'reference' in target ? late(registry.blob(target.reference)) : undefined,
    );
    const first = await world.judge(key);
    expect(first).toEqual(['unavailable DEADLINE_EXCEEDED']);
    await expect.poll(() => world.judge(key), { interval: 200, timeout: 10_000 }).toEqual(['verified']);
    const asked = hostile.seen(repository).length;
    expect(hostile.seen(repository, 'blob')).toHaveLength(1);
    expect(await world.judge(key)).toEqual(['verified']);
    expect(hostile.seen(repository)).toHaveLength(asked);
    report({
      fault: 'answers after the deadline',
      saw: `${first.join()}, retry: verified, nothing asked twice`,
      after: await world.recovered(),
    });
  });

  it('is not known to DNS', async () => {
    const [value] = await world.ask([`registry.invalid/acme/app@${DIGEST}`]);
    expect(value).toMatchObject({ isSuccess: false, code: 'REGISTRY_UNREACHABLE' });
    expect(value?.message).toContain('DNS');
    report({ fault: 'DNS fails', saw: `unavailable ${value?.code}`, after: await world.recovered() });
  });

  it('has a certificate that expired', async () => {
    const [value] = await world.ask([`${expired.host}/acme/app@${DIGEST}`]);
    expect(value).toMatchObject({ isSuccess: false, code: 'REGISTRY_UNREACHABLE' });
    expect(value?.message).toContain('CERT_HAS_EXPIRED');
    expect(expired.requests).toEqual([]);
    report({
      fault: 'certificate expired',
      saw: `unavailable ${value?.code} (CERT_HAS_EXPIRED)`,
      after: await world.recovered(),
    });
  });

  it('answers every request with an error for a while', async () => {
    const { repository, key } = world.image('storm');
    for (const step of FIRST_STEPS) hostile.misbehave(repository, step, refusal(503));
    const saw = new Set<string>();
    for (let time = 0; time < 30; time += 1) for (const verdict of await world.judge(key)) saw.add(verdict);
    expect([...saw]).toEqual(['unavailable REGISTRY_ERROR']);
    const asked = hostile.seen(repository).length;
    // Without a back-off: 30 times 3 places, 3 attempts each.
    expect(asked).toBeLessThan(60);
    for (const step of FIRST_STEPS) hostile.misbehave(repository, step, () => undefined);
    await expect.poll(() => world.judge(key), { interval: 200, timeout: 10_000 }).toEqual(['verified']);
    report({
      fault: '30 requests in a storm of 503',
      saw: `${[...saw].join()}, ${asked} requests to the registry, then verified`,
      after: await world.recovered(),
    });
  });

  it('is gone, and comes back', async () => {
    const { registry } = world.setUp;
    const images = Array.from({ length: 6 }, (_, index) => world.image(`gone-${index}`).key);
    const port = Number(registry.host.split(':')[1]);
    await registry.close();
    const saw = await world.judge(...images);
    expect(new Set(saw)).toEqual(new Set(['unavailable REGISTRY_UNREACHABLE']));
    await registry.start(port);
    await expect
      .poll(() => world.judge(...images), { interval: 200, timeout: 20_000 })
      .toEqual(images.map(() => 'verified'));
    report({
      fault: 'gone, and back',
      saw: 'unavailable REGISTRY_UNREACHABLE, then verified',
      after: await world.recovered(),
    });
  });
});

/** The whole body, when nobody waits for it any more. */
function late(body: Uint8Array | undefined): Answer {
  async function* bytes(): AsyncIterable<Uint8Array> {
    await delay(4_000);
    if (body !== undefined) yield body;
  }
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: bytes() };
}
