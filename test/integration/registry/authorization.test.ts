import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../../src/errors.ts';
import {
  accessTo,
  basic,
  credentialsOf,
  newCall,
  newClient,
  REPOSITORY,
} from '../../support/registry-access.ts';
import {
  type Answer,
  type RecordedRequest,
  reply,
  startServer,
  type TestServer,
} from '../../support/registry-server.ts';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const MANIFEST = JSON.stringify({ schemaVersion: 2, config: {}, layers: [] });
const PULL = 'repository:team/app:pull';

const withCode = (code: string) => expect.objectContaining({ name: 'CountersignError', code });
const encoded = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

interface TokenRegistryOptions {
  readonly realm?: (server: TestServer) => string;
  readonly token?: Answer;
  readonly challenge?: (server: TestServer, request: RecordedRequest) => string;
  readonly accepts?: (request: RecordedRequest) => boolean;
}

/** A registry with a token server at `/token` of the same origin. */
async function tokenRegistry(options: TokenRegistryOptions = {}): Promise<TestServer> {
  let issued = 0;
  const token: Answer =
    options.token ??
    ((_, response) => {
      issued += 1;
      reply(response, 200, JSON.stringify({ token: `token-${issued}`, expires_in: 300 }));
    });
  const accepts =
    options.accepts ?? (({ headers }) => headers.authorization?.startsWith('Bearer token-') === true);
  const server: TestServer = await startServer((request, response) => {
    if (request.url.startsWith('/token')) return token(request, response);
    if (accepts(request)) return reply(response, 200, MANIFEST, { 'content-type': MANIFEST_TYPE });
    const realm = options.realm?.(server) ?? `${server.origin}/token`;
    const path = request.url.split('/').slice(2, 4).join('/');
    const challenge =
      options.challenge?.(server, request) ??
      `Bearer realm="${realm}",service="registry.test",scope="repository:${path}:pull"`;
    reply(response, 401, '{"errors":[{"code":"UNAUTHORIZED"}]}', { 'www-authenticate': challenge });
  });
  return server;
}

