import { describe, expect, it } from 'vitest';
import {
  documents,
  errors,
  governing,
  load,
  newKey,
  POLICY,
  scalar,
  verdictOf,
  verifier,
} from './harness.ts';

const BAD = '        tLogVerify: 7';
const TENANT_POLICY = POLICY.replace('kind: Policy', 'kind: NamespacedPolicy').replace(
  '{name: ratify-policy}',
  '{name: ratify-policy, namespace: team-a}',
);

function store(more = '', namespace?: string): string {
  return `
apiVersion: config.ratify.deislabs.io/v1beta1
kind: ${namespace === undefined ? '' : 'Namespaced'}Store
metadata: {name: s${namespace === undefined ? '' : `, namespace: ${namespace}`}}
spec: {name: oras, parameters: {${more}}}
`;
}

function provider(name: string, namespace: string | undefined, parameters: string, type = 'inline'): string {
  return `
apiVersion: config.ratify.deislabs.io/v1beta1
kind: ${namespace === undefined ? '' : 'Namespaced'}KeyManagementProvider
metadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}
spec: {type: ${type}, parameters: ${parameters}}
`;
}

function keyed(namespace: string | undefined, key: string): string {
  return verifier({ ...(namespace === undefined ? {} : { namespace }), name: `keyed` }).replace(
    /keyless: .*/,
    `keys: [${key}]`,
  );
}

describe('a namespace', () => {
  it('without resources of its own has those of the cluster', () => {
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({ name: 'cluster' })) } });
    expect(verdictOf(compilation, 'nginx', 'team-a')).toBe('governed cluster/p');
  });

  it("has its own Verifiers in place of the cluster's, and the cluster's Policy and Stores all the same", () => {
    const own = verifier({ name: 'own', namespace: 'team-a', scope: 'a.io/b' });
    const compilation = load({
      yaml: {
        '/c/a.yaml': documents(POLICY, store('cosignEnabled: false'), verifier({ name: 'cluster' }), own),
      },
    });
    expect(verdictOf(compilation, 'a.io/b', 'team-a')).toBe('governed own/p');
    expect(verdictOf(compilation, 'a.io/c', 'team-a')).toBe('ungoverned');
    expect(verdictOf(compilation, 'a.io/c', 'team-b')).toBe('governed cluster/p');
    expect(verdictOf(compilation, 'a.io/c')).toBe('governed cluster/p');
    expect(governing(compilation, 'a.io/b', 'team-a')).toMatchObject({
      enforcement: 'any',
      access: { cosignEnabled: false },
    });
  });

  it("has its own Policy and Stores in place of the cluster's", () => {
    const own = documents(TENANT_POLICY.replace('default: any', 'default: all'), store('', 'team-a'));
    const compilation = load({
      yaml: { '/c/a.yaml': documents(POLICY, store('cosignEnabled: false'), verifier({}), own) },
    });
    expect(governing(compilation, 'nginx', 'team-a')).toMatchObject({
      enforcement: 'all',
      access: { cosignEnabled: true },
    });
    expect(governing(compilation, 'nginx')).toMatchObject({
      enforcement: 'any',
      access: { cosignEnabled: false },
    });
  });

  it('never falls back to the cluster where its own is invalid', () => {
    const cluster = documents(POLICY, store(), verifier({ name: 'cluster' }));
    const cases: readonly [string, string][] = [
      [verifier({ namespace: 'team-a', more: BAD, scope: 'nginx' }), 'invalid POLICY_INVALID'],
      [TENANT_POLICY.replace('any', 'some'), 'invalid POLICY_INVALID'],
      [TENANT_POLICY.replace('ratify-policy', 'other'), 'invalid POLICY_INVALID'],
      [store('useHttp: true', 'team-a'), 'invalid POLICY_INVALID'],
    ];
    for (const [text, expected] of cases) {
      const compilation = load({ yaml: { '/c/a.yaml': documents(cluster, text) } });
      expect(verdictOf(compilation, 'nginx', 'team-a')).toBe(expected);
      expect(verdictOf(compilation, 'nginx', 'team-b')).toBe('governed cluster/p');
      expect(verdictOf(compilation, 'nginx')).toBe('governed cluster/p');
    }
  });

  it('gets its own verdicts, though the same governs it (F1)', () => {
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({})) } });
    const prints = [undefined, 'team-a', 'team-b'].map((namespace) => {
      const found = governing(compilation, 'nginx', namespace);
      return found.kind === 'governed' ? found.fingerprint : '';
    });
    expect(new Set(prints).size).toBe(3);
  });
});

