import type { FieldPath, Finding } from './diagnostic.ts';
import type { Resource } from './resource.ts';

/**
 * What a namespaced resource may not have: whoever may write to one namespace decides neither what is read from this
 * machine's disk nor what is asked without encryption.
 */
export function tenantFindings(resource: Resource): Finding[] {
  if (resource.id.namespace === undefined) return [];
  return forbiddenFields(resource).map(({ path, what }) => ({
    path: ['spec', 'parameters', ...path],
    code: 'TENANT_FORBIDDEN',
    message: `a namespaced resource may not ${what}`,
  }));
}

interface ForbiddenField {
  readonly path: FieldPath;
  readonly what: string;
}

const READ_FILE = 'name a file';
const PLAIN_HTTP = 'contact a registry over plain http';

function forbiddenFields(resource: Resource): ForbiddenField[] {
  switch (resource.kind) {
    case 'Verifier': {
      const { key, trustPolicies = [] } = resource.spec.parameters;
      return [
        ...(key === undefined ? [] : [{ path: ['key'], what: READ_FILE }]),
        ...trustPolicies.flatMap((policy, index) =>
          policy.keys.flatMap(({ file }, nth) =>
            file === undefined
              ? []
              : [{ path: ['trustPolicies', index, 'keys', nth, 'file'], what: READ_FILE }],
          ),
        ),
      ];
    }
    case 'Store': {
      const { useHttp, authProvider, registries } = resource.spec.parameters;
      return [
        ...(useHttp ? [{ path: ['useHttp'], what: PLAIN_HTTP }] : []),
        ...(authProvider?.configPath === undefined
          ? []
          : [{ path: ['authProvider', 'configPath'], what: READ_FILE }]),
        ...registries.flatMap(({ caFile, plainHttp, endpoint }, index) => [
          ...(caFile === undefined ? [] : [{ path: ['registries', index, 'caFile'], what: READ_FILE }]),
          ...(plainHttp === true ? [{ path: ['registries', index, 'plainHttp'], what: PLAIN_HTTP }] : []),
          ...(endpoint?.toLowerCase().startsWith('http:') === true
            ? [{ path: ['registries', index, 'endpoint'], what: PLAIN_HTTP }]
            : []),
        ]),
      ];
    }
    case 'KeyManagementProvider': {
      const { spec } = resource;
      return spec.type === 'sigstore-trust-root' && spec.parameters.file !== undefined
        ? [{ path: ['file'], what: READ_FILE }]
        : [];
    }
    case 'Policy':
      return [];
  }
}
