import { expect, it } from 'vitest';
import type { RegistryRequest } from '../../src/demo/registry/registry-request.ts';
import { attack } from '../support/attack.ts';
import { setUpDockerConfig } from '../support/docker-config.ts';
import { judgeBeside, redirect, refusal, setUpHostileRegistry } from '../support/hostile-registry.ts';
import { type Answer, reply, startServer } from '../support/registry-server.ts';
import { store } from '../support/resources.ts';

const credentials = { user: 'robot', password: 'a-secret-of-the-registry' };
const { user, password } = credentials;

attack(
  'D4',
  'the Authorization header would follow a redirect to a stranger, or be handed over when the stranger asks',
  () => {
    const { setUp, hostile } = setUpHostileRegistry({
      registry: { authentication: { kind: 'basic', credentials } },
      world: {
        get environment() {
          return docker.environment;
        },
      },
    });
    const docker = setUpDockerConfig(() => ({ [setUp.host]: [user, password] }));

    /** A storage that is listed, and a provider that may go there. */
    async function listedStorage(answer: Answer) {
      const storage = await startServer(answer);
      const provider = await setUp.another({
        resources: (host) => [store([host, storage.host].map((name) => ({ host: name, plainHttp: true })))],
      });
      return { storage, provider };
    }

    /** Where each blob is, on another server. */
    const elsewhere =
      (origin: string) =>
      ({ headers, path }: RegistryRequest) =>
        headers.authorization === undefined ? undefined : redirect(`${origin}${path}`);

    const serveBlob: Answer = ({ url }, response) => {
      const blob = setUp.registry.blob(url.slice(url.lastIndexOf('/') + 1));
      reply(response, blob === undefined ? 404 : 200, blob);
    };

    it('twin: a redirect to a listed storage is followed, without the header', async () => {
      const { storage, provider } = await listedStorage(serveBlob);
      const image = setUp.signed('bundle', 'acme/d04');
      hostile.misbehave('acme/d04', 'blob', elsewhere(storage.origin));
      expect(await judgeBeside(setUp, image, provider)).toBe('verified');
      expect(hostile.seen('acme/d04', 'blob').some(({ authorization }) => authorization !== undefined)).toBe(
        true,
      );
      expect(storage.requests).toHaveLength(1);
      expect(storage.requests[0]?.headers.authorization).toBeUndefined();
    });

    it.each(['Basic realm="give me"', 'Bearer realm="https://auth.attacker.test/token"'])(
      'whoever was redirected to asks for credentials by %s: gets none',
      async (wanted) => {
        const { storage, provider } = await listedStorage((_, response) =>
          reply(response, 401, '', { 'www-authenticate': wanted }),
        );
        const repository = `acme/d04-asked-${wanted.slice(0, 5).toLowerCase().trim()}`;
        const image = setUp.signed('bundle', repository);
        hostile.misbehave(repository, 'blob', elsewhere(storage.origin));
        expect(await judgeBeside(setUp, image, provider)).toBe('unavailable REGISTRY_UNAUTHORIZED');
        expect(storage.requests).toHaveLength(1);
        expect(storage.requests[0]?.headers.authorization).toBeUndefined();
      },
    );

    it('a way back home: the header stays away', async () => {
      const { storage, provider } = await listedStorage(({ url }, response) =>
        reply(response, 307, '', { location: `${setUp.registry.url}${url}?home` }),
      );
      const image = setUp.signed('bundle', 'acme/d04-home');
      hostile.misbehave('acme/d04-home', 'blob', (request) =>
        request.query.has('home') ? refusal(404) : elsewhere(storage.origin)(request),
      );
      expect(await judgeBeside(setUp, image, provider)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
      const home = hostile.seen('acme/d04-home', 'blob').filter(({ path }) => path.endsWith('?home'));
      expect(home.map(({ authorization }) => authorization)).toEqual([undefined]);
    });

    it.each([
      {
        name: 'another port of the same host',
        location: 'http://127.0.0.1:PORT/x',
        code: 'REDIRECT_FORBIDDEN',
      },
      {
        name: 'another name of the same host',
        location: 'http://localhost:PORT/x',
        code: 'REDIRECT_FORBIDDEN',
      },
      { name: 'its own name by https', location: 'https://127.0.0.1:PORT/x', code: 'ADDRESS_FORBIDDEN' },
      { name: 'a host without scheme', location: '//127.0.0.1:PORT/x', code: 'REDIRECT_FORBIDDEN' },
      { name: 'a back-slashed host', location: '/\\127.0.0.1:PORT/x', code: 'REDIRECT_FORBIDDEN' },
      { name: 'a user', location: 'http://HOST@127.0.0.1:PORT/x', code: 'REDIRECT_FORBIDDEN' },
      { name: 'itself, for ever', location: '?again', code: 'REGISTRY_RESPONSE_INVALID' },
    ])('$name, which nobody listed: $code, and no request there', async ({ name, location, code }) => {
      const stranger = await startServer((_, response) => reply(response, 200));
      const repository = `acme/d04-${name.replaceAll(/\W+/g, '-')}`;
      const image = setUp.signed('bundle', repository);
      hostile.misbehave(
        repository,
        'blob',
        redirect(location.replace('PORT', String(stranger.port)).replace('HOST', 'registry')),
      );
      expect(await judgeBeside(setUp, image)).toBe(`unavailable ${code}`);
      expect(stranger.requests).toEqual([]);
    });
  },
);
