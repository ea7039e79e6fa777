import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { policy, store, verifier, yamlOf } from '../../support/resources.ts';
import { load, newKey } from './harness.ts';

function snapshotOf(...resources: readonly unknown[]) {
  return load({ yaml: { 'c.yaml': yamlOf(policy(), ...resources) } }).snapshot;
}

function trustPolicy(...scopes: readonly string[]) {
  return {
    name: 'p',
    scopes,
    keyless: parse('{certificateIdentity: a@b.c, certificateOIDCIssuer: https://i}'),
  };
}

it('names the hosts that requests go to: those of endpoints, and of registries written down in full', () => {
  const { namedHosts } = snapshotOf(
    verifier([trustPolicy('docker.io/library/*', 'ghcr.io/acme/*', 'registry.corp*')]),
    store([{ host: 'r.test:5000' }, { host: 'quay.io', endpoint: 'https://mirror.test/quay' }]),
  );

  expect([...namedHosts].toSorted()).toEqual([
    'ghcr.io',
    'mirror.test',
    'r.test:5000',
    'registry-1.docker.io',
  ]);
});

it('names none for `*`, nor for what a namespace wrote', () => {
  const { namedHosts } = snapshotOf(
    verifier([trustPolicy('*')]),
    verifier([trustPolicy('tenant.test/app')], 'own', 'team-a'),
    store([{ host: 'other.test' }], 'team-a'),
  );

  expect(namedHosts.size).toBe(0);
});

it('lists each trust root once that policies in force verify by', () => {
  const key = { name: 'k', scopes: ['r.test/k/*'], tLogVerify: false, keys: [{ provider: 'key' }] };
  const provider = {
    apiVersion: 'config.ratify.deislabs.io/v1beta1',
    kind: 'KeyManagementProvider',
    metadata: { name: 'key' },
    spec: { type: 'inline', parameters: { contentType: 'key', value: newKey() } },
  };
  const { trustRoots } = snapshotOf(
    provider,
    verifier([trustPolicy('a.test/*'), { ...trustPolicy('b.test/*'), name: 'q' }, key]),
  );

  expect(trustRoots.map(({ name }) => name)).toEqual(['public-good']);
  expect(snapshotOf(provider, verifier([key])).trustRoots).toEqual([]);
});
