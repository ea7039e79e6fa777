import { beforeAll, describe, expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { type AttackedImage, releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { manifestAnswer, setUpHostileRegistry, stored } from '../support/hostile-registry.ts';
import { reply, startServer } from '../support/registry-server.ts';
import { store } from '../support/resources.ts';

/** Hosts that an image may name, and that nobody listed. PORT has a listener on the loopback address. */
const HOSTS: Readonly<Record<string, readonly string[]>> = {
  'unavailable ADDRESS_FORBIDDEN': [
    'localhost:PORT',
    'LOCALHOST:PORT',
    'a.localhost:PORT',
    '127.0.0.1:PORT',
    '[::1]:PORT',
    '[::ffff:7f00:1]:PORT',
    '[64:ff9b::7f00:1]:PORT',
    '[2002:7f00:1::]:PORT',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '[fd12:3456::1]',
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    '0.0.0.0:PORT',
    '224.0.0.1',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[::]:PORT',
    'metadata.google.internal',
    'kubernetes.default.svc',
    'kubernetes.default.svc:443',
    'kubernetes.default.svc.cluster.local',
    'registry.local',
    'vault.corp.internal:8200',
    'kubernetes:443',
    // public names that lead somewhere else
    'to-loopback.attacker.test:PORT',
    'to-loopback6.attacker.test:PORT',
    'to-mapped.attacker.test:PORT',
    'to-private.attacker.test:PORT',
    'to-metadata.attacker.test:PORT',
    'to-zone.attacker.test:PORT',
    'to-both.attacker.test:PORT',
    'xn--fiqs8s.attacker.test:PORT',
  ],
  'rejected REFERENCE_INVALID': [
    '127.1:PORT',
    '2130706433:PORT',
    '0x7f000001:PORT',
    '0x7f.0.0.1:PORT',
    '0177.0.0.1:PORT',
    '0:PORT',
    '127.0.0.1.:PORT',
    'localhost.:PORT',
    '１２７.0.0.1:PORT',
    'ⓛocalhost:PORT',
    '%6cocalhost:PORT',
    '[::ffff:127.0.0.1]:PORT',
    '[0:0:0:0:0:0:0:1]:PORT',
    '[::1%lo]:PORT',
    '[::1%25lo]:PORT',
    '[::1:PORT',
    'user@localhost:PORT',
    'user:pass@localhost:PORT',
    'ghcr.io@127.0.0.1:PORT',
    'http://127.0.0.1:PORT',
    '//127.0.0.1:PORT',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.1:PORT:PORT',
    'münchen.example:PORT',
    '-127.0.0.1:PORT',
  ],
};

const DNS: Readonly<Record<string, readonly string[]>> = {
  'to-loopback.attacker.test': ['127.0.0.1'],
  'to-loopback6.attacker.test': ['::1'],
  'to-mapped.attacker.test': ['::ffff:127.0.0.1'],
  'to-private.attacker.test': ['10.0.0.1', '192.168.0.1'],
  'to-metadata.attacker.test': ['169.254.169.254'],
  'to-zone.attacker.test': ['fe80::1%eth0'],
  'to-both.attacker.test': ['::1', '127.0.0.1', '169.254.169.254'],
  'xn--fiqs8s.attacker.test': ['127.0.0.1'],
};

const addresses = (all: readonly string[]) =>
  all.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** A key that starts with a bracket names a namespace, unless it says that there is none. */
const named = (host: string): string => (host.startsWith('[') ? `[]${host}` : host);

attack('D7', 'whoever writes an image name would have countersign call the inside of the network', () => {
  describe('a host that only `*` covers', () => {
    const setUp = setUpAttack({
      trustPolicies: (host) => [
        releasePolicy(host),
        releasePolicy(host, { name: 'everything', scopes: ['*'] }),
        // Without a slash after it, a prefix names no host.
        releasePolicy(host, { name: 'prefix', scopes: ['localhost*', '10.*', '169.254*', 'kubernetes*'] }),
      ],
      world: { resolveHost: async (name) => addresses(DNS[name] ?? []) },
    });

    let honest: AttackedImage;
    beforeAll(() => {
      honest = setUp.signed();
    });

    it('twin: the registry that a Store lists, on the same loopback address', async () => {
      expect(await setUp.judge(honest)).toBe('verified');
    });

    it.each(Object.entries(HOSTS).flatMap(([verdict, hosts]) => hosts.map((host) => ({ host, verdict }))))(
      '$host: $verdict',
      async ({ host, verdict }) => {
        const server = await startServer((_, response) => reply(response, 200));
        const name = `${named(host.replaceAll('PORT', String(server.port)))}/acme/d07`;
        const keys = [`${name}:v1`, `${name}@sha256:${'ab'.repeat(32)}`, honest.key];
        const verdicts = (await setUp.provider.verify(...keys)).map(verdictOf);
        expect(verdicts).toEqual([verdict, verdict, 'verified']);
        expect(server.requests).toEqual([]);
      },
    );
  });

  describe('a host that is listed', () => {
    it.each(['169.254.169.254', '[fd00:ec2::254]', '[fe80::1]', '0.0.0.0:80', 'metadata.google.internal'])(
      'and never contacted all the same: %s',
      async (host) => {
        const provider = await listing.another({
          trustPolicies: () => [releasePolicy('', { scopes: ['*'] })],
          resources: () => [store([{ host, plainHttp: true }])],
        });
        const verdict = await listing.judge(`${named(host)}/acme/d07:v1`, provider);
        expect(verdict).toBe('unavailable ADDRESS_FORBIDDEN');
      },
    );
    const listing = setUpAttack();
  });

  describe('a name that leads to another address the second time', () => {
    const resolutions: string[] = [];
    const { setUp, hostile } = setUpHostileRegistry({
      flags: { tagTtl: '0' },
      trustPolicies: () => [releasePolicy('', { scopes: ['*'] })],
      resources: (host) => [store([{ host: registryOf(host), plainHttp: true }])],
      world: {
        resolveHost: async (name) => {
          resolutions.push(name);
          return addresses(resolutions.length === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
        },
      },
    });
    const registryOf = (host: string): string => `registry.rebinding.test:${host.split(':')[1]}`;

    it('is judged by the address that is connected to, each time', async () => {
      const image = setUp.image('acme/d07-rebound', 'v1');
      hostile.misbehave('acme/d07-rebound', 'tag', () =>
        manifestAnswer(stored(image), { connection: 'close' }),
      );
      const key = `${registryOf(setUp.host)}/acme/d07-rebound:v1`;
      // The first connection resolves the tag, the next ones look for signatures.
      expect(await setUp.judge(key)).toBe('unavailable ADDRESS_FORBIDDEN');
      expect(hostile.seen('acme/d07-rebound').map(({ step }) => step)).toEqual(['tag']);
      expect(resolutions.length).toBeGreaterThan(1);
    });
  });

  describe('what is sent', () => {
    const { setUp, hostile } = setUpHostileRegistry();

    it('holds no token of this process, whatever the registry asks for', async () => {
      const image = setUp.signed('bundle', 'acme/d07-sent');
      hostile.misbehave('acme/d07-sent', 'blob', ({ headers }) =>
        headers.authorization === undefined
          ? { status: 401, headers: { 'www-authenticate': 'Basic realm="kubernetes"' } }
          : undefined,
      );
      expect(await setUp.judge(image)).toBe('unavailable REGISTRY_UNAUTHORIZED');
      for (const { authorization } of hostile.seen('acme/d07-sent')) expect(authorization).toBeUndefined();
    });
  });
});
