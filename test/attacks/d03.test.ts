import { describe, expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { setUpDockerConfig } from '../support/docker-config.ts';
import {
  challenge,
  judgeBeside,
  redirect,
  setUpHostileRegistry,
  TOKEN_SERVER,
} from '../support/hostile-registry.ts';
import { reply, startServer } from '../support/registry-server.ts';
import { store } from '../support/resources.ts';

const credentials = { user: 'robot', password: 'a-secret-of-the-registry' };
const { user, password } = credentials;

/** Places where a token server must not be, as a registry that speaks http could spell them. PORT has a listener. */
const FORBIDDEN_REALMS: Readonly<Record<string, readonly string[]>> = {
  ADDRESS_FORBIDDEN: [
    // metadata: dotted, decimal, hex, octal, short, mapped, translated, with a trailing dot, in percent-encoded full-width digits
    'http://169.254.169.254/token',
    'http://2852039166/token',
    'http://0xa9fea9fe/token',
    'http://0xA9.0xFE.0xA9.0xFE/token',
    'http://0251.0376.0251.0376/token',
    'http://169.254.43518/token',
    'http://169.254.169.254./token',
    'http://%EF%BC%91%EF%BC%96%EF%BC%99.254.169.254/token',
    'http://[::ffff:169.254.169.254]/token',
    'http://[::ffff:a9fe:a9fe]/token',
    'http://[64:ff9b::169.254.169.254]/token',
    'http://[2002:a9fe:a9fe::1]/token',
    'http://[fd00:ec2::254]/token',
    'http://[FD00:EC2:0:0:0:0:0:254]/token',
    'http://[fe80::1]/token',
    'http://168.63.129.16/token',
    'http://100.100.100.200/token',
    'http://metadata.google.internal/token',
    'http://METADATA.GOOGLE.INTERNAL./token',
    // the cluster and its networks
    'https://kubernetes.default.svc/token',
    'https://kubernetes.default.svc.cluster.local./token',
    'https://kubernetes/token',
    'http://10.0.0.1/token',
    'http://192.168.1/token',
    'http://172.16.0.1/token',
    'http://[fd12:3456::1]/token',
    // the machine itself, at a port where somebody listens
    'http://127.0.0.1:PORT/token',
    'https://127.0.0.1:PORT/token',
    'http://127.1:PORT/token',
    'http://2130706433:PORT/token',
    'http://0x7f.1:PORT/token',
    'http://0177.0.0.1:PORT/token',
    'http://127.0.0.1.:PORT/token',
    'http://[::1]:PORT/token',
    'http://[::ffff:127.0.0.1]:PORT/token',
    'http://[::ffff:7f00:1]:PORT/token',
    'http://0:PORT/token',
    'http://0.0.0.0:PORT/token',
    'http://[::]:PORT/token',
    'http://localhost:PORT/token',
    'HTTP://LOCALHOST.:PORT/token',
    'http://%6C%6Fcalhost:PORT/token',
    'http://a.localhost:PORT/token',
    // names that anybody may register, and that lead into the network
    'https://auth.attacker.test:PORT/token',
    'https://xn--fiqs8s.attacker.test:PORT/token',
    'https://auth.attacker.test.:PORT/token',
  ],
  REDIRECT_FORBIDDEN: [
    // a registry that speaks http brings nobody else to do so
    'http://auth.attacker.test:PORT/token',
    'http://auth.example.com/token',
    'http://user:pass@127.0.0.1:PORT/token',
    'http://registry.test@127.0.0.1:PORT/token',
    'ftp://127.0.0.1:PORT/token',
    'file:///var/run/secrets/kubernetes.io/serviceaccount/token',
    'data:application/json,{"token":"x"}',
  ],
  REGISTRY_RESPONSE_INVALID: [
    '',
    '/token',
    'http://',
    'http://[fe80::1%25eth0]/token',
    'http://[::1/token',
    'http://300.1.1.1/',
  ],
};

attack('D3', 'a registry would name a token server, and have credentials sent wherever it likes', () => {
  describe('over http', () => {
    const { setUp, hostile } = setUpHostileRegistry({
      registry: { authentication: { kind: 'token', credentials } },
      world: {
        get environment() {
          return docker.environment;
        },
        resolveHost: async () => [{ address: '127.0.0.1', family: 4 }],
      },
    });
    const docker = setUpDockerConfig(() => ({ [setUp.host]: [user, password] }));
    let count = 0;

    it('twin: the token server of the registry itself gets the credentials', async () => {
      expect(await judgeBeside(setUp, setUp.signed('bundle', 'acme/d03'))).toBe('verified');
      expect(
        hostile.seen(TOKEN_SERVER).some(({ authorization }) => authorization?.startsWith('Basic ')),
      ).toBe(true);
    });

    it.each(
      Object.entries(FORBIDDEN_REALMS).flatMap(([code, realms]) => realms.map((realm) => ({ realm, code }))),
    )('$realm: $code', async ({ realm, code }) => {
      count += 1;
      const attacker = await startServer((_, response) => reply(response, 200, '{"token":"t"}'));
      const image = setUp.signed('bundle', `acme/d03-${count}`);
      hostile.misbehave(
        image.repository,
        'referrers',
        challenge(realm.replace('PORT', String(attacker.port))),
      );
      expect(await judgeBeside(setUp, image)).toBe(`unavailable ${code}`);
      expect(attacker.requests).toEqual([]);
    });

    it('a token server that leads on to another: not followed there', async () => {
      const attacker = await startServer((_, response) => reply(response, 200, '{"token":"t"}'));
      const image = setUp.signed('bundle', 'acme/d03-redirected');
      hostile.misbehave(image.repository, 'referrers', challenge(`${setUp.registry.url}/token?elsewhere`));
      hostile.misbehave(TOKEN_SERVER, 'token', ({ query }) =>
        query.has('elsewhere') ? redirect(`${attacker.origin}/token`) : undefined,
      );
      expect(await judgeBeside(setUp, image)).toBe('unavailable REDIRECT_FORBIDDEN');
      expect(attacker.requests).toEqual([]);
    });
  });

  describe('over https', async () => {
    const authority = await createTestAuthority();
    const { certificate: cert, key } = await authority.issue({
      commonName: 'registry',
      usages: ['serverAuth'],
    });
    const { setUp, hostile } = setUpHostileRegistry({
      registry: { authentication: { kind: 'token', credentials }, tls: { cert, key } },
      resources: (host) => [store([{ host, ca: authority.certificate }])],
      world: {
        get environment() {
          return docker.environment;
        },
      },
    });
    const docker = setUpDockerConfig(() => ({ [setUp.host]: [user, password] }));

    it('twin', async () => {
      expect(await judgeBeside(setUp, setUp.signed('bundle', 'acme/d03-tls'))).toBe('verified');
    });

    it('a registry that is listed with https gets nothing over http, at its own port either', async () => {
      const image = setUp.signed('bundle', 'acme/d03-downgrade');
      hostile.misbehave(image.repository, 'referrers', challenge(`http://${setUp.host}/token`));
      expect(await judgeBeside(setUp, image)).toBe('unavailable REDIRECT_FORBIDDEN');
    });
  });
});
