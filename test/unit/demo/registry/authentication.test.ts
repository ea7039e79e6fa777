import { afterEach, describe, expect, test } from 'vitest';
import type { RegistryAuthentication } from '../../../../src/demo/registry/authentication.ts';
import { createDemoRegistry, type DemoRegistry } from '../../../../src/demo/registry/demo-registry.ts';
import { publishImage } from '../../../../src/demo/registry/image.ts';

const CREDENTIALS = { user: 'alice', password: 'secret' };
const RIGHT = { authorization: `Basic ${btoa('alice:secret')}` };
const WRONG = { authorization: `Basic ${btoa('alice:wrong')}` };

let registry: DemoRegistry;

afterEach(() => registry.close());

async function start(authentication: RegistryAuthentication): Promise<string> {
  registry = createDemoRegistry({ authentication });
  await registry.start();
  publishImage({ registry, repository: 'team/app' }, 'app', 'v1');
  return `${registry.url}/v2/team/app/manifests/v1`;
}

/** The token that the challenge of a refused request leads to. */
async function tokenFor(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const challenge = (await fetch(url)).headers.get('www-authenticate') ?? '';
  const parameters = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const { realm, service, scope } = parameters;
  return fetch(`${realm}?${new URLSearchParams({ service, scope })}`, { headers });
}

async function bearer(response: Response): Promise<{ authorization: string }> {
  const { token } = (await response.json()) as { token: string };
  return { authorization: `Bearer ${token}` };
}

describe('basic', () => {
  test('lets the right credentials through, and nothing else', async () => {
    const url = await start({ kind: 'basic', credentials: CREDENTIALS });

    const refused = await fetch(url);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Basic realm="demo"');
    expect((await fetch(url, { headers: WRONG })).status).toBe(401);
    expect((await fetch(url, { headers: RIGHT })).status).toBe(200);
  });
});

describe('token', () => {
  test('is given to everybody where no credentials are set', async () => {
    const url = await start({ kind: 'token' });

    const refused = await fetch(url);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer realm="${registry.url}/token",service="${registry.host}",scope="repository:team/app:pull"`,
    );
    const response = await tokenFor(url);
    expect(await response.clone().json()).toMatchObject({ expires_in: 300, issued_at: expect.any(String) });
    expect((await fetch(url, { headers: await bearer(response) })).status).toBe(200);
  });

  test('is given for credentials alone where they are set', async () => {
    const url = await start({ kind: 'token', credentials: CREDENTIALS });

    expect((await tokenFor(url)).status).toBe(401);
    expect((await tokenFor(url, WRONG)).status).toBe(401);
    const headers = await bearer(await tokenFor(url, RIGHT));
    expect((await fetch(url, { headers })).status).toBe(200);
  });

  test('is good for its repository and for the ping', async () => {
    const url = await start({ kind: 'token' });
    const headers = await bearer(await tokenFor(url));

    expect((await fetch(`${registry.url}/v2/`, { headers })).status).toBe(200);
    const other = await fetch(`${registry.url}/v2/team/other/manifests/v1`, { headers });
    expect(other.status).toBe(401);
    expect(other.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  test('must be one that was given', async () => {
    const url = await start({ kind: 'token' });

    const response = await fetch(url, { headers: { authorization: 'Bearer invented' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });
});
