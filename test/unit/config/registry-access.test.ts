import { describe, expect, it } from 'vitest';
import type { RegistryAccess } from '../../../src/registry/access.ts';
import { parseReference } from '../../../src/registry/reference.ts';
import { publicGoodTrustRoot } from '../../../src/sigstore/trust-root.ts';
import { codes, documents, errors, governing, load, POLICY, scalar, verdictOf, verifier } from './harness.ts';

const [AUTHORITY] = JSON.parse(publicGoodTrustRoot().json).certificateAuthorities;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${AUTHORITY.certChain.certificates[0].rawBytes.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----\n`;

function store(parameters: string, name = 's', namespace?: string): string {
  return `
apiVersion: config.ratify.deislabs.io/v1beta1
kind: ${namespace === undefined ? '' : 'Namespaced'}Store
metadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}
spec: {name: oras, parameters: ${parameters}}
`;
}

function accessTo(
  image: string,
  { stores = '', scope = '*', namespace }: { stores?: string; scope?: string; namespace?: string } = {},
): RegistryAccess {
  const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({ scope }), stores) } });
  const found = governing(compilation, image, namespace);
  if (found.kind !== 'governed') throw new Error(JSON.stringify([found, errors(compilation)]));
  return found.access;
}

describe('without a Store', () => {
  it('public registries are reached over https, with the default docker config and .sig tags', () => {
    expect(accessTo('ghcr.io/org/app')).toMatchObject({
      host: 'ghcr.io',
      endpoint: new URL('https://ghcr.io'),
      allowPrivate: false,
      privateHosts: new Set(),
      cosignEnabled: true,
      credentials: { fingerprint: 'default' },
    });
  });

  it('Docker Hub is asked where it answers', () => {
    expect(accessTo('nginx')).toMatchObject({
      host: 'docker.io',
      endpoint: new URL('https://registry-1.docker.io'),
    });
  });
});

describe('a Store', () => {
  it('maps hosts to endpoints, in every spelling of the host', () => {
    const stores = store(
      '{registries: [{host: index.docker.io, endpoint: "https://mirror.corp:8443/hub/"}]}',
    );
    const access = accessTo('nginx', { stores });
    expect(access).toMatchObject({ host: 'docker.io', endpoint: new URL('https://mirror.corp:8443/hub') });
    expect(access.privateHosts).toEqual(new Set(['mirror.corp:8443', 'docker.io:443']));
  });

  it('speaks http where it says so', () => {
    const stores = store(
      '{useHttp: true, registries: [{host: "a.io:5000"}, {host: b.io, plainHttp: false}, {host: c.io, endpoint: "https://d.io"}]}',
    );
    const endpointOf = (image: string) => accessTo(image, { stores }).endpoint.href;
    expect(endpointOf('a.io:5000/x')).toBe('http://a.io:5000/');
    expect(endpointOf('b.io/x')).toBe('https://b.io/');
    expect(endpointOf('c.io/x')).toBe('https://d.io/');
    expect(endpointOf('e.io/x')).toBe('http://e.io/');
    expect(accessTo('e.io/x', { stores }).privateHosts).toEqual(
      new Set(['a.io:5000', 'b.io:443', 'c.io:443', 'd.io:443']),
    );
    expect(accessTo('e.io/x', { stores }).plainHosts).toEqual(new Set(['a.io:5000']));
  });

  it('is chosen by the host it lists, then by name', () => {
    const stores = documents(
      store('{authProvider: {name: dockerConfig, configPath: /b}, registries: [{host: a.io}]}', 'b'),
      store('{authProvider: {name: dockerConfig, configPath: conf/a}}', 'a'),
      store('{authProvider: {name: dockerConfig, configPath: /c}, registries: [{host: a.io}]}', 'c'),
    );
    expect(accessTo('a.io/x', { stores }).credentials.fingerprint).toBe('/b');
    expect(accessTo('z.io/x', { stores }).credentials.fingerprint).toBe('/c/conf/a');
  });

  it('gives certificate authorities, from a file or written down, and nothing else that the file holds', () => {
    const both = store('{registries: [{host: a.io, caFile: ca.pem}, {host: b.io, ca: CA}]}').replace(
      'ca: CA',
      `ca: ${scalar(CERTIFICATE)}`,
    );
    const files = { '/c/ca.pem': `# the authority of a.io\n${CERTIFICATE}` };
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({}), both) }, files });
    expect(errors(compilation)).toEqual([]);
    for (const image of ['a.io/x', 'b.io/x']) {
      expect(governing(compilation, image)).toMatchObject({ access: { ca: CERTIFICATE } });
    }
    expect(governing(compilation, 'c.io/x')).not.toHaveProperty('access.ca');
  });

  it.each([
    [
      'an authProvider that is not supported',
      '{authProvider: {name: k8Secrets, secrets: []}}',
      'FEATURE_UNSUPPORTED',
    ],
    ['an authProvider without name', '{authProvider: {configPath: /x}}', 'FIELD_INVALID'],
    ['no host', '{registries: [{endpoint: "https://x.io"}]}', 'FIELD_INVALID'],
    ['a URL as host', '{registries: [{host: "https://x.io"}]}', 'FIELD_INVALID'],
    ['a host that no image can name', '{registries: [{host: registry}]}', 'FIELD_INVALID'],
    [
      'one host in two spellings',
      '{registries: [{host: docker.io}, {host: index.docker.io}]}',
      'CONFIG_INVALID',
    ],
    ['an endpoint that is no URL', '{registries: [{host: a.io, endpoint: mirror.corp}]}', 'FIELD_INVALID'],
    [
      'an endpoint of another scheme',
      '{registries: [{host: a.io, endpoint: "ftp://x.io"}]}',
      'FIELD_INVALID',
    ],
    [
      'a password in the endpoint',
      '{registries: [{host: a.io, endpoint: "https://u:hunter2@x.io"}]}',
      'FIELD_INVALID',
    ],
    [
      'a query in the endpoint',
      '{registries: [{host: a.io, endpoint: "https://x.io/?ns=a"}]}',
      'FIELD_INVALID',
    ],
    [
      'endpoint and plainHttp',
      '{registries: [{host: a.io, endpoint: "https://x.io", plainHttp: true}]}',
      'CONFIG_INVALID',
    ],
    ['ca and caFile', '{registries: [{host: a.io, ca: x, caFile: y}]}', 'CONFIG_INVALID'],
    [
      'a ca that is none',
      '{registries: [{host: a.io, ca: "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----"}]}',
      'FIELD_INVALID',
    ],
    ['a caFile that is not there', '{registries: [{host: a.io, caFile: /ca.pem}]}', 'FILE_UNREADABLE'],
    ['another name', '{}} #', 'FIELD_INVALID'],
  ])('with %s is invalid, and nothing is asked anonymously in its place', (what, parameters, code) => {
    const text = what === 'another name' ? store('{}').replace('oras', 'dapr') : store(parameters);
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({}), text) } });
    expect(errors(compilation).map((diagnostic) => diagnostic.code)).toEqual([code]);
    expect(JSON.stringify(errors(compilation))).not.toContain('hunter2');
    expect(verdictOf(compilation, 'a.io/x')).toBe('invalid POLICY_INVALID');
    expect(compilation.snapshot.access(parseReference('a.io/x'))).toMatchObject({ code: 'POLICY_INVALID' });
  });

  it('that is invalid claims the hosts it lists, and all others only where it comes first', () => {
    const good = store('{registries: [{host: b.io}]}', 'a');
    const bad = store('{cosignEnabled: 3, registries: [{host: a.io}]}', 'b');
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({}), good, bad) } });
    expect(verdictOf(compilation, 'a.io/x')).toBe('invalid POLICY_INVALID');
    expect(verdictOf(compilation, 'b.io/x')).toBe('governed v/p');
    expect(verdictOf(compilation, 'c.io/x')).toBe('governed v/p');
  });

  it('accepts what only Ratify needs', () => {
    const compilation = load({
      yaml: {
        '/c/a.yaml': documents(
          POLICY,
          verifier({}),
          store('{cacheEnabled: true, ttl: 10, localCachePath: /x}'),
        ),
      },
    });
    expect(errors(compilation)).toEqual([]);
  });

  it('warns of http, once for what is said once', () => {
    const text = store(
      '{useHttp: true, registries: [{host: a.io}, {host: b.io, plainHttp: true}, {host: c.io, endpoint: "http://d.io"}]}',
    );
    const compilation = load({ yaml: { '/c/a.yaml': text } });
    expect(codes(compilation).filter((code) => code === 'PLAIN_HTTP')).toHaveLength(3);
  });
});

