import { describe, expect, it } from 'vitest';
import { expandRatifyConfigs } from '../../../src/config/ratify-config-file.ts';
import { type Reading, readResources } from '../../../src/config/resource-reader.ts';
import { readYaml } from '../../../src/config/yaml-document.ts';

const TYPE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const TRUST = [{ name: 'all', scopes: ['ghcr.io/acme/*'], keys: [{ file: 'cosign.pub' }] }];

function sections(changes: object = {}): object {
  return {
    store: { version: '1.0.0', plugins: [{ name: 'oras', cosignEnabled: true, useHttp: false }] },
    policy: {
      version: '1.0.0',
      plugin: { name: 'configPolicy', artifactVerificationPolicies: { [TYPE]: 'any' } },
    },
    verifier: {
      version: '1.0.0',
      plugins: [{ name: 'cosign', type: 'cosign', artifactTypes: TYPE, trustPolicies: TRUST }],
    },
    ...changes,
  };
}

function read(config: object): Reading {
  return readResources(expandRatifyConfigs(readYaml('/c/config.json', JSON.stringify(config, undefined, 2))));
}

function problems(config: object): string[] {
  const { bad, unread } = read(config);
  return [...bad.flatMap(({ problems: found }) => found), ...unread.map(({ diagnostic }) => diagnostic)].map(
    ({ code, line, message }) => `${line} ${code}: ${message}`,
  );
}

describe("Ratify's config.json", () => {
  it('says what resources would say', () => {
    const { resources, bad, unread, notes } = read(sections());
    expect({ bad, unread, notes }).toEqual({ bad: [], unread: [], notes: [] });
    expect(resources.map(({ id }) => id)).toEqual([
      { kind: 'Store', name: 'oras' },
      { kind: 'Policy', name: 'ratify-policy' },
      { kind: 'Verifier', name: 'cosign' },
    ]);
    const [store, policy, verifier] = resources.map(({ spec }) => spec);
    expect(store).toMatchObject({ name: 'oras', parameters: { cosignEnabled: true, useHttp: false } });
    expect(policy).toMatchObject({ parameters: { artifactVerificationPolicies: { [TYPE]: 'any' } } });
    expect(verifier).toMatchObject({
      type: 'cosign',
      artifactTypes: TYPE,
      parameters: { trustPolicies: [{ name: 'all', scopes: ['ghcr.io/acme/*'] }] },
    });
  });

  it('is read in any letter case, with plugins of any name', () => {
    const { resources } = read({
      Verifier: { Plugins: [{ Name: 'cosign', ArtifactTypes: TYPE, TrustPolicies: TRUST }] },
      store: { plugins: [] },
    });
    expect(resources).toMatchObject([{ id: { kind: 'Verifier', name: 'cosign' } }]);
    const named = { name: 'My_Cosign!', type: 'cosign', artifactTypes: TYPE, trustPolicies: TRUST };
    expect(read({ verifier: { plugins: [named] } }).resources).toMatchObject([{ id: { name: 'my-cosign' } }]);
  });

  it.each([
    [
      'a store that would be a plugin',
      { store: { plugins: [{ name: 'mystore' }] } },
      'FEATURE_UNSUPPORTED: the store plugin "mystore"',
    ],
    [
      'a rego policy',
      { policy: { plugin: { name: 'regoPolicy', policy: 'package x' } } },
      'FEATURE_UNSUPPORTED: a rego-policy',
    ],
    [
      'credentials of a cloud',
      { store: { plugins: [{ name: 'oras', authProvider: { name: 'awsEcrBasic' } }] } },
      'FEATURE_UNSUPPORTED: the authProvider "awsEcrBasic"',
    ],
    [
      'a plugin to download',
      {
        verifier: {
          plugins: [{ name: 'cosign', artifactTypes: TYPE, source: { artifact: 'x' }, trustPolicies: TRUST }],
        },
      },
      'FEATURE_UNSUPPORTED: source asks',
    ],
    [
      'a section nobody knows',
      { verifyer: {} },
      'FIELD_UNKNOWN: "verifyer" is not a section of Ratify\'s config.json; did you mean "verifier"?',
    ],
    [
      'plugins that are no list',
      { verifier: { plugins: { name: 'cosign' } } },
      'FIELD_INVALID: missing artifactTypes',
    ],
    [
      'a misspelled field',
      { store: { plugins: [{ name: 'oras', useHttps: true }] } },
      'FIELD_UNKNOWN: "useHttps"',
    ],
    ['one section twice', { store: {}, Store: {} }, 'FIELD_AMBIGUOUS: the section store is written twice'],
    ['a misspelled list', { verifier: { plugin: [] } }, 'FIELD_UNKNOWN: "plugin" is not a field'],
    [
      'a section that is a list',
      { verifier: [] },
      'FIELD_INVALID: the section verifier is no mapping of fields',
    ],
    [
      'a list in two spellings',
      { verifier: { plugins: [], Plugins: [] } },
      'FIELD_AMBIGUOUS: the field plugins is written twice',
    ],
    [
      'a name in two spellings',
      { verifier: { plugins: [{ name: 'notation', Name: 'cosign', artifactTypes: 'x' }] } },
      'FIELD_AMBIGUOUS',
    ],
    [
      'two spellings',
      { store: { plugins: [{ name: 'oras', useHttp: true, UseHTTP: false }] } },
      'FIELD_AMBIGUOUS',
    ],
  ])('%s is an error', (_name, change, expected) => {
    expect(problems(sections(change)).join('\n')).toContain(expected);
  });

  it('tells the line of the file', () => {
    const plugin = { name: 'cosign', artifactTypes: TYPE, trustPolicies: [{ name: 'x', scope: ['*'] }] };
    const config = { verifier: { plugins: [plugin] } };
    const lines = JSON.stringify(config, undefined, 2).split('\n');
    const line = lines.findIndex((text) => text.includes('"scope"')) + 1;
    expect(problems(config).join('\n')).toContain(`${line} FIELD_UNKNOWN: "scope"`);
  });

  it('has sections that are flags here', () => {
    const { notes, resources } = read(
      sections({ executor: { verificationRequestTimeout: 2_900 }, logger: {}, crl: {} }),
    );
    expect(notes.map(({ severity, code, field }) => `${severity} ${code} ${field}`)).toEqual([
      'warning SECTION_IGNORED executor',
      'warning SECTION_IGNORED logger',
      'warning SECTION_IGNORED crl',
    ]);
    expect(resources).toHaveLength(3);
  });

  it('verifiers of other signatures are passed over with a note, as the resource is', () => {
    const { resources, notes } = read({ verifier: { plugins: [{ name: 'notation', artifactTypes: 'x' }] } });
    expect(resources).toEqual([]);
    expect(notes).toMatchObject([{ code: 'VERIFIER_IGNORED' }]);
  });

  it('damaged, governs everything', () => {
    const { unread, resources } = readResources(
      expandRatifyConfigs(readYaml('/c/config.json', '{"verifier": {"plugins": [}')),
    );
    expect(resources).toEqual([]);
    expect(unread.length).toBeGreaterThan(0);
  });

  it('a resource that has such fields is one all the same', () => {
    const content = readYaml(
      '/c/r.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\nstore: {}\n',
    );
    expect(expandRatifyConfigs(content).resources).toEqual(content.resources);
  });
});
