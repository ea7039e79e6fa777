import type { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { COSIGN_ARTIFACT_TYPE } from '../../verdict.ts';

/** The public-good transparency log, which Ratify's fields have as their default. */
export const DEFAULT_REKOR_URL = 'https://rekor.sigstore.dev';

type Context = z.core.$RefinementCtx<unknown>;

/** What the rules read of `spec.parameters`. Texts are Ratify's where Ratify has the rule, so that searches find them. */
interface Parameters {
  readonly trustPolicies?: readonly { readonly name: string }[] | undefined;
  readonly key?: string | undefined;
  readonly rekorURL?: string | undefined;
  readonly nestedArtifactTypes: readonly string[];
}

interface Policy {
  readonly name: string;
  readonly version?: string | undefined;
  readonly scopes: readonly string[];
  readonly keys: readonly Key[];
  readonly keyless?: Keyless | undefined;
  readonly rekorURL?: string | undefined;
  readonly trustRoot?: string | undefined;
}

interface Key {
  readonly provider?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly file?: string | undefined;
}

interface Keyless {
  readonly certificateIdentity?: string | undefined;
  readonly certificateIdentityRegExp?: string | undefined;
  readonly certificateOIDCIssuer?: string | undefined;
  readonly certificateOIDCIssuerRegExp?: string | undefined;
  readonly identities: readonly Identity[];
}

interface Identity {
  readonly issuer?: string | undefined;
  readonly issuerRegExp?: string | undefined;
  readonly identity?: string | undefined;
  readonly identityRegExp?: string | undefined;
}

/** Ratify reads Go strings, where an empty one is the same as none. */
export function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

export function checkArtifactTypes(artifactTypes: string, context: Context): void {
  const types = artifactTypes.split(',').map((type) => type.trim());
  if (types.includes('*') || types.includes(COSIGN_ARTIFACT_TYPE)) return;
  report(context, [], 'CONFIG_INVALID', {
    message:
      artifactTypes.trim() === ''
        ? 'missing artifactTypes in verifier config'
        : `artifactTypes ${JSON.stringify(artifactTypes)} has no type that cosign signs`,
    remediation: `Write ${COSIGN_ARTIFACT_TYPE}, which stands for every form of cosign signature.`,
  });
}

export function checkParameters(parameters: Parameters, context: Context): void {
  const { trustPolicies, key, rekorURL } = parameters;
  if (parameters.nestedArtifactTypes.length > 0) {
    report(context, ['nestedArtifactTypes'], 'FEATURE_UNSUPPORTED', {
      message: 'nestedArtifactTypes asks for signatures of signatures, which are not verified',
      remediation: 'Remove the field.',
    });
  }
  if (trustPolicies === undefined) checkLegacy(key, rekorURL, context);
  else if (isSet(key) || isSet(rekorURL)) {
    report(context, [isSet(key) ? 'key' : 'rekorURL'], 'CONFIG_INVALID', {
      message:
        "'key' and 'rekorURL' are part of Cosign legacy configuration and cannot be used with `trustPolicies` parameter",
      remediation: 'Move them into a trust policy.',
    });
  } else if (trustPolicies.length === 0) {
    report(context, ['trustPolicies'], 'CONFIG_INVALID', {
      message: 'Failed to create trust policies: policy configuration not found',
      remediation: 'Ensure that the trust policy configuration is correct.',
    });
  }
  const names = new Set<string>();
  for (const [index, { name }] of (trustPolicies ?? []).entries()) {
    if (names.has(name)) {
      report(context, ['trustPolicies', index, 'name'], 'CONFIG_INVALID', {
        message: `Failed to create trust policies: duplicate policy name ${name}`,
        remediation: 'Ensure that trust policy names are unique.',
      });
    }
    names.add(name);
  }
}

function checkLegacy(key: string | undefined, rekorURL: string | undefined, context: Context): void {
  if (!isSet(key)) {
    // Ratify takes this for legacy keyless without identities: whoever holds any certificate would be trusted.
    report(context, isSet(rekorURL) ? ['rekorURL'] : [], 'CONFIG_INVALID', {
      message: 'neither trustPolicies nor key is given, so nothing says whose signatures are trusted',
      remediation: 'Add trustPolicies with the identities or keys to trust.',
    });
  } else if (isSet(rekorURL) && !isDefaultRekor(rekorURL)) {
    report(context, ['rekorURL'], 'CONFIG_INVALID', {
      message: `the transparency log ${rekorURL} is not in the public-good trust root, and legacy configuration names no other`,
      remediation: 'Move the key into a trust policy, and name the trust root of the log in its trustRoot.',
    });
  }
}

export function checkTrustPolicy(policy: Policy, context: Context): void {
  const invalid = (path: (string | number)[], message: string, remediation?: string) =>
    report(context, path, 'CONFIG_INVALID', { message, remediation });

  if (isSet(policy.version) && policy.version !== '1.0.0') {
    invalid(
      ['version'],
      `Invalid trust policy ${policy.name}: unsupported version ${policy.version}`,
      'Supported versions are: [1.0.0]',
    );
  }
  if (policy.scopes.length === 0) {
    invalid(
      ['scopes'],
      `scopes parameter is required in trust policy configuration ${policy.name}`,
      'Please provide at least one scope for the trust policy.',
    );
  }
  if (policy.keys.length === 0 && policy.keyless === undefined) {
    invalid([], `keys or keyless parameter is required in trust policy configuration ${policy.name}`);
  } else if (policy.keys.length > 0 && policy.keyless !== undefined) {
    invalid(
      [],
      `Only one of keys or keyless parameter is required in trust policy configuration ${policy.name}`,
    );
  }
  if (policy.keys.length > limits.keysPerPolicy) {
    invalid(['keys'], `Invalid trust policy ${policy.name}: more than ${limits.keysPerPolicy} keys`);
  }
  for (const [index, key] of policy.keys.entries()) checkKey(policy.name, key, ['keys', index], context);
  if (policy.keyless !== undefined) checkKeyless(policy.name, policy.keyless, context);
  if (isSet(policy.rekorURL) && !isDefaultRekor(policy.rekorURL) && !isSet(policy.trustRoot)) {
    invalid(
      ['rekorURL'],
      `Invalid trust policy ${policy.name}: the transparency log ${policy.rekorURL} is not in the public-good trust root`,
      'Name the trust root that holds the key of this log in trustRoot.',
    );
  }
}

function checkKey(policy: string, key: Key, path: (string | number)[], context: Context): void {
  if (isSet(key.file) && (isSet(key.provider) || isSet(key.name))) {
    report(context, path, 'CONFIG_INVALID', {
      message: `Invalid trust policy ${policy}: 'name' and 'file' cannot be configured together`,
      remediation: 'Name either a provider or a file.',
    });
  } else if (!isSet(key.file) && !isSet(key.provider)) {
    report(context, path, 'CONFIG_INVALID', {
      message: `Invalid trust policy ${policy}: key management provider name is required when not using file path`,
    });
  } else if (isSet(key.version) && !isSet(key.name)) {
    report(context, [...path, 'version'], 'CONFIG_INVALID', {
      message: `Invalid trust policy ${policy}: key name is required when key version is defined`,
    });
  }
}

function checkKeyless(policy: string, keyless: Keyless, context: Context): void {
  const invalid = (path: (string | number)[], text: string) =>
    report(context, ['keyless', ...path], 'CONFIG_INVALID', {
      message: `Invalid trust policy ${policy}: ${text}`,
    });
  const identity = [keyless.certificateIdentity, keyless.certificateIdentityRegExp].filter(isSet);
  const issuer = [keyless.certificateOIDCIssuer, keyless.certificateOIDCIssuerRegExp].filter(isSet);

  if (keyless.identities.length > 0) {
    if (identity.length + issuer.length > 0) {
      invalid(['identities'], 'identities cannot be configured together with the certificate… fields');
    }
    for (const [index, entry] of keyless.identities.entries()) {
      const path = ['identities', index];
      if ([entry.issuer, entry.issuerRegExp].filter(isSet).length !== 1) {
        invalid(path, 'an identity needs exactly one of issuer and issuerRegExp');
      }
      if ([entry.identity, entry.identityRegExp].filter(isSet).length !== 1) {
        invalid(path, 'an identity needs exactly one of identity and identityRegExp');
      }
    }
    return;
  }
  if (identity.length === 0) invalid([], 'certificate identity or identity regex pattern is required');
  if (identity.length === 2) {
    invalid(
      ['certificateIdentityRegExp'],
      'only one of certificate identity or identity regex pattern should be specified',
    );
  }
  if (issuer.length === 0) invalid([], 'certificate OIDC issuer or issuer regex pattern is required');
  if (issuer.length === 2) {
    invalid(
      ['certificateOIDCIssuerRegExp'],
      'only one of certificate OIDC issuer or issuer regex pattern should be specified',
    );
  }
}

function isDefaultRekor(url: string): boolean {
  return url.replace(/\/$/, '') === DEFAULT_REKOR_URL;
}

function report(
  context: Context,
  path: (string | number)[],
  code: ErrorCode,
  { message, remediation }: { message: string; remediation?: string | undefined },
): void {
  context.addIssue({ code: 'custom', path, message, params: { code, remediation } });
}