describe('private addresses (D7)', () => {
  const listing = store('{registries: [{host: registry.corp}]}');

  it.each([
    ['*', false],
    ['registry.corp*', false],
    ['registry.corp/*', true],
    ['registry.corp/team/app', true],
    ['registry.corp/team/app:v1', true],
  ])('are in reach of the scope %s: %s', (scope, allowed) => {
    expect(accessTo('registry.corp/team/app:v1', { scope }).allowPrivate).toBe(allowed);
  });

  it('are in reach for a host that a cluster-wide Store lists', () => {
    expect(accessTo('registry.corp/x', { stores: listing }).allowPrivate).toBe(true);
    expect(accessTo('other.corp/x', { stores: listing }).allowPrivate).toBe(false);
  });

  it('are out of reach for what a namespace names or remaps', () => {
    const tenant = documents(
      verifier({ name: 't', namespace: 'team-a', scope: 'a.corp/*' }),
      verifier({ name: 'u', namespace: 'team-a', scope: 'registry.corp/*' }),
    );
    const remap = store('{registries: [{host: a.corp, endpoint: "https://public.io"}]}', 's', 'team-a');
    const compilation = load({
      yaml: { '/c/a.yaml': documents(POLICY, verifier({ scope: 'a.corp/*' }), listing, tenant, remap) },
    });
    expect(governing(compilation, 'a.corp/x', 'team-a')).toMatchObject({
      access: { allowPrivate: false, privateHosts: new Set() },
    });
    expect(governing(compilation, 'a.corp/x')).toMatchObject({ access: { allowPrivate: true } });
    expect(governing(compilation, 'registry.corp/x', 'team-a')).toMatchObject({
      access: { allowPrivate: true, privateHosts: new Set(['registry.corp:443']) },
    });
    const onlyStore = load({
      yaml: { '/c/a.yaml': documents(POLICY, verifier({ scope: 'a.corp/*' }), listing, remap) },
    });
    expect(verdictOf(onlyStore, 'a.corp/x', 'team-a')).toBe('invalid POLICY_INVALID');
  });

  it('and with a remapped host the credentials of the cluster are, for its endpoint is what a namespace chose', () => {
    const tenant = store(
      `{registries: [{host: a.io, endpoint: "https://ghcr.io"}, {host: b.io, ca: ${scalar(CERTIFICATE)}}, {host: c.io}]}`,
      's',
      'team-a',
    );
    const credentialsFor = (image: string, namespace?: string) =>
      accessTo(image, { stores: tenant, ...(namespace === undefined ? {} : { namespace }) }).credentials
        .fingerprint;
    expect(['a.io/x', 'b.io/x', 'c.io/x', 'd.io/x'].map((image) => credentialsFor(image, 'team-a'))).toEqual([
      'anonymous',
      'anonymous',
      'default',
      'default',
    ]);
    expect(credentialsFor('a.io/x')).toBe('default');
  });

  it('of a mutation follow the rules of the cluster', () => {
    const compilation = load({
      yaml: { '/c/a.yaml': documents(POLICY, verifier({ scope: 'a.corp/*' }), listing) },
    });
    const accessOf = (image: string) => compilation.snapshot.access(parseReference(image));
    expect(accessOf('a.corp/x')).toMatchObject({ allowPrivate: true });
    expect(accessOf('registry.corp/x')).toMatchObject({ allowPrivate: true });
    expect(accessOf('b.corp/x')).toMatchObject({ allowPrivate: false, endpoint: new URL('https://b.corp') });
    expect(load({ yaml: {}, unreadable: ['/c'] }).snapshot.access(parseReference('b.corp/x'))).toMatchObject({
      code: 'POLICY_INVALID',
    });
  });
});

describe('the fingerprint of an access', () => {
  it('differs for everything that makes a difference', () => {
    const prints = [
      accessTo('a.io/x'),
      accessTo('b.io/x'),
      accessTo('a.io/x', { scope: 'a.io/*' }),
      accessTo('a.io/x', { stores: store('{cosignEnabled: false}') }),
      accessTo('a.io/x', { stores: store('{useHttp: true}') }),
      accessTo('a.io/x', { stores: store('{registries: [{host: c.io}]}') }),
      accessTo('a.io/x', { stores: store('{authProvider: {name: dockerConfig, configPath: /x}}') }),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
    expect(accessTo('a.io/y').fingerprint).toBe(accessTo('a.io/x').fingerprint);
  });
});