describe('a key management provider', () => {
  const inline = `{contentType: key, value: ${scalar(newKey())}}`;
  const keys = documents(
    provider('k', undefined, inline),
    provider('k', 'team-a', inline),
    provider('k', 'team-b', inline),
  );

  it.each([
    [undefined, 'k', undefined],
    [undefined, 'team-a/k', 'CONFIG_INVALID'],
    ['team-a', 'k', undefined],
    ['team-a', 'team-a/k', undefined],
    ['team-a', 'team-b/k', 'TENANT_FORBIDDEN'],
    ['team-a', 'missing', 'REFERENCE_MISSING'],
  ])('for a Verifier of %s is %s: %s', (namespace, name, code) => {
    const found = errors(
      load({ yaml: { '/c/a.yaml': documents(POLICY, keys, keyed(namespace, `{provider: ${name}}`)) } }),
    );
    expect(found.map((diagnostic) => diagnostic.code)).toEqual(code === undefined ? [] : [code]);
  });

  it.each([
    [
      'a name, which an inline key has not',
      `{provider: k, name: x, version: "2"}`,
      'key x with version 2 not found in key management provider k',
    ],
    ['a certificate', '{provider: cert}', 'the key management provider cert holds no public key'],
    ['a trust root', '{provider: root}', 'the key management provider root holds no public key'],
  ])('is refused as a key with %s', (_what, key, message) => {
    const more = documents(
      provider('cert', undefined, '{contentType: certificate, value: PEM}'),
      provider('root', undefined, '{preset: public-good}', 'sigstore-trust-root'),
    );
    const found = errors(
      load({ yaml: { '/c/a.yaml': documents(POLICY, keys, more, keyed(undefined, key)) } }),
    );
    expect(found).toMatchObject([{ code: 'REFERENCE_MISSING', message: expect.stringContaining(message) }]);
  });

  it('holds no trust root where it holds a key', () => {
    const text = verifier({ more: '        trustRoot: k' });
    const found = errors(load({ yaml: { '/c/a.yaml': documents(POLICY, keys, text) } }));
    expect(found).toMatchObject([
      { code: 'REFERENCE_MISSING', field: 'spec.parameters.trustPolicies[0].trustRoot' },
    ]);
  });

  it.each([
    ['azurekeyvault', '{vaultURI: x, keys: [{name: y}]}', 'FEATURE_UNSUPPORTED'],
    ['vault', '{}', 'FIELD_INVALID'],
    ['sigstore-trust-root', '{}', 'CONFIG_INVALID'],
    ['sigstore-trust-root', '{preset: public-good, inline: "{}"}', 'CONFIG_INVALID'],
    ['sigstore-trust-root', '{preset: staging}', 'FIELD_INVALID'],
    ['sigstore-trust-root', '{inline: "{}"}', 'TRUST_ROOT_INVALID'],
    ['sigstore-trust-root', '{file: /nowhere.json}', 'FILE_UNREADABLE'],
    ['inline', '{contentType: jwk, value: x}', 'FIELD_INVALID'],
    ['inline', '{contentType: key}', 'FIELD_INVALID'],
    ['inline', '{contentType: key, value: "-----BEGIN PUBLIC KEY-----"}', 'KEY_INVALID'],
  ])('of type %s with %s is invalid and fails closed: %s', (type, parameters, code) => {
    const text = documents(
      POLICY,
      verifier({ name: 'lax' }),
      provider('k', undefined, parameters, type),
      keyed(undefined, '{provider: k}'),
    );
    const compilation = load({ yaml: { '/c/a.yaml': text } });
    expect(errors(compilation).map((diagnostic) => diagnostic.code)).toEqual([code, 'REFERENCE_MISSING']);
    expect(verdictOf(compilation, 'nginx')).toBe('invalid POLICY_INVALID');
  });

  it('gives the trust root that a policy names; the public-good one stands in where one is needed', () => {
    const root = provider('root', undefined, '{preset: public-good}', 'sigstore-trust-root');
    const trustRootOf = (text: string) => {
      const found = governing(load({ yaml: { '/c/a.yaml': documents(POLICY, keys, root, text) } }), 'nginx');
      return found.kind === 'governed' ? found.policies[0].trustRoot?.name : found;
    };
    expect(trustRootOf(verifier({}))).toBe('public-good');
    expect(trustRootOf(verifier({ more: '        tLogVerify: false' }))).toBe('public-good');
    expect(
      trustRootOf(verifier({ more: '        trustRoot: root\n        rekorURL: https://rekor.corp' })),
    ).toBe('public-good');
    expect(trustRootOf(keyed(undefined, '{provider: k}'))).toBe('public-good');
    expect(trustRootOf(`${keyed(undefined, '{provider: k}')}        tLogVerify: false`)).toBeUndefined();
  });

  it('is not needed for the legacy key, which may sign everything', () => {
    const legacy = `
apiVersion: config.ratify.deislabs.io/v1beta1
kind: Verifier
metadata: {name: v}
spec: {name: cosign, artifactTypes: "*", parameters: {key: /k.pub}}
`;
    const yaml = { '/c/a.yaml': documents(POLICY, legacy) };
    const compilation = load({ yaml, files: { '/k.pub': newKey() } });
    expect(governing(compilation, 'any.io/thing')).toMatchObject({
      policies: [
        { name: 'default', scopes: ['*'], tLogVerify: false, signedBy: { keys: [{ name: '/k.pub' }] } },
      ],
    });
    const logged = legacy.replace('/k.pub}', '/k.pub, rekorURL: https://rekor.sigstore.dev/}');
    expect(
      governing(
        load({ yaml: { '/c/a.yaml': documents(POLICY, logged) }, files: { '/k.pub': newKey() } }),
        'x.io/y',
      ),
    ).toMatchObject({
      policies: [{ tLogVerify: true, trustRoot: { name: 'public-good' } }],
    });
    expect(verdictOf(load({ yaml }), 'nginx')).toBe('invalid POLICY_INVALID');
  });
});