describe('token authentication', () => {
  it('asks, gets a token, asks again; and from then on needs one request', async () => {
    const server = await tokenRegistry();
    const [client, access] = [newClient(), accessTo(server.origin)];
    await expect(client.manifest(access, REPOSITORY, 'v1', newCall())).resolves.toBeDefined();
    await expect(client.manifest(access, REPOSITORY, 'v2', newCall())).resolves.toBeDefined();
    await client.referrers(access, REPOSITORY, `sha256:${'a'.repeat(64)}`, newCall());
    expect(server.lines()).toEqual([
      'GET /v2/team/app/manifests/v1',
      `GET /token?service=registry.test&scope=${encodeURIComponent(PULL)}`,
      'GET /v2/team/app/manifests/v1',
      'GET /v2/team/app/manifests/v2',
      `GET /v2/team/app/referrers/sha256:${'a'.repeat(64)}`,
    ]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-1',
    ]);
  });

  it('fetches the token for another repository before it asks there', async () => {
    const server = await tokenRegistry();
    const [client, access] = [newClient(), accessTo(server.origin)];
    await client.manifest(access, REPOSITORY, 'v1', newCall());
    await client.manifest(access, { ...REPOSITORY, path: 'team/other' }, 'v1', newCall());
    expect(server.lines().slice(3)).toEqual([
      `GET /token?service=registry.test&scope=${encodeURIComponent('repository:team/other:pull')}`,
      'GET /v2/team/other/manifests/v1',
    ]);
  });

  it('sends the credentials to the token server and not to the registry', async () => {
    const server = await tokenRegistry();
    const access = accessTo(server.origin, { credentials: basic('user', 'pass:word') });
    await newClient().manifest(access, REPOSITORY, 'v1', newCall());
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      encoded('user', 'pass:word'),
      'Bearer token-1',
    ]);
  });

  it('D9: keeps the tokens of two credentials apart, and anonymous ones as well', async () => {
    const server = await tokenRegistry();
    const client = newClient();
    const views = [
      accessTo(server.origin, { credentials: basic('a', 'x'), fingerprint: 'a' }),
      accessTo(server.origin, { credentials: basic('b', 'x'), fingerprint: 'b' }),
      accessTo(server.origin, { fingerprint: 'anonymous' }),
    ];
    for (const access of [...views, ...views]) await client.manifest(access, REPOSITORY, 'v1', newCall());
    const used = server.requests
      .filter(({ url }) => !url.startsWith('/token'))
      .map(({ headers }) => headers.authorization);
    expect(used.filter((authorization) => authorization !== undefined)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
    ]);
  });

  it('fetches one token for all who need it at the same time', async () => {
    const server = await tokenRegistry();
    const [client, access] = [newClient(), accessTo(server.origin)];
    const tags = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(tags.map((tag) => client.manifest(access, REPOSITORY, tag, newCall())));
    expect(server.lines().filter((line) => line.startsWith('GET /token'))).toHaveLength(1);
  });

  it('one caller whose time is up does not end the others', async () => {
    let release: () => void = () => undefined;
    const server = await tokenRegistry({
      token: (_, response) => {
        release = () => reply(response, 200, '{"token":"token-1"}');
      },
    });
    const [client, access] = [newClient(), accessTo(server.origin)];
    const abort = new AbortController();
    const first = client.manifest(access, REPOSITORY, 'v1', newCall({ signal: abort.signal }));
    const second = client.manifest(access, REPOSITORY, 'v2', newCall());
    await expect.poll(() => server.requests.length).toBe(3);
    abort.abort(new CountersignError('DEADLINE_EXCEEDED', 'time is up'));
    await expect(first).rejects.toThrow('time is up');
    release();
    await expect(second).resolves.toBeDefined();
  });

  it.each([
    ['access_token instead of token', { access_token: 'token-x' }],
    ['both', { token: 'token-x', access_token: 'other' }],
    ['an odd lifetime', { token: 'token-x', expires_in: 'soon' }],
  ])('takes %s', async (_, body) => {
    const server = await tokenRegistry({
      token: (__, response) => reply(response, 200, JSON.stringify(body)),
    });
    await expect(
      newClient().manifest(accessTo(server.origin), REPOSITORY, 'v1', newCall()),
    ).resolves.toBeDefined();
  });

  it.each([
    ['no token', '{}'],
    ['an empty token', '{"token":""}'],
    ['a token that is no string', '{"token":1}'],
    ['a token that is two headers', '{"token":"a\\r\\nX-Evil: 1"}'],
    ['a token with a space', '{"token":"a b"}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no JSON', 'token=abc'],
    ['two tokens', '{"token":"a","token":"b"}'],
    ['E2: a token without end', `{"token":"${'a'.repeat(70_000)}"}`],
  ])('refuses %s, and does not say what it was', async (_, body) => {
    const server = await tokenRegistry({ token: (__, response) => reply(response, 200, body) });
    const attempt = newClient().manifest(accessTo(server.origin), REPOSITORY, 'v1', newCall());
    await expect(attempt).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
    await expect(attempt).rejects.not.toThrow('abc');
  });

  it.each([
    [401, 'REGISTRY_UNAUTHORIZED'],
    [403, 'REGISTRY_UNAUTHORIZED'],
    [404, 'REGISTRY_ERROR'],
    [500, 'REGISTRY_ERROR'],
    [429, 'REGISTRY_THROTTLED'],
  ])('C9: status %i of the token server is %s', async (status, code) => {
    const server = await tokenRegistry({ token: (_, response) => reply(response, status) });
    const attempt = newClient().manifest(accessTo(server.origin), REPOSITORY, 'v1', newCall());
    await expect(attempt).rejects.toThrow(withCode(code));
  });

  it('gets a new token where the kept one is refused, once', async () => {
    let valid = 'Bearer token-1';
    const server = await tokenRegistry({ accepts: ({ headers }) => headers.authorization === valid });
    const [client, access] = [newClient(), accessTo(server.origin)];
    await client.manifest(access, REPOSITORY, 'v1', newCall());
    valid = 'Bearer token-2';
    await expect(client.manifest(access, REPOSITORY, 'v1', newCall())).resolves.toBeDefined();
    valid = 'none';
    const before = server.requests.length;
    await expect(client.manifest(access, REPOSITORY, 'v1', newCall())).rejects.toThrow(
      withCode('REGISTRY_UNAUTHORIZED'),
    );
    expect(server.requests.length - before).toBe(3);
  });

  it('asks once more where the scope did not suffice', async () => {
    const server = await tokenRegistry({
      challenge: ({ origin }, { headers }) =>
        headers.authorization === undefined
          ? `Bearer realm="${origin}/token"`
          : `Bearer realm="${origin}/token",scope="special",error="insufficient_scope"`,
      accepts: ({ headers }) => headers.authorization === 'Bearer token-2',
    });
    await expect(
      newClient().manifest(accessTo(server.origin), REPOSITORY, 'v1', newCall()),
    ).resolves.toBeDefined();
    expect(server.lines().filter((line) => line.startsWith('GET /token'))).toEqual([
      'GET /token',
      'GET /token?scope=special',
    ]);
  });

  it('ends where no scope ever suffices', async () => {
    let number = 0;
    const server = await tokenRegistry({
      challenge: ({ origin }) => {
        number += 1;
        return `Bearer realm="${origin}/token",scope="s${number}",error="insufficient_scope"`;
      },
      accepts: () => false,
    });
    const attempt = newClient().manifest(accessTo(server.origin), REPOSITORY, 'v1', newCall());
    await expect(attempt).rejects.toThrow(withCode('REGISTRY_UNAUTHORIZED'));
    expect(server.requests).toHaveLength(5);
  });

  it('D3: does not ask a token server where nobody may go', async () => {
    for (const [realm, code] of [
      ['http://169.254.169.254/token', 'ADDRESS_FORBIDDEN'],
      ['https://10.0.0.1/token', 'ADDRESS_FORBIDDEN'],
      ['https://user:pass@registry.test/token', 'REDIRECT_FORBIDDEN'],
      ['gopher://registry.test/', 'REDIRECT_FORBIDDEN'],
      ['not a url', 'REGISTRY_RESPONSE_INVALID'],
    ] as const) {
      const server = await tokenRegistry({ realm: () => realm });
      const attempt = newClient().manifest(accessTo(server.origin), REPOSITORY, 'v1', newCall());
      await expect(attempt).rejects.toThrow(withCode(code));
      expect(server.requests).toHaveLength(1);
    }
  });

  it('D3: tells the credentials to a token server of another name only where it is listed', async () => {
    const auth = await startServer((_, response) => reply(response, 200, '{"token":"token-x"}'));
    const names = { 'registry.example.com': '127.0.0.1', 'auth.evil.test': '127.0.0.1' };
    const server = await tokenRegistry({ realm: () => `http://auth.evil.test:${auth.port}/token` });
    const client = newClient({
      resolveHost: (name) => Promise.resolve([{ address: names[name as keyof typeof names], family: 4 }]),
    });
    const endpoint = `http://registry.example.com:${server.port}`;
    const asked: string[] = [];
    const credentials = {
      fingerprint: 'test',
      lookup: (host: string) => {
        asked.push(host);
        return Promise.resolve({ kind: 'basic', username: 'u', password: 'p' } as const);
      },
    };
    // It speaks http and is not listed: nothing is sent at all.
    const attempt = client.manifest(accessTo(endpoint, { credentials }), REPOSITORY, 'v1', newCall());
    await expect(attempt).rejects.toThrow(withCode('REDIRECT_FORBIDDEN'));
    expect(auth.requests).toHaveLength(0);
    // Listed, it is trusted.
    const listed = accessTo(endpoint, {
      credentials,
      privateHosts: new Set([`auth.evil.test:${auth.port}`]),
    });
    await expect(client.manifest(listed, REPOSITORY, 'v1', newCall())).resolves.toBeDefined();
    expect(auth.requests[0]?.headers.authorization).toBe(encoded('u', 'p'));
    expect(new Set(asked)).toEqual(new Set([`registry.example.com:${server.port}`]));
  });

  it('D3: a redirect of the token server loses the credentials', async () => {
    const other = await startServer((_, response) => reply(response, 200, '{"token":"token-x"}'));
    const server = await tokenRegistry({
      token: (_, response) => reply(response, 307, '', { location: `${other.origin}/token` }),
    });
    const access = accessTo(server.origin, {
      credentials: basic('u', 'p'),
      privateHosts: new Set([other.host]),
    });
    await newClient().manifest(access, REPOSITORY, 'v1', newCall());
    expect(server.requests[1]?.headers.authorization).toBe(encoded('u', 'p'));
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('identity tokens', () => {
  const credentials = credentialsOf({ kind: 'identity-token', token: 'refresh-me' });

  it('are exchanged by POST', async () => {
    const server = await tokenRegistry({
      token: (request, response) =>
        request.method === 'POST' ? reply(response, 200, '{"access_token":"token-x"}') : reply(response, 400),
    });
    await newClient().manifest(accessTo(server.origin, { credentials }), REPOSITORY, 'v1', newCall());
    const exchange = server.requests[1];
    expect(exchange?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(exchange?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(exchange?.body))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'countersign',
      refresh_token: 'refresh-me',
      service: 'registry.test',
      scope: PULL,
    });
  });

  it('fall back to GET where the token server knows no POST', async () => {
    const server = await tokenRegistry({
      token: (request, response) =>
        request.method === 'POST' ? reply(response, 404) : reply(response, 200, '{"token":"token-x"}'),
    });
    await newClient().manifest(accessTo(server.origin, { credentials }), REPOSITORY, 'v1', newCall());
    expect(server.requests[2]?.headers.authorization).toBe(encoded('<token>', 'refresh-me'));
  });

  it('D4: are not redirected', async () => {
    const other = await startServer((_, response) => reply(response, 200, '{"token":"token-x"}'));
    const server = await tokenRegistry({
      token: (_, response) => reply(response, 307, '', { location: `${other.origin}/token` }),
    });
    const access = accessTo(server.origin, { credentials, privateHosts: new Set([other.host]) });
    const attempt = newClient().manifest(access, REPOSITORY, 'v1', newCall());
    await expect(attempt).rejects.toThrow(withCode('REDIRECT_FORBIDDEN'));
    expect(other.requests).toHaveLength(0);
  });
});

describe('basic authentication', () => {
  const basicRegistry = () =>
    tokenRegistry({
      challenge: () => 'Basic realm="registry"',
      accepts: ({ headers }) => headers.authorization === encoded('u', 'p'),
    });

  it('sends the credentials after the first challenge, and from then on at once', async () => {
    const server = await basicRegistry();
    const [client, access] = [newClient(), accessTo(server.origin, { credentials: basic('u', 'p') })];
    await client.manifest(access, REPOSITORY, 'v1', newCall());
    await client.manifest(access, { ...REPOSITORY, path: 'team/other' }, 'v1', newCall());
    expect(server.requests).toHaveLength(3);
  });

  it('is REGISTRY_UNAUTHORIZED without or with wrong credentials, and never asks in circles', async () => {
    const server = await basicRegistry();
    const anonymous = newClient().manifest(accessTo(server.origin), REPOSITORY, 'v1', newCall());
    await expect(anonymous).rejects.toThrow(withCode('REGISTRY_UNAUTHORIZED'));
    expect(server.requests).toHaveLength(1);
    const access = accessTo(server.origin, { credentials: basic('u', 'secret') });
    const wrong = newClient().manifest(access, REPOSITORY, 'v1', newCall());
    await expect(wrong).rejects.toThrow(withCode('REGISTRY_UNAUTHORIZED'));
    await expect(wrong).rejects.not.toThrow('secret');
    expect(server.requests).toHaveLength(3);
  });

  it('prefers tokens where both are offered', async () => {
    const server = await tokenRegistry({
      challenge: ({ origin }) => `Basic realm="x", Bearer realm="${origin}/token"`,
    });
    const access = accessTo(server.origin, { credentials: basic('u', 'p') });
    await newClient().manifest(access, REPOSITORY, 'v1', newCall());
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer token-1');
  });
});

it('credentials that cannot be read are an error, not anonymous', async () => {
  const server = await tokenRegistry();
  const credentials = {
    fingerprint: 'broken',
    lookup: () => Promise.reject(new CountersignError('CREDENTIALS_UNAVAILABLE', 'broken')),
  };
  const attempt = newClient().manifest(accessTo(server.origin, { credentials }), REPOSITORY, 'v1', newCall());
  await expect(attempt).rejects.toThrow(withCode('CREDENTIALS_UNAVAILABLE'));
  expect(server.requests).toHaveLength(1);
});
