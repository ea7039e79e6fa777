import { X509Certificate } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { type FollowedTls, followTls } from '../../../src/server/followed-tls.ts';
import { startListener } from '../../../src/server/listener.ts';
import { VERIFY_PATH } from '../../../src/server/provider-protocol.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { createTestAuthority, type KeyPairPem, type TestAuthority } from '../../support/certificates.ts';
import { writeSecretMount } from '../../support/secret-mount.ts';
import { fakeService } from '../../support/verification-service.ts';

const BODY = '{"request":{"keys":["a"]}}';
const PATIENCE = { timeout: 20_000 };

let root: string;
let folder: string;
let clientCa: string;
let authority: TestAuthority;
let first: KeyPairPem;
let second: KeyPairPem;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rotation-'));
  authority = await createTestAuthority();
  [first, second] = await Promise.all([issue('first'), issue('second')]);
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'certs-'));
  clientCa = join(folder, 'clients', 'ca.crt');
});

const logged: Record<string, unknown>[] = [];
const logger = createLogger({
  level: 'info',
  format: 'json',
  stream: { write: (line: string) => void logged.push(JSON.parse(line)) },
});
afterEach(() => {
  logged.length = 0;
});

function issue(commonName: string, notAfter?: Date): Promise<KeyPairPem> {
  return authority.issue({ commonName, usages: ['serverAuth'], ...(notAfter !== undefined && { notAfter }) });
}

function filesOf({ certificate, key }: KeyPairPem) {
  return { 'tls.crt': certificate, 'tls.key': key };
}

async function writePlainly(pair: KeyPairPem): Promise<void> {
  for (const [name, content] of Object.entries(filesOf(pair))) {
    await writeFile(join(folder, `.${name}.new`), content);
    await rename(join(folder, `.${name}.new`), join(folder, name));
  }
}

async function follow(options: { mutual?: boolean; onReload?: (taken: boolean) => void } = {}) {
  const { mutual = false, ...others } = options;
  const tls = await followTls(
    { certDir: folder, clientCaFiles: mutual ? [clientCa] : [] },
    { clock: systemClock, logger, pollInterval: 200, ...others },
  );
  onTestFinished(() => tls.close());
  return tls;
}

async function serve(tls: FollowedTls) {
  const listener = await startListener({
    service: fakeService(),
    clock: systemClock,
    logger,
    metrics: createMetrics(),
    host: '127.0.0.1',
    port: 0,
    closingMs: 0,
    tls: tls.current(),
  });
  tls.subscribe(listener.useTls);
  onTestFinished(() => listener.close());
  return listener.port;
}

function nameInForce(tls: FollowedTls): string {
  return tls.current().certificate.subject;
}

describe('what is in force', () => {
  it.each([
    ['a Secret mount', (pair: KeyPairPem) => writeSecretMount(folder, filesOf(pair))],
    ['files that are renamed one after the other', writePlainly],
  ])('follows %s', async (_, write) => {
    await write(first);
    const reloads: boolean[] = [];
    const tls = await follow({ onReload: (taken) => reloads.push(taken) });

    await write(second);

    await expect.poll(() => nameInForce(tls), PATIENCE).toBe('CN=second');
    expect(tls.problem()).toBeUndefined();
    expect(reloads.at(-1)).toBe(true);
    expect(logged).toContainEqual(
      expect.objectContaining({ msg: 'certificate reloaded', subject: 'CN=second' }),
    );
  });

  it.each([
    [
      'a key of another certificate',
      () => writeFile(join(folder, 'tls.key'), second.key),
      /do not make a pair/,
    ],
    [
      'a certificate of another key',
      () => writeFile(join(folder, 'tls.crt'), second.certificate),
      /make a pair/,
    ],
    ['no key', () => rm(join(folder, 'tls.key')), /tls\.key cannot be read/],
    ['an empty certificate', () => writeFile(join(folder, 'tls.crt'), ''), /holds no PEM certificate/],
    [
      'half of a chain',
      () => writeFile(join(folder, 'tls.crt'), first.certificate + authority.certificate.slice(0, 300)),
      /is cut off within a certificate/,
    ],
    [
      'a certificate that expired',
      async () => writePlainly(await issue('late', new Date(Date.now() - 60_000))),
      /expired on/,
    ],
  ])('stays the good pair when there is %s, and says so', async (_, spoil, message) => {
    await writePlainly(first);
    const reloads: boolean[] = [];
    const tls = await follow({ onReload: (taken) => reloads.push(taken) });

    await spoil();

    await expect.poll(() => tls.problem()?.message, PATIENCE).toMatch(message);
    expect(tls.problem()?.code).toBe('CERTIFICATE_UNREADABLE');
    expect(nameInForce(tls)).toBe('CN=first');
    expect(reloads).not.toContain(true);
    expect(logged).toContainEqual(
      expect.objectContaining({
        level: 'error',
        code: 'CERTIFICATE_UNREADABLE',
        reason: expect.stringMatching(message),
      }),
    );

    await writePlainly(second);

    await expect.poll(() => nameInForce(tls), PATIENCE).toBe('CN=second');
    expect(tls.problem()).toBeUndefined();
  });

  it('recovers in silence when the pair that is in force comes back', async () => {
    await writePlainly(first);
    const tls = await follow();
    await writeFile(join(folder, 'tls.crt'), '');
    await expect.poll(() => tls.problem(), PATIENCE).toBeDefined();

    await writePlainly(first);

    await expect.poll(() => tls.problem(), PATIENCE).toBeUndefined();
    expect(logged.filter(({ msg }) => msg === 'certificate reloaded')).toEqual([]);
  });

  it('says in the log that the certificate expires', async () => {
    await writePlainly(first);
    await follow();

    expect(logged).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'the certificate of the server expires soon' }),
    );
  });

  it('needs a good pair to begin with', async () => {
    await writeFile(join(folder, 'tls.crt'), first.certificate);

    await expect(follow()).rejects.toMatchObject({ code: 'CERTIFICATE_UNREADABLE' });
  });
});