describe('a namespaced resource may not', () => {
  it.each([
    [
      'read a key file',
      keyed('team-a', '{file: /etc/passwd}'),
      'spec.parameters.trustPolicies[0].keys[0].file',
    ],
    [
      'read a legacy key file',
      keyed('team-a', '').replace(/trustPolicies:.*/s, 'key: /etc/passwd'),
      'spec.parameters.key',
    ],
    [
      'read a trust root file',
      provider('t', 'team-a', '{file: /t.json}', 'sigstore-trust-root'),
      'spec.parameters.file',
    ],
    [
      'read a docker config',
      store('authProvider: {name: dockerConfig, configPath: /x}', 'team-a'),
      'spec.parameters.authProvider.configPath',
    ],
    [
      'read certificate authorities',
      store('registries: [{host: a.io, caFile: /x}]', 'team-a'),
      'spec.parameters.registries[0].caFile',
    ],
    ['speak http', store('useHttp: true', 'team-a'), 'spec.parameters.useHttp'],
    [
      'speak http with a host',
      store('registries: [{host: a.io, plainHttp: true}]', 'team-a'),
      'spec.parameters.registries[0].plainHttp',
    ],
    [
      'speak http with an endpoint',
      store('registries: [{host: a.io, endpoint: "HTTP://b.io"}]', 'team-a'),
      'spec.parameters.registries[0].endpoint',
    ],
    [
      'contact a private endpoint (D7)',
      store('registries: [{host: a.io, endpoint: "https://10.0.0.1"}]', 'team-a'),
      'spec.parameters.registries[0]',
    ],
    [
      'contact a metadata endpoint (D7)',
      store('registries: [{host: a.io, endpoint: "https://169.254.169.254"}]', 'team-a'),
      'spec.parameters.registries[0]',
    ],
    [
      'contact itself (D7)',
      store('registries: [{host: "localhost:5000"}]', 'team-a'),
      'spec.parameters.registries[0]',
    ],
    [
      'remap a host of the cluster',
      store('registries: [{host: registry.corp, endpoint: "https://evil.io"}]', 'team-a'),
      'spec.parameters.registries[0]',
    ],
  ])('%s', (_what, text, field) => {
    const cluster = documents(POLICY, verifier({}), store('registries: [{host: registry.corp}]'));
    const compilation = load({ yaml: { '/c/a.yaml': cluster, '/c/b.yaml': text } });
    expect(errors(compilation)).toMatchObject([{ code: 'TENANT_FORBIDDEN', file: '/c/b.yaml', field }]);
    const statuses = compilation.snapshot.resources.filter(({ id }) => id.namespace === 'team-a');
    expect(statuses).toMatchObject([{ state: 'invalid' }]);
  });

  it.each([
    ['a.io/org/*', 'a.io'],
    ['a.io*', 'a.io'],
    ['org/*', 'index.docker.io'],
  ])('remap what the scope %s of the cluster is for, while that governs it: %s', (scope, host) => {
    const cluster = documents(POLICY, verifier({ name: 'lax' }), verifier({ name: 'strict', scope }));
    const remapped = store(`registries: [{host: ${host}, endpoint: "https://evil.io"}]`, 'team-a');
    const found = errors(load({ yaml: { '/c/a.yaml': cluster, '/c/b.yaml': remapped } }));
    expect(found).toMatchObject([{ code: 'TENANT_FORBIDDEN', field: 'spec.parameters.registries[0]' }]);
    expect(found[0]?.message).toContain('Verifier strict');
    const broken = documents(cluster.replace(/keyless: .*\s*$/, 'keyless: {}'), remapped);
    expect(errors(load({ yaml: { '/c/a.yaml': broken } }))).toContainEqual(
      expect.objectContaining({ code: 'TENANT_FORBIDDEN' }),
    );

    const own = verifier({ name: 'own', namespace: 'team-a' });
    const elsewhere = store('registries: [{host: b.io, endpoint: "https://mirror.io"}]', 'team-b');
    const listed = store(`registries: [{host: ${host}}]`, 'team-c');
    const yaml = { '/c/a.yaml': cluster, '/c/b.yaml': documents(remapped, own, elsewhere, listed) };
    expect(errors(load({ yaml }))).toEqual([]);
  });

  it('remap any host while nobody knows what the cluster lists', () => {
    const cluster = documents(POLICY, verifier({}), store('registries: [{host: "not a host"}]'));
    const tenant = store('registries: [{host: registry.corp, endpoint: "https://evil.io"}]', 'team-a');
    const compilation = load({ yaml: { '/c/a.yaml': documents(cluster, tenant) } });
    expect(verdictOf(compilation, 'registry.corp/x', 'team-a')).toBe('invalid POLICY_INVALID');
  });
});
