import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { providerManifests } from '../../../src/server/provider-manifests.ts';

it('describes the two Providers that Gatekeeper is to ask', () => {
  const yaml = providerManifests({ origin: 'https://127.0.0.1:6001', caBundle: 'Q0E=' });

  const apiVersion = 'externaldata.gatekeeper.sh/v1beta1';
  const url = 'https://127.0.0.1:6001/ratify/gatekeeper/v1';
  expect(parseAllDocuments(yaml).map((document) => document.toJS())).toEqual([
    {
      apiVersion,
      kind: 'Provider',
      metadata: { name: 'ratify-provider' },
      spec: { url: `${url}/verify`, timeout: 2, caBundle: 'Q0E=' },
    },
    {
      apiVersion,
      kind: 'Provider',
      metadata: { name: 'ratify-mutation-provider' },
      spec: { url: `${url}/mutate`, timeout: 1, caBundle: 'Q0E=' },
    },
  ]);
});
