import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { releasePolicy } from '../support/attack-set-up.ts';
import { setUpDockerConfig } from '../support/docker-config.ts';
import { setUpHostileRegistry } from '../support/hostile-registry.ts';
import { storeNamed } from '../support/resources.ts';

const credentials = { user: 'robot', password: 'a-secret-of-ghcr' };
const { user, password } = credentials;

attack('D2', 'credentials would be chosen by a part of the host name and reach another registry', () => {
  const { setUp, hostile } = setUpHostileRegistry({
    registry: { authentication: { kind: 'basic', credentials } },
  });
  const docker = setUpDockerConfig(() => ({
    [`ghcr.io:${port()}`]: [user, password],
    [`https://hub.corp.test:${port()}/v2/`]: [user, password],
    [`127.0.0.1:${Number(port()) + 1}`]: [user, password],
    'no-port.corp.test': [user, password],
  }));
  const port = (): string => setUp.host.split(':')[1] ?? '';

  /** All names are listed and lead to the registry. */
  const provider = (...hosts: readonly string[]) =>
    setUp.another({
      trustPolicies: () => [releasePolicy('', { scopes: ['*'] })],
      resources: () => [
        storeNamed('store', { registries: hosts.map((host) => ({ host, plainHttp: true })) }),
      ],
      world: {
        environment: docker.environment,
        resolveHost: async () => [{ address: '127.0.0.1', family: 4 }],
      },
    });

  it.each(['ghcr.io', 'GHCR.io', 'hub.corp.test'])('twin: %s gets its own', async (name) => {
    const { digest } = setUp.signed('bundle', 'acme/d02');
    const host = `${name}:${port()}`;
    expect(await setUp.judge(`${host}/acme/d02@${digest}`, await provider(host))).toBe('verified');
  });

  it.each([
    'cr.io',
    'r.io',
    'ghcr.io.attacker.test',
    'xghcr.io',
    'ghcr.iox.test',
    'hub.corp.test.attacker.test',
    'corp.test',
    '127.0.0.1',
    'no-port.corp.test',
  ])('%s gets none', async (name) => {
    const repository = `acme/d02-${name}`;
    const { digest } = setUp.signed('bundle', repository);
    const host = `${name}:${port()}`;
    const verdict = await setUp.judge(`${host}/${repository}@${digest}`, await provider(host));
    expect(verdict).toBe('unavailable REGISTRY_UNAUTHORIZED');
    expect(hostile.seen(repository).length).toBeGreaterThan(0);
    for (const { authorization } of hostile.seen(repository)) expect(authorization).toBeUndefined();
  });

  it('a host that ends in an address is none', async () => {
    expect(await setUp.judge(`victim.127.0.0.1:${port()}/acme/d02:v1`)).toBe('rejected REFERENCE_INVALID');
  });
});
