import { beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { type Digest, digestOf } from '../../../src/registry/digest.ts';
import { createTestAuthority, type KeyPairPem, type TestAuthority } from '../../support/certificates.ts';
import { accessTo, basic, newCall, newClient, REPOSITORY } from '../../support/registry-access.ts';
import { startTunnelProxy } from '../../support/registry-proxy.ts';
import { type Answer, reply, startServer } from '../../support/registry-server.ts';

const BLOB = Buffer.from('payload');
const DESCRIPTOR = { mediaType: 'x', digest: digestOf(BLOB), size: BLOB.byteLength };
const MISSING: Digest = `sha256:${'0'.repeat(64)}`;

const withCode = (code: string) => expect.objectContaining({ name: 'CountersignError', code });
const serveBlob: Answer = (_, response) => reply(response, 200, BLOB);
const redirectTo =
  (location: string, status = 307): Answer =>
  (_, response) =>
    reply(response, status, '', { location });

/** Wants Basic credentials, then redirects. */
const guarded =
  (location: string): Answer =>
  (request, response) =>
    request.headers.authorization === undefined
      ? reply(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
      : reply(response, 307, '', { location });

function blobOf(access: ReturnType<typeof accessTo>, client = newClient(), call = newCall()) {
  return client.blob(access, REPOSITORY, DESCRIPTOR, 1_000, call);
}

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('follows status %i to a listed host', async (status) => {
    const storage = await startServer(serveBlob);
    const server = await startServer(redirectTo(`${storage.origin}/data?signature=x`, status));
    const access = accessTo(server.origin, { privateHosts: new Set([storage.host]) });
    await expect(blobOf(access)).resolves.toEqual(BLOB);
    expect(storage.lines()).toEqual(['GET /data?signature=x']);
  });

  it('D4: sends credentials to the same origin only', async () => {
    const storage = await startServer(serveBlob);
    const server = await startServer((request, response) => {
      if (request.headers.authorization === undefined) {
        return reply(response, 401, '', { 'www-authenticate': 'Basic realm="x"' });
      }
      return reply(response, 307, '', {
        location: request.url.startsWith('/v2/') ? '/step' : `${storage.origin}/data`,
      });
    });
    const access = accessTo(server.origin, {
      credentials: basic('u', 'p'),
      privateHosts: new Set([storage.host]),
    });
    await expect(blobOf(access)).resolves.toEqual(BLOB);
    const sent = server.requests.map(({ url, headers }) => [
      url.split('/')[1],
      headers.authorization !== undefined,
    ]);
    expect(sent).toEqual([
      ['v2', false],
      ['v2', true],
      ['step', true],
    ]);
    expect(storage.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('D4: does not give the credentials back where a second redirect leads home', async () => {
    const storage = await startServer((_, response) =>
      reply(response, 307, '', { location: `${server.origin}/home` }),
    );
    const server = await startServer((request, response) =>
      request.url === '/home'
        ? serveBlob(request, response)
        : guarded(`${storage.origin}/away`)(request, response),
    );
    const access = accessTo(server.origin, {
      credentials: basic('u', 'p'),
      privateHosts: new Set([storage.host]),
    });
    await expect(blobOf(access)).resolves.toEqual(BLOB);
    expect(server.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('D4: does not answer the challenge of whoever was redirected to', async () => {
    const storage = await startServer((_, response) =>
      reply(response, 401, '', { 'www-authenticate': 'Basic realm="give me"' }),
    );
    const server = await startServer(redirectTo(`${storage.origin}/data`));
    const access = accessTo(server.origin, {
      credentials: basic('u', 'p'),
      privateHosts: new Set([storage.host]),
    });
    await expect(blobOf(access)).rejects.toThrow(withCode('REGISTRY_UNAUTHORIZED'));
    expect(storage.requests).toHaveLength(1);
    expect(storage.requests[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['another port of the same host', 'http://127.0.0.1:1/data', 'REDIRECT_FORBIDDEN'],
    ['plain http elsewhere', 'http://storage.example.com/data', 'REDIRECT_FORBIDDEN'],
    ['loopback', 'https://127.0.0.1:1/data', 'ADDRESS_FORBIDDEN'],
    ['metadata', 'https://169.254.169.254/latest', 'ADDRESS_FORBIDDEN'],
    ['a cluster service', 'https://kubernetes.default.svc/api', 'ADDRESS_FORBIDDEN'],
    ['a user name', 'https://u:p@storage.example.com/data', 'REDIRECT_FORBIDDEN'],
    ['a file', 'file:///etc/passwd', 'REDIRECT_FORBIDDEN'],
    ['no URL', 'http://[', 'REDIRECT_FORBIDDEN'],
  ])('D3, D5: does not follow to %s', async (_, location, code) => {
    const server = await startServer(redirectTo(location));
    await expect(blobOf(accessTo(server.origin))).rejects.toThrow(withCode(code));
    expect(server.requests).toHaveLength(1);
  });

  it('ends a circle', async () => {
    const server = await startServer(redirectTo('/again'));
    await expect(blobOf(accessTo(server.origin))).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
    expect(server.requests).toHaveLength(limits.redirects + 1);
  });

  it('takes a redirect without Location for an answer', async () => {
    const server = await startServer((_, response) => reply(response, 307));
    await expect(blobOf(accessTo(server.origin))).rejects.toThrow(withCode('REGISTRY_ERROR'));
  });
});

describe('addresses', () => {
  it('D7: contacts no private address that nobody named', async () => {
    const server = await startServer(serveBlob);
    const { port } = server;
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '2130706433',
      '0x7f.1',
      '0',
      '10.0.0.1',
    ]) {
      const access = accessTo(`http://${host}:${port}`, { allowPrivate: false });
      await expect(blobOf(access)).rejects.toThrow(withCode('ADDRESS_FORBIDDEN'));
    }
    expect(server.requests).toHaveLength(0);
  });

  it('reaches loopback by the system resolver where the operator named it', async () => {
    const server = await startServer(serveBlob);
    await expect(blobOf(accessTo(`http://localhost:${server.port}`))).resolves.toEqual(BLOB);
  });

  it('D7: contacts what is forbidden not even where it is listed', async () => {
    for (const host of [
      '169.254.169.254',
      '[fd00:ec2::254]',
      '[::ffff:10.0.0.1]',
      '0.0.0.0',
      'metadata.google.internal',
    ]) {
      const access = accessTo(`http://${host}`, { privateHosts: new Set([`${host}:80`, host]) });
      await expect(blobOf(access)).rejects.toThrow(withCode('ADDRESS_FORBIDDEN'));
    }
  });

  it('D3: judges the address that a name leads to', async () => {
    const server = await startServer(serveBlob);
    const endpoint = `http://registry.example.com:${server.port}`;
    const client = newClient({ resolveHost: async () => [{ address: '127.0.0.1', family: 4 }] });
    await expect(blobOf(accessTo(endpoint, { allowPrivate: false }), client)).rejects.toThrow(
      withCode('ADDRESS_FORBIDDEN'),
    );
    expect(server.requests).toHaveLength(0);
    await expect(blobOf(accessTo(endpoint), client)).resolves.toEqual(BLOB);
    // The connection that is open now is not for those who may not have made it.
    await expect(blobOf(accessTo(endpoint, { allowPrivate: false }), client)).rejects.toThrow(
      withCode('ADDRESS_FORBIDDEN'),
    );
    expect(server.requests).toHaveLength(1);
  });

  it('D3: connects to the very address that was judged, and resolves a name once', async () => {
    const server = await startServer(serveBlob);
    let resolutions = 0;
    const client = newClient({
      resolveHost: async () => {
        resolutions += 1;
        // Metadata first, and from the second time on alone.
        const rebound = [{ address: '169.254.169.254', family: 4 }];
        return resolutions === 1 ? [...rebound, { address: '127.0.0.1', family: 4 }] : rebound;
      },
    });
    await expect(blobOf(accessTo(`http://registry.example.com:${server.port}`), client)).resolves.toEqual(
      BLOB,
    );
    expect(resolutions).toBe(1);
  });
});

describe('failures of the network', () => {
  const failure = (message: RegExp) =>
    expect.objectContaining({ code: 'REGISTRY_UNREACHABLE', message: expect.stringMatching(message) });

  it('says that the name is not known', async () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const client = newClient({ resolveHost: () => Promise.reject(error) });
    await expect(blobOf(accessTo('https://registry.example.com'), client)).rejects.toThrow(failure(/DNS/));
  });

  it('says that nobody listens', async () => {
    const server = await startServer(serveBlob);
    const { port } = await startServer(serveBlob);
    expect(port).not.toBe(server.port);
    await expect(blobOf(accessTo('http://127.0.0.1:1'))).rejects.toThrow(
      failure(/no connection \(ECONNREFUSED\)/),
    );
  });

  it('says that the connection broke off', async () => {
    const server = await startServer((_, response) => response.destroy());
    await expect(blobOf(accessTo(server.origin))).rejects.toThrow(failure(/broke off/));
    expect(server.requests).toHaveLength(limits.registryAttempts);
  });

  it('says that TLS failed', async () => {
    const server = await startServer(serveBlob);
    await expect(blobOf(accessTo(server.origin.replace('http:', 'https:')))).rejects.toThrow(
      failure(/TLS failed/),
    );
  });

  it('says that the time was over', async () => {
    const server = await startServer(() => undefined);
    const call = newCall({ signal: AbortSignal.timeout(100) });
    await expect(blobOf(accessTo(server.origin), newClient(), call)).rejects.toThrow(
      withCode('DEADLINE_EXCEEDED'),
    );
  });

  it('gives the reason of other aborts back', async () => {
    const server = await startServer(() => undefined);
    const abort = new AbortController();
    const attempt = blobOf(accessTo(server.origin), newClient(), newCall({ signal: abort.signal }));
    await expect.poll(() => server.requests.length).toBe(1);
    abort.abort(new Error('shutting down'));
    await expect(attempt).rejects.toThrow('shutting down');
  });

  it('says that it is closed', async () => {
    const server = await startServer(() => undefined);
    const client = newClient() as ReturnType<typeof newClient> & { close(): Promise<void> };
    const attempt = blobOf(accessTo(server.origin), client);
    await expect.poll(() => server.requests.length).toBe(1);
    await Promise.all([client.close(), expect(attempt).rejects.toThrow(failure(/closed/))]);
    await expect(blobOf(accessTo(server.origin), client)).rejects.toThrow(failure(/closed/));
  });
});

describe('being asked to wait', () => {
  const throttled = (headers: Record<string, string>) =>
    startServer((_, response) => reply(response, 429, '', headers));

  it('E8: gives up at once where it would be long, and says how long', async () => {
    const server = await throttled({ 'retry-after': '30' });
    await expect(blobOf(accessTo(server.origin))).rejects.toMatchObject({
      code: 'REGISTRY_THROTTLED',
      retryAfter: 30,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('E8: leaves the host alone for so long, on behalf of the same access', async () => {
    const server = await throttled({ 'retry-after': '30' });
    const client = newClient();
    await expect(blobOf(accessTo(server.origin), client)).rejects.toThrow(withCode('REGISTRY_THROTTLED'));
    const again = blobOf(accessTo(server.origin), client);
    await expect(again).rejects.toMatchObject({
      code: 'REGISTRY_THROTTLED',
      retryAfter: expect.closeTo(30, -1),
    });
    expect(server.requests).toHaveLength(1);
    const other = blobOf(accessTo(server.origin, { fingerprint: 'another tenant' }), client);
    await expect(other).rejects.toThrow(withCode('REGISTRY_THROTTLED'));
    expect(server.requests).toHaveLength(2);
  });

  it('E8: tries a bounded number of times where nothing is said', async () => {
    const server = await throttled({});
    await expect(blobOf(accessTo(server.origin))).rejects.toMatchObject({
      code: 'REGISTRY_THROTTLED',
      retryAfter: undefined,
    });
    expect(server.requests).toHaveLength(limits.registryAttempts);
  });

  it('E8: waits no longer than there is time, and then says what it waited for', async () => {
    const server = await throttled({ 'retry-after': '1' });
    const call = newCall({ signal: AbortSignal.timeout(100) });
    await expect(blobOf(accessTo(server.origin), newClient(), call)).rejects.toThrow(
      withCode('REGISTRY_THROTTLED'),
    );
    expect(server.requests).toHaveLength(1);
  });

  it('goes on where the trouble passes', async () => {
    let turn = 0;
    const server = await startServer((_, response) => {
      turn += 1;
      reply(
        response,
        turn === 1 ? 503 : 200,
        turn === 1 ? '' : BLOB,
        turn === 1 ? { 'retry-after': '0' } : {},
      );
    });
    await expect(blobOf(accessTo(server.origin))).resolves.toEqual(BLOB);
  });
});

describe('TLS', () => {
  let authority: TestAuthority;
  let leaf: KeyPairPem;
  beforeAll(async () => {
    authority = await createTestAuthority();
    leaf = await authority.issue({ commonName: 'registry', usages: ['serverAuth'] });
  });
  const startTls = (answer: Answer) => startServer(answer, { cert: leaf.certificate, key: leaf.key });

  it('trusts the CA of the access and nobody else on its behalf', async () => {
    const server = await startTls(serveBlob);
    const client = newClient();
    const ca = authority.certificate;
    await expect(blobOf(accessTo(server.origin, { ca }), client)).resolves.toEqual(BLOB);
    // Neither through an open connection nor through a resumed session.
    await expect(blobOf(accessTo(server.origin), client)).rejects.toThrow(withCode('REGISTRY_UNREACHABLE'));
    const other = (await createTestAuthority()).certificate;
    await expect(blobOf(accessTo(server.origin, { ca: other }), client)).rejects.toThrow(
      withCode('REGISTRY_UNREACHABLE'),
    );
    expect(server.requests).toHaveLength(1);
  });

  it('checks the name', async () => {
    const server = await startTls(serveBlob);
    const client = newClient({ resolveHost: async () => [{ address: '127.0.0.1', family: 4 }] });
    const access = accessTo(`https://registry.example.com:${server.port}`, { ca: authority.certificate });
    await expect(blobOf(access, client)).rejects.toThrow(/TLS failed \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
  });

  it('D4: refuses a redirect from https to http, listed or not', async () => {
    const storage = await startServer(serveBlob);
    const server = await startTls(redirectTo(`${storage.origin}/data`));
    const view = { ca: authority.certificate, privateHosts: new Set([storage.host]) };
    await expect(blobOf(accessTo(server.origin, view))).rejects.toThrow(withCode('REDIRECT_FORBIDDEN'));
    expect(storage.requests).toHaveLength(0);
  });

  it('goes through the proxy for https, CA included', async () => {
    const server = await startTls(serveBlob);
    const proxy = await startTunnelProxy();
    const client = newClient({ proxy: { https: proxy.url, none: 'other.test' } });
    const access = accessTo(`https://localhost:${server.port}`, { ca: authority.certificate });
    await expect(blobOf(access, client)).resolves.toEqual(BLOB);
    expect(proxy.tunnels).toEqual([`localhost:${server.port}`]);
    await expect(blobOf(accessTo(access.endpoint.href), client)).rejects.toThrow(/TLS failed/);
  });

  it('says that the proxy refused', async () => {
    const proxy = await startTunnelProxy(403);
    const client = newClient({ proxy: { https: proxy.url, none: '' } });
    await expect(blobOf(accessTo('https://registry.example.com'), client)).rejects.toThrow(
      /the proxy refused/,
    );
  });
});

describe('behind a proxy', () => {
  it('D7: judges the name, which is all that there is', async () => {
    const proxy = await startServer(serveBlob);
    const client = newClient({ proxy: { http: proxy.origin, none: '' } });
    const access = (host: string) => accessTo(`http://${host}`, { allowPrivate: false });
    await expect(blobOf(access('registry.example.com'), client)).resolves.toEqual(BLOB);
    expect(proxy.lines()[0]).toMatch(/^GET http:\/\/registry.example.com\/v2\/team\/app\/blobs\//);
    for (const host of ['localhost', '127.0.0.1', '169.254.169.254', 'kubernetes.default.svc', 'registry']) {
      await expect(blobOf(access(host), client)).rejects.toThrow(withCode('ADDRESS_FORBIDDEN'));
    }
    expect(proxy.requests).toHaveLength(1);
  });

  it('contacts the hosts of NO_PROXY directly, with the address rules', async () => {
    const proxy = await startServer(serveBlob);
    const server = await startServer(serveBlob);
    const client = newClient({
      proxy: { http: proxy.origin, none: 'example.com' },
      resolveHost: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const endpoint = `http://registry.example.com:${server.port}`;
    await expect(blobOf(accessTo(endpoint), client)).resolves.toEqual(BLOB);
    await expect(blobOf(accessTo(endpoint, { allowPrivate: false }), client)).rejects.toThrow(
      withCode('ADDRESS_FORBIDDEN'),
    );
    expect(proxy.requests).toHaveLength(0);
  });

  it('D3: asks no token server elsewhere over http, and the registry itself with credentials', async () => {
    const authorizations: (string | undefined)[] = [];
    const proxy = await startServer((request, response) => {
      const { hostname, pathname } = new URL(request.url);
      if (pathname === '/token') {
        authorizations.push(request.headers.authorization);
        return reply(response, 200, '{"token":"t"}');
      }
      if (request.headers.authorization === 'Bearer t') return reply(response, 200, BLOB);
      const realm =
        hostname === 'registry.one.example' ? 'http://auth.one.example/token' : `http://${hostname}/token`;
      return reply(response, 401, '', { 'www-authenticate': `Bearer realm="${realm}"` });
    });
    const client = newClient({ proxy: { http: proxy.origin, none: '' } });
    const view = { credentials: basic('u', 'p'), allowPrivate: false };
    const other = accessTo('http://registry.one.example', view);
    await expect(blobOf(other, client)).rejects.toThrow(withCode('REDIRECT_FORBIDDEN'));
    expect(authorizations).toEqual([]);
    await expect(blobOf(accessTo('http://registry.two.example', view), client)).resolves.toEqual(BLOB);
    expect(authorizations).toEqual([expect.stringMatching(/^Basic /)]);
  });
});

it('E4: sends a bounded number of requests to one host at a time, and tells of each', async () => {
  let [active, most] = [0, 0];
  const server = await startServer((_, response) => {
    active += 1;
    most = Math.max(most, active);
    setTimeout(() => {
      active -= 1;
      reply(response, 404);
    }, 10);
  });
  const events: unknown[] = [];
  const client = newClient({ onRequest: (event) => events.push(event) });
  const access = accessTo(server.origin);
  const count = 3 * limits.registryConcurrency;
  await Promise.all(
    Array.from({ length: count }, () =>
      client.blob(access, REPOSITORY, { ...DESCRIPTOR, digest: MISSING }, 100, newCall()),
    ),
  );
  expect(most).toBeLessThanOrEqual(limits.registryConcurrency);
  expect(events).toHaveLength(count);
  expect(events[0]).toEqual({
    host: server.host,
    method: 'GET',
    status: 404,
    durationMs: expect.any(Number),
  });
});
