import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:https';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { FastifyServerFactory } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createApp } from '../../../src/server/app.ts';
import { type Listener, type ListenerOptions, startListener } from '../../../src/server/listener.ts';
import { loadTls } from '../../../src/server/tls.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { createTestAuthority, type KeyPairPem, type TestAuthority } from '../../support/certificates.ts';
import { fakeService, keyResult, VERIFIED } from '../../support/verification-service.ts';

const VERIFY = '/ratify/gatekeeper/v1/verify';
const BODY = '{"request":{"keys":["a"]}}';

let folder: string;
let authority: TestAuthority;
let stranger: TestAuthority;
let server: KeyPairPem;
let clientHello: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'listener-'));
  [authority, stranger] = await Promise.all([createTestAuthority(), createTestAuthority('stranger')]);
  server = await authority.issue({ commonName: 'server', usages: ['serverAuth'] });
  await writeFile(join(folder, 'tls.crt'), server.certificate);
  await writeFile(join(folder, 'tls.key'), server.key);
  await writeFile(join(folder, 'client-ca.crt'), authority.certificate);
  clientHello = await recordClientHello();
});
afterAll(() => rm(folder, { recursive: true }));

const logged: Record<string, unknown>[] = [];
const logger = createLogger({
  level: 'debug',
  format: 'json',
  stream: { write: (line: string) => void logged.push(JSON.parse(line)) },
});
afterEach(() => {
  logged.length = 0;
});

interface StartOptions extends Partial<ListenerOptions> {
  readonly mutual?: boolean;
  readonly minVersion?: 'TLSv1.2';
}

async function start({ mutual = false, minVersion, ...options }: StartOptions = {}): Promise<Listener> {
  const listener = await startListener({
    service: fakeService(),
    clock: systemClock,
    logger,
    metrics: createMetrics(),
    host: '127.0.0.1',
    port: 0,
    closingMs: 0,
    tls: await loadTls({
      certDir: folder,
      clientCaFiles: mutual ? [join(folder, 'client-ca.crt')] : [],
      ...(minVersion !== undefined && { minVersion }),
    }),
    ...options,
  });
  onTestFinished(() => listener.close());
  return listener;
}

interface Answered {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  /** The client's: tells connections apart. */
  readonly clientPort: number | undefined;
  readonly body: { response: { items: { key: string }[]; systemError: string } };
}

function ask(
  { port }: Listener,
  options: ConnectionOptions & { agent?: Agent; headers?: Record<string, string> } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        path: VERIFY,
        method: 'POST',
        ca: authority.certificate,
        agent: false,
        ...options,
      },
      async (response) => {
        const clientPort = response.socket.localPort;
        let text = '';
        for await (const chunk of response) text += chunk;
        const { statusCode: status, headers } = response;
        resolve({ status, connection: headers.connection, clientPort, body: JSON.parse(text) });
      },
    );
    call.on('error', reject);
    call.end(BODY);
  });
}

/** A service that tells when it was asked, and answers when it is released. */
function heldService() {
  const { promise: asked, resolve: tell } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const service = fakeService({
    verify: async (key) => {
      tell();
      await released;
      return keyResult(key, VERIFIED);
    },
  });
  return { service, asked, release };
}

/** A TLS connection that speaks for itself. */
async function open({ port }: { readonly port: number }): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.certificate });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** A connection on which TLS has yet to begin. */
async function openTcp({ port }: Listener): Promise<Socket> {
  const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  // So that it is noticed when the server closes the connection.
  socket.on('end', () => socket.destroy()).resume();
  return socket;
}

/** What a client of TLS sends first. */
function recordClientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createTcpServer((socket) => {
      socket.once('data', (data) => {
        socket.destroy();
        server.close(() => resolve(data));
      });
    }).listen(0, '127.0.0.1', () => {
      connect(server.address() as AddressInfo).on('error', () => {});
    });
  });
}

/** More often than the handshake may take, and for longer. */
function writeSlowly(socket: Socket): void {
  const bytes = clientHello.values();
  const timer = setInterval(() => {
    const { value } = bytes.next();
    if (value !== undefined) socket.write(Buffer.of(value));
  }, 20);
  socket.once('close', () => clearInterval(timer));
}

function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

/** Everything until the server closes the connection. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

/** One answer on a connection that stays open. */
function readAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve) => socket.once('data', (chunk) => resolve(String(chunk))));
}

function postText(extra = ''): string {
  return `POST ${VERIFY} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BODY.length}\r\n${extra}\r\n${BODY}`;
}

function expectProviderResponse(text: string, status: number): void {
  expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(text.toLowerCase()).toContain('content-type: application/json; charset=utf-8');
  const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
  expect(body).toMatchObject({ kind: 'ProviderResponse', response: { idempotent: true, items: [] } });
  expect(body.response.systemError).not.toBe('');
}

