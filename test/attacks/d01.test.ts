import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { releasePolicy } from '../support/attack-set-up.ts';
import { encodeLogin, setUpDockerConfig } from '../support/docker-config.ts';
import { challenge, setUpHostileRegistry, TOKEN_SERVER } from '../support/hostile-registry.ts';
import { startTunnelProxy } from '../support/registry-proxy.ts';
import { storeNamed } from '../support/resources.ts';

const [user, password] = ['robot', 'a-secret-of-azure'] as const;

// No cloud's credentials are fetched yet; what is configured for a registry of a cloud is given to that registry alone.
attack(
  'D1',
  'the credentials of a cloud registry would be sent to a host whose name merely looks like it',
  () => {
    const { setUp, hostile } = setUpHostileRegistry({
      registry: { authentication: { kind: 'basic', credentials: { user, password } } },
    });
    const docker = setUpDockerConfig(() => ({ [`mine.azurecr.io:${port()}`]: [user, password] }));

    const port = (): string => setUp.host.split(':')[1] ?? '';

    /** All names lead to the registry, through a proxy: as public hosts, of which none is listed. */
    async function provider() {
      const { url } = await startTunnelProxy();
      return setUp.another({
        trustPolicies: () => [releasePolicy('', { scopes: ['*'] })],
        resources: () => [storeNamed('store', { useHttp: true })],
        world: { environment: { ...docker.environment, HTTP_PROXY: url } },
      });
    }

    it('twin: the registry itself gets them', async () => {
      const { digest } = setUp.signed('bundle', 'acme/d01');
      const key = `mine.azurecr.io:${port()}/acme/d01@${digest}`;
      expect(await setUp.judge(key, await provider())).toBe('verified');
      const sent = hostile.seen('acme/d01').map(({ authorization }) => authorization);
      expect(sent).toContain(`Basic ${encodeLogin([user, password])}`);
    });

    it.each([
      ['mine.azurecr.io.attacker.com:PORT/acme/d01-other', 'unavailable REGISTRY_UNAUTHORIZED'],
      ['evil-mine.azurecr.io:PORT/acme/d01-other', 'unavailable REGISTRY_UNAUTHORIZED'],
      ['evil.azurecr.io:PORT/acme/d01-other', 'unavailable REGISTRY_UNAUTHORIZED'],
      ['azurecr.io:PORT/acme/d01-other', 'unavailable REGISTRY_UNAUTHORIZED'],
      ['attacker.com:PORT/mine.azurecr.io/acme/d01-other', 'unavailable REGISTRY_UNAUTHORIZED'],
      ['io:PORT/acme/d01-other', 'unavailable ADDRESS_FORBIDDEN'],
      ['mine.azurecr.io.:PORT/acme/d01-other', 'rejected REFERENCE_INVALID'],
      ['mine.azurecr.io@attacker.com:PORT/acme/d01-other', 'rejected REFERENCE_INVALID'],
      ['mine.azurecr.io%2f.attacker.com:PORT/acme/d01-other', 'rejected REFERENCE_INVALID'],
    ])('not sent to %s: %s', async (name, verdict) => {
      const path = name.split('PORT/')[1] ?? '';
      const { digest } = setUp.signed('bundle', path);
      expect(await setUp.judge(`${name.replace('PORT', port())}@${digest}`, await provider())).toBe(verdict);
      for (const { authorization } of hostile.seen(path)) expect(authorization).toBeUndefined();
    });

    it('not sent to a token server of somebody else in the same domain', async () => {
      const { digest } = setUp.signed('bundle', 'acme/d01-realm');
      hostile.misbehave('acme/d01-realm', 'referrers', challenge(`http://evil.azurecr.io:${port()}/token`));
      const key = `mine.azurecr.io:${port()}/acme/d01-realm@${digest}`;
      expect(await setUp.judge(key, await provider())).toBe('unavailable REDIRECT_FORBIDDEN');
      expect(hostile.seen(TOKEN_SERVER)).toEqual([]);
    });

    it('a Store that asks for an unknown way to authenticate is refused, not read as "anonymous"', async () => {
      const image = setUp.signed('bundle', 'acme/d01-provider');
      const other = await setUp.another({
        resources: (host) => [
          storeNamed('store', {
            authProvider: { name: 'azureWorkloadIdentity', clientID: 'x' },
            registries: [{ host, plainHttp: true }],
          }),
        ],
      });
      expect(await setUp.judge(image, other)).toBe('unavailable POLICY_INVALID');
      expect(hostile.seen('acme/d01-provider')).toEqual([]);
    });
  },
);
