import type { ResourceKind } from '../policy/resource.ts';
import { fieldOf, TWICE } from './canonical-fields.ts';
import type { Finding } from './diagnostic.ts';
import { unknownVerifier } from './foreign-verifier.ts';

/**
 * What Ratify can do and countersign can't, told before the fields are checked: their fields are unknown here, and a
 * list of them would hide what matters. What is given twice is left to the schema.
 * @param spec as written
 */
export function unsupported(kind: ResourceKind, spec: unknown): Finding | undefined {
  switch (kind) {
    case 'Verifier':
      return unsupportedPlugin(spec) ?? unknownVerifier(spec);
    case 'Policy':
      return unsupportedPolicy(fieldOf(spec, 'type'));
    case 'Store':
      return (
        unsupportedPlugin(spec) ??
        unsupportedAuthProvider(fieldOf(fieldOf(spec, 'parameters'), 'authProvider'))
      );
    case 'KeyManagementProvider':
      return unsupportedProvider(fieldOf(spec, 'type'));
  }
}

function unsupportedPlugin(spec: unknown): Finding | undefined {
  const source = fieldOf(spec, 'source');
  if (source === undefined || source === null || source === TWICE) return undefined;
  return {
    path: ['spec', 'source'],
    code: 'FEATURE_UNSUPPORTED',
    message: 'source asks to download a plugin, and nothing is downloaded and run here',
    remediation: 'Remove source; cosign and oras are built in.',
  };
}

function unsupportedPolicy(type: unknown): Finding | undefined {
  if (type === undefined || type === null || type === '' || type === TWICE) return undefined;
  // Compared as Ratify does: in lower case, without dashes.
  const plain = typeof type === 'string' ? type.toLowerCase().replaceAll('-', '') : '';
  if (plain === 'configpolicy') return undefined;
  if (plain === 'regopolicy') {
    return {
      path: ['spec', 'type'],
      code: 'FEATURE_UNSUPPORTED',
      message: 'a rego-policy is not evaluated here',
      remediation: 'Use type: config-policy, and put further rules into the Gatekeeper template.',
    };
  }
  return {
    path: ['spec', 'type'],
    code: 'FIELD_INVALID',
    message: `the policy type ${JSON.stringify(type)} is not known`,
    remediation: 'Use type: config-policy.',
  };
}

function unsupportedAuthProvider(authProvider: unknown): Finding | undefined {
  const name = fieldOf(authProvider, 'name');
  if (typeof name !== 'string' || name === 'dockerConfig') return undefined;
  return {
    path: ['spec', 'parameters', 'authProvider', 'name'],
    code: 'FEATURE_UNSUPPORTED',
    message: `the authProvider ${JSON.stringify(name)} is not supported, and without its credentials private images would be asked for anonymously`,
    remediation: 'Use dockerConfig, whose file may name the credential helper of the cloud (credHelpers).',
  };
}

function unsupportedProvider(type: unknown): Finding | undefined {
  if (type === 'inline' || type === 'sigstore-trust-root' || type === TWICE) return undefined;
  const path = ['spec', 'type'];
  if (type === 'azurekeyvault') {
    return {
      path,
      code: 'FEATURE_UNSUPPORTED',
      message: 'keys are not read from Azure Key Vault',
      remediation: 'Export the public key and give it as type: inline with contentType: key.',
    };
  }
  return {
    path,
    code: 'FIELD_INVALID',
    message:
      type === undefined || type === null || type === ''
        ? 'type is required'
        : `the provider type ${JSON.stringify(type)} is not known`,
    remediation: 'Use type: inline for a public key, or sigstore-trust-root.',
  };
}
