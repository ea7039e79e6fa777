import { describe, expect, it, onTestFinished } from 'vitest';
import type { RegistryAccess } from '../../../src/registry/access.ts';
import type { RegistryClient } from '../../../src/registry/client.ts';
import { createRegistryClient } from '../../../src/registry/http-client.ts';
import { accessTo, newCall, REPOSITORY } from '../../support/registry-access.ts';
import { reply, startServer } from '../../support/registry-server.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;

function newHttpClient() {
  const client = createRegistryClient({ version: '0.0.0-test' });
  onTestFinished(() => client.close());
  return client;
}

/** The code of the error, or the status that came back. */
async function ask(client: RegistryClient, access: RegistryAccess, path = REPOSITORY.path): Promise<string> {
  try {
    const found = await client.manifest(access, { ...REPOSITORY, path }, DIGEST, newCall());
    return found === undefined ? 'absent' : 'found';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

async function askOften(
  client: RegistryClient,
  access: RegistryAccess,
  times: number,
  path: (time: number) => string = () => REPOSITORY.path,
): Promise<ReadonlySet<string>> {
  const answers = new Set<string>();
  for (let time = 0; time < times; time += 1) answers.add(await ask(client, access, path(time)));
  return answers;
}

describe('a registry in trouble', () => {
  it.each([
    { status: 429, code: 'REGISTRY_THROTTLED' },
    { status: 500, code: 'REGISTRY_ERROR' },
    { status: 503, code: 'REGISTRY_ERROR' },
  ])('E8: a storm of $status becomes a few requests', async ({ status, code }) => {
    const server = await startServer((_, response) => reply(response, status));
    const client = newHttpClient();
    const answers = await askOften(client, accessTo(server.origin), 40);
    expect([...answers]).toEqual([code]);
    // 5 times 3 attempts, and where a pause of a second is over, one attempt.
    expect(server.requests.length).toBeLessThanOrEqual(17);
    expect(client.backingOff()).toMatchObject([{ host: server.host, code }]);
  });

  it('E8: so does one of errors for many repositories', async () => {
    const server = await startServer((_, response) => reply(response, 500));
    const client = newHttpClient();
    const access = accessTo(server.origin);
    for (let index = 0; index < 5; index += 1) await askOften(client, access, 5, () => `team/app-${index}`);
    const asked = server.requests.length;
    expect(await ask(client, access, 'team/never-asked')).toBe('REGISTRY_ERROR');
    expect(server.requests).toHaveLength(asked);
    expect(client.backingOff().some(({ repository }) => repository === undefined)).toBe(true);
  });

  it('E8: and one of connections that cannot be opened', async () => {
    const server = await startServer((_, response) => reply(response, 404));
    // Nothing listens on port 1 of loopback.
    const access = accessTo('http://127.0.0.1:1');
    const client = newHttpClient();
    expect([...(await askOften(client, access, 20, (time) => `team/app-${time}`))]).toEqual([
      'REGISTRY_UNREACHABLE',
    ]);
    expect(client.backingOff()).toEqual([
      { host: '127.0.0.1:1', code: 'REGISTRY_UNREACHABLE', retryAfter: 1 },
    ]);
    expect(await ask(client, accessTo(server.origin))).toBe('absent');
  });

  it('E4: what goes wrong for one repository keeps nobody from asking for the others', async () => {
    const server = await startServer((request, response) => {
      if (request.url.includes('evil')) response.destroy();
      else reply(response, 404);
    });
    const client = newHttpClient();
    const access = accessTo(server.origin);
    await askOften(client, access, 10, () => 'evil/app');
    expect(client.backingOff()).toMatchObject([{ repository: 'evil/app', code: 'REGISTRY_UNREACHABLE' }]);
    expect(await ask(client, access)).toBe('absent');
  });

  it('E8: is asked again after a second, and as usual once it answers', async () => {
    let status = 500;
    const server = await startServer((_, response) => reply(response, status));
    const client = newHttpClient();
    const access = accessTo(server.origin);
    await askOften(client, access, 6);
    status = 404;
    await expect.poll(() => ask(client, access), { timeout: 5_000, interval: 50 }).toBe('absent');
    expect(client.backingOff()).toEqual([]);
    expect(await ask(client, access)).toBe('absent');
  });

  it('E8: what waits for its turn when the trouble shows is not sent any more', async () => {
    const refusal = { 'retry-after': '30' };
    const held: (() => void)[] = [];
    const server = await startServer((_, response) => {
      if (server.requests.length > 16) reply(response, 429, '', refusal);
      else held.push(() => reply(response, 429, '', refusal));
    });
    const client = newHttpClient();
    const access = accessTo(server.origin);
    const answers = Array.from({ length: 200 }, (_, index) => ask(client, access, `team/app-${index}`));
    await expect.poll(() => held.length).toBe(16);
    for (const end of held) end();
    expect([...new Set(await Promise.all(answers))]).toEqual(['REGISTRY_THROTTLED']);
    // Whoever had its turn at that moment was sent.
    expect(server.requests.length).toBeLessThanOrEqual(2 * 16);
  });

  it('does not blame a registry for where it redirects to', async () => {
    const elsewhere = await startServer((_, response) => reply(response, 500));
    const server = await startServer((request, response) =>
      request.url.includes('redirected')
        ? reply(response, 307, '', { location: `${elsewhere.origin}/blob` })
        : reply(response, 404),
    );
    const client = newHttpClient();
    const access = accessTo(server.origin, { privateHosts: new Set([elsewhere.host]) });
    for (let index = 0; index < 6; index += 1)
      await askOften(client, access, 6, () => `redirected/app-${index}`);
    expect(client.backingOff().map(({ host }) => host)).toContain(elsewhere.host);
    expect(client.backingOff().map(({ host }) => host)).not.toContain(server.host);
    expect(await ask(client, access)).toBe('absent');
  });
});
