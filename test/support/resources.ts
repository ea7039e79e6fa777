import { stringify } from 'yaml';

const API_VERSION = 'config.ratify.deislabs.io/v1beta1';

/** Several resources as one YAML text. */
export function yamlOf(...resources: readonly unknown[]): string {
  return resources.map((resource) => stringify(resource, { lineWidth: 0 })).join('---\n');
}

export function policy(mode: 'any' | 'all' = 'any', namespace?: string): unknown {
  return resource('Policy', 'ratify-policy', namespace, {
    type: 'config-policy',
    parameters: { artifactVerificationPolicies: { default: mode } },
  });
}

export function verifier(
  trustPolicies: readonly unknown[],
  name = 'verifier-cosign',
  namespace?: string,
): unknown {
  return resource('Verifier', name, namespace, {
    name: 'cosign',
    artifactTypes: 'application/vnd.dev.cosign.artifact.sig.v1+json',
    parameters: { trustPolicies },
  });
}

export function store(registries: readonly unknown[], namespace?: string): unknown {
  return resource('Store', 'store-oras', namespace, { name: 'oras', parameters: { registries } });
}

/** A cluster-wide Store with whatever parameters. */
export function storeNamed(name: string, parameters: object): unknown {
  return resource('Store', name, undefined, { name: 'oras', parameters });
}

export function trustRoot(name: string, json: string): unknown {
  return resource('KeyManagementProvider', name, undefined, {
    type: 'sigstore-trust-root',
    parameters: { inline: json },
  });
}

export function inlineKey(name: string, pem: string): unknown {
  return resource('KeyManagementProvider', name, undefined, {
    type: 'inline',
    parameters: { contentType: 'key', value: pem },
  });
}

function resource(kind: string, name: string, namespace: string | undefined, spec: unknown): unknown {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return {
    apiVersion: API_VERSION,
    kind: namespace === undefined ? kind : `Namespaced${kind}`,
    metadata,
    spec,
  };
}