async function logLine(part: string): Promise<Record<string, unknown>> {
  const line = () => logged.find(({ msg }) => String(msg).includes(part));
  await expect.poll(line, { timeout: 10_000 }).toBeDefined();
  return line() ?? {};
}

describe('TLS', () => {
  it('answers over TLS 1.3', async () => {
    const answer = await ask(await start());

    expect(answer.status).toBe(200);
    expect(answer.body.response.items[0]?.key).toBe('a');
  });

  it('refuses TLS 1.2, and says so in the log', async () => {
    const listener = await start();

    await expect(ask(listener, { maxVersion: 'TLSv1.2' })).rejects.toThrow();

    await logLine('the client speaks only versions of TLS that are older');
  });

  it('accepts TLS 1.2 where that is set', async () => {
    const listener = await start({ minVersion: 'TLSv1.2' });

    expect((await ask(listener, { maxVersion: 'TLSv1.2' })).status).toBe(200);
  });
});

describe('client certificates', () => {
  it('serves a client with a certificate for clients', async () => {
    const { certificate: cert, key } = await authority.issue({
      commonName: 'gatekeeper',
      usages: ['serverAuth', 'clientAuth'],
    });

    expect((await ask(await start({ mutual: true }), { cert, key })).status).toBe(200);
  });

  it('says what is wrong with a certificate that is for servers only', async () => {
    const { certificate: cert, key } = await authority.issue({
      commonName: 'gatekeeper',
      usages: ['serverAuth'],
    });

    await expect(ask(await start({ mutual: true }), { cert, key })).rejects.toThrow();

    expect((await logLine('lacks the extended key usage clientAuth'))['level']).toBe('warn');
  });

  it('refuses a certificate of another authority', async () => {
    const { certificate: cert, key } = await stranger.issue({ commonName: 'x', usages: ['clientAuth'] });

    await expect(ask(await start({ mutual: true }), { cert, key })).rejects.toThrow();

    await logLine('not issued by an authority of the client CA files');
  });

  it('refuses an expired certificate', async () => {
    const notAfter = new Date(Date.now() - 60_000);
    const { certificate: cert, key } = await authority.issue({
      commonName: 'x',
      usages: ['clientAuth'],
      notAfter,
    });

    await expect(ask(await start({ mutual: true }), { cert, key })).rejects.toThrow();

    await logLine('has expired');
  });

  it('refuses a client without certificate', async () => {
    await expect(ask(await start({ mutual: true }))).rejects.toThrow();

    await logLine('presented no certificate');
  });
});