describe('client authorities', () => {
  it('are exchanged for handshakes, and leave connections that stand alone', async () => {
    const [old, next] = await Promise.all([createTestAuthority('old'), createTestAuthority('next')]);
    const [oldClient, nextClient] = await Promise.all(
      [old, next].map((ca) => ca.issue({ commonName: 'gatekeeper', usages: ['clientAuth'] })),
    );
    await writePlainly(first);
    await writeSecretMount(join(folder, 'clients'), { 'ca.crt': old.certificate });
    const port = await serve(await follow({ mutual: true }));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const asOld = { cert: oldClient?.certificate, key: oldClient?.key };
    const asNext = { cert: nextClient?.certificate, key: nextClient?.key };
    const kept = await ask(port, { ...asOld, agent });
    await expect(ask(port, asNext)).rejects.toThrow();

    await writeSecretMount(join(folder, 'clients'), { 'ca.crt': next.certificate });

    await expect
      .poll(
        () =>
          ask(port, asNext).then(
            ({ status }) => status,
            () => 0,
          ),
        PATIENCE,
      )
      .toBe(200);
    await expect(ask(port, asOld)).rejects.toThrow();
    expect(await ask(port, { ...asOld, agent })).toMatchObject({ status: 200, clientPort: kept.clientPort });
  });
});

interface Answered {
  readonly status: number | undefined;
  readonly clientPort: number | undefined;
}

function ask(port: number, options: ConnectionOptions & { agent?: Agent } = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, path: VERIFY_PATH, method: 'POST', ca: authority.certificate };
    const call = request({ ...target, agent: false, ...options }, async (response) => {
      const clientPort = response.socket.localPort;
      let text = '';
      for await (const chunk of response) text += chunk;
      const isAnswer = JSON.parse(text).response.items[0].value.isSuccess === true;
      resolve({ status: isAnswer ? response.statusCode : 0, clientPort });
    });
    call.on('error', reject);
    call.end(BODY);
  });
}

/** The certificate that the server presents at this moment. */
async function presented(port: number): Promise<string> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: authority.certificate });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return new X509Certificate(raw).subject;
}

const ROTATIONS = 10;
/** On new connections, and as many on kept ones, for each rotation. */
const REQUESTS = 40;

describe('ten rotations under load', () => {
  it('fail no request, be it on a new connection or on a kept one', async () => {
    await writeSecretMount(folder, filesOf(first));
    const port = await serve(await follow());
    const counts = { fresh: 0, kept: 0 };
    const failures: unknown[] = [];
    let over = false;

    async function load(kind: keyof typeof counts): Promise<void> {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (!over) {
        const { status } = await ask(port, kind === 'kept' ? { agent } : {}).catch((error) => {
          failures.push(error);
          return { status: 0 };
        });
        if (status !== 200) failures.push(status);
        counts[kind] += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      agent.destroy();
    }
    const loads = [load('fresh'), load('fresh'), load('kept'), load('kept')];

    for (let rotation = 1; rotation <= ROTATIONS; rotation += 1) {
      const before = { ...counts };
      const name = `rotation ${rotation}`;
      const pair = await issue(name);
      // Every third time a half of it comes first, as from a tool that copies one file after the other.
      if (rotation % 3 === 0) await writeSecretMount(folder, { ...filesOf(pair), 'tls.key': first.key });
      await writeSecretMount(folder, filesOf(pair));
      await expect.poll(() => presented(port), PATIENCE).toBe(`CN=${name}`);
      await expect.poll(() => counts.fresh - before.fresh, PATIENCE).toBeGreaterThanOrEqual(REQUESTS);
      await expect.poll(() => counts.kept - before.kept, PATIENCE).toBeGreaterThanOrEqual(REQUESTS);
    }
    over = true;
    await Promise.all(loads);

    expect(failures).toEqual([]);
    expect(counts.fresh + counts.kept).toBeGreaterThanOrEqual(2 * ROTATIONS * REQUESTS);
  });
});