describe('HTTP', () => {
  it('keeps a connection for longer than Gatekeeper does', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const listener = await start();

    const first = await ask(listener, { agent });
    const second = await ask(listener, { agent });
    const socket = await open(listener);
    socket.write(postText());

    expect(second.clientPort).toBe(first.clientPort);
    expect(await readAnswer(socket)).toMatch(/keep-alive: timeout=9[45]/i);
  });

  it.each([
    ['no HTTP', 'nonsense\r\n\r\n', 400],
    ['a malformed header', `POST ${VERIFY} HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n`, 400],
    ['two lengths', postText('Content-Length: 1\r\n'), 400],
    ['a header that is too large', postText(`X: ${'a'.repeat(20_000)}\r\n`), 431],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    [
      'a body of another length',
      `POST ${VERIFY} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
  ])('answers %s with a ProviderResponse', async (_, text, status) => {
    const socket = await open(await start());

    socket.write(text);

    expectProviderResponse(await readToEnd(socket), status);
  });

  it.each([
    ['no host', `POST ${VERIFY} HTTP/1.1\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`],
    ['an expectation that nobody knows', postText('Expect: miracles\r\n')],
    ['an upgrade that nobody knows', postText('Upgrade: x\r\nConnection: upgrade\r\n')],
  ])('answers a request with %s as if nothing were', async (_, text) => {
    const socket = await open(await start());

    socket.write(text);

    const answer = await readAnswer(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"isSuccess":true');
  });

  it('answers a body that is too large with a ProviderResponse, before and after the client has sent it', async () => {
    const socket = await open(await start());
    const answer = readAnswer(socket);

    socket.write(`POST ${VERIFY} HTTP/1.1\r\nHost: x\r\nContent-Length: ${9 * 1024 * 1024}\r\n\r\n`);

    expectProviderResponse(await answer, 413);
    socket.write(Buffer.alloc(9 * 1024 * 1024));
    socket.write(postText());
    expect(await readAnswer(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('slow clients', () => {
  it('answers half a request with a ProviderResponse, and lets a spare connection be', async () => {
    const app = createApp({
      service: fakeService(),
      clock: systemClock,
      logger,
      metrics: createMetrics(),
      serverFactory: ((handler) =>
        createServer(
          { cert: server.certificate, key: server.key, headersTimeout: 50, connectionsCheckingInterval: 50 },
          handler,
        )) as FastifyServerFactory,
    });
    onTestFinished(() => app.close());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as { port: number };
    const [spare, slow] = [await open({ port }), await open({ port })];

    slow.write(`POST ${VERIFY} HT`);

    expectProviderResponse(await readToEnd(slow), 408);
    spare.write(postText());
    expect(await readAnswer(spare)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a handshake that does not end', () => {
  it.each<[string, (socket: Socket) => unknown]>([
    ['a client that says nothing', () => {}],
    ['half a ClientHello', (socket) => socket.write(clientHello.subarray(0, 100))],
    ['a ClientHello and nothing after it', (socket) => socket.write(clientHello)],
    ['a ClientHello byte by byte', writeSlowly],
    ['a client that has finished writing', (socket) => socket.end()],
  ])('is given up: %s', async (_, begin) => {
    const listener = await start({ handshakeMs: 200 });
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openTcp(listener)));

    for (const socket of sockets) begin(socket);

    await Promise.all(sockets.map((socket) => once(socket, 'close')));
    expect((await ask(listener)).status).toBe(200);
  });

  it('is named in the log, with the client', async () => {
    const listener = await start({ handshakeMs: 200 });

    await openTcp(listener);

    expect(await logLine('did not finish the handshake in time')).toMatchObject({
      level: 'warn',
      client: '127.0.0.1',
    });
  });
});

describe('the connection cap', () => {
  it('counts connections that have not finished the handshake', async () => {
    const listener = await start({ maxConnections: 2 });
    const [first, second] = [await openTcp(listener), await openTcp(listener)];

    const closed = Promise.all([once(first, 'close'), once(second, 'close')]);

    const [third, fourth] = [await open(listener), await open(listener)];

    await closed;
    for (const socket of [third, fourth]) {
      socket.write(postText());
      expect(await readAnswer(socket)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it('holds when many come at once', async () => {
    const listener = await start({ maxConnections: 2 });

    const sockets = await Promise.all(Array.from({ length: 50 }, () => openTcp(listener)));

    await expect.poll(() => sockets.filter(({ closed }) => !closed).length).toBe(2);
  });

  it('closes the connection that has been idle for longest, and refuses none', async () => {
    const listener = await start({ maxConnections: 2 });
    const [first, second] = [await open(listener), await open(listener)];
    // The first one has asked something since: now the second is the one that is idle for longest.
    first.write(postText());
    await readAnswer(first);
    const closed = once(second, 'close');

    const third = await open(listener);

    await closed;
    for (const socket of [first, third]) {
      socket.write(postText());
      expect(await readAnswer(socket)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it('closes no connection that waits for its answer', async () => {
    const { service, asked, release } = heldService();
    const listener = await start({ maxConnections: 1, service, verifyDeadlineMs: 30_000 });
    const busy = await open(listener);
    const answer = readAnswer(busy);
    busy.write(postText());
    await asked;
    const other = await open(listener);
    other.write(postText());

    release();

    expect(await answer).toContain('"isSuccess":true');
    expect(await readAnswer(other)).toContain('"isSuccess":true');
  });
});

describe('closing', () => {
  it('does not wait for handshakes', async () => {
    const listener = await start({ handshakeMs: 2 ** 31 - 1 });
    const socket = await openTcp(listener);

    await listener.close();

    await once(socket, 'close');
  });

  it('goes on answering, on old and new connections, and asks to close them', async () => {
    const listener = await start({ closingMs: 1_000 });
    const old = await open(listener);
    old.write(postText());
    expect(await readAnswer(old)).toMatch(/connection: keep-alive/i);

    const closed = listener.close();
    old.write(postText());
    const answer = await readToEnd(old);
    const fresh = await ask(listener);

    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/connection: close/i);
    expect(answer).toContain('"isSuccess":true');
    expect(fresh).toMatchObject({ status: 200, connection: 'close' });
    await closed;
    await expect(ask(listener)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('finishes what it was asked before', async () => {
    const { service, asked, release } = heldService();
    const listener = await start({ service, verifyDeadlineMs: 30_000 });
    const socket = await open(listener);
    socket.write(postText());
    await asked;
    const closed = listener.close();
    const answer = readToEnd(socket);

    setImmediate(release);

    expect(await answer).toContain('"isSuccess":true');
    await closed;
  });
});

it('says which address it cannot listen on', async () => {
  const { port } = await start();

  await expect(start({ port })).rejects.toMatchObject({
    code: 'SETTING_INVALID',
    message: expect.stringContaining(`127.0.0.1, port ${port}`),
  });
});

describe('a TCP probe', () => {
  it('is no reason for a warning', async () => {
    const listener = await start();
    const probe = connectTcp(listener.port, '127.0.0.1');
    await once(probe, 'connect');
    probe.destroy();

    expect((await logLine('handshake broken off'))['level']).toBe('debug');
    expect((await ask(listener)).status).toBe(200);
  });
});
