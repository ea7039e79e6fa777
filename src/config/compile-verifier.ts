import { endsInsideName, parseScope, type Scope } from '../policy/scope.ts';
import { checkScopes } from '../policy/scope-rules.ts';
import {
  createTrustPolicy,
  type SignedBy,
  type TrustPolicy,
  type TrustRoot,
} from '../policy/trust-policy.ts';
import { compileIdentities } from './compile-identities.ts';
import { compileKey, compileKeyFile, type KeyContext } from './compile-keys.ts';
import { publicGood } from './compile-provider.ts';
import type { FieldPath } from './diagnostic.ts';
import type { ProviderLookup } from './provider-lookup.ts';
import type { FileContents } from './referenced-files.ts';
import type { ResourceOf } from './resource.ts';
import type { TrustPolicySpec } from './schema/verifier.ts';
import { isSet } from './schema/verifier-rules.ts';
import type { Report } from './settle.ts';

/** @returns the trust policies of the Verifier, in their order */
export function compileVerifier(
  resource: ResourceOf<'Verifier'>,
  files: FileContents,
  providers: ProviderLookup,
  report: Report,
): readonly TrustPolicy[] | undefined {
  const { parameters } = resource.spec;
  if (parameters.trustPolicies === undefined) return compileLegacy(resource, files, report);
  const path: FieldPath = ['spec', 'parameters', 'trustPolicies'];
  reportScopes(parameters.trustPolicies, path, report);
  const policies = parameters.trustPolicies.map((policy, index) =>
    compileTrustPolicy(policy, { resource, files, providers, report, path: [...path, index] }),
  );
  return policies.every((policy) => policy !== undefined) ? policies : undefined;
}

/** The legacy `key`, which may sign every image; a log entry is demanded only where `rekorURL` stands beside it. */
function compileLegacy(
  resource: ResourceOf<'Verifier'>,
  files: FileContents,
  report: Report,
): readonly TrustPolicy[] | undefined {
  const { key = '', rekorURL } = resource.spec.parameters;
  const name = 'default';
  const publicKey = compileKeyFile(key, name, {
    resource,
    files,
    report,
    path: ['spec', 'parameters', 'key'],
  });
  if (publicKey === undefined) return undefined;
  const tLogVerify = isSet(rekorURL);
  reportTags(name, ['spec', 'parameters', 'key'], report);
  return [
    createTrustPolicy({
      name,
      verifier: resource.id,
      scopes: ['*'],
      signedBy: { kind: 'keys', keys: [publicKey] },
      tLogVerify,
      requireDigest: false,
      ...(tLogVerify ? { trustRoot: publicGood() } : {}),
    }),
  ];
}

function compileTrustPolicy(
  policy: TrustPolicySpec,
  context: KeyContext & { readonly providers: ProviderLookup },
): TrustPolicy | undefined {
  const { resource, path, report } = context;
  if (!policy.requireDigest) reportTags(policy.name, path, report);
  const signedBy = compileSignedBy(policy, context);
  const trustRoot = compileTrustRoot(policy, context);
  if (signedBy === undefined || trustRoot === undefined) return undefined;
  const { name, scopes, tLogVerify, requireDigest } = policy;
  return createTrustPolicy({
    name,
    verifier: resource.id,
    scopes,
    signedBy,
    tLogVerify,
    requireDigest,
    ...(trustRoot === 'none' ? {} : { trustRoot }),
  });
}

function compileSignedBy(
  policy: TrustPolicySpec,
  context: KeyContext & { readonly providers: ProviderLookup },
): SignedBy | undefined {
  const { path, report } = context;
  if (policy.keyless !== undefined) {
    const identities = compileIdentities(policy.keyless, [...path, 'keyless'], report);
    return identities && { kind: 'keyless', identities, ctLogVerify: policy.keyless.ctLogVerify };
  }
  const keys = policy.keys.map((key, index) =>
    compileKey(key, policy.name, { ...context, path: [...path, 'keys', index] }),
  );
  return keys.every((key) => key !== undefined) ? { kind: 'keys', keys } : undefined;
}

function compileTrustRoot(
  policy: TrustPolicySpec,
  { resource, providers, path, report }: KeyContext & { readonly providers: ProviderLookup },
): TrustRoot | 'none' | undefined {
  if (!isSet(policy.trustRoot))
    return policy.keyless !== undefined || policy.tLogVerify ? publicGood() : 'none';
  const found = providers(policy.trustRoot, resource.id);
  if (found.kind === 'found' && found.provider.kind === 'trust-root') return found.provider.trustRoot;
  const field = [...path, 'trustRoot'];
  if (found.kind === 'refused') {
    report({
      path: field,
      code: found.code,
      message: `Invalid trust policy [${policy.name}]: ${found.message}`,
    });
  } else {
    report({
      path: field,
      code: 'REFERENCE_MISSING',
      message: `Invalid trust policy [${policy.name}]: the key management provider ${policy.trustRoot} holds no trust root`,
      remediation: 'Name a KeyManagementProvider of type sigstore-trust-root.',
    });
  }
  return undefined;
}

function reportTags(policy: string, path: FieldPath, report: Report): void {
  const message = `the trust policy ${policy} admits images that are named by tag`;
  report({ path, code: 'DIGEST_NOT_REQUIRED', message });
}

function reportScopes(policies: readonly TrustPolicySpec[], path: FieldPath, report: Report): void {
  const problems = checkScopes(policies);
  for (const { policy, scope, reason } of problems) {
    report({ path: [...path, policy, 'scopes', scope], ...reason });
  }
  if (problems.length > 0) return;
  for (const [index, { name, scopes }] of policies.entries()) {
    for (const [nth, text] of scopes.entries()) {
      const scope = parseScope(text, name);
      if (!endsInsideName(scope)) continue;
      report({
        path: [...path, index, 'scopes', nth],
        code: 'SCOPE_UNBOUNDED',
        message: `the scope ${text} also covers names that go on after ${text.slice(0, -1)}`,
        remediation: boundedSpelling(scope),
      });
    }
  }
}

/** What to write for a prefix that ends in the middle of a name: `/*` in its end, where that is the same place. */
function boundedSpelling({ text, canonical }: Scope): string {
  const bounded = `${text.slice(0, -1)}/*`;
  if (isPrefix(bounded, `${canonical}/`)) {
    return `Write ${bounded} for what lies below it, or list the repositories.`;
  }
  return canonical.includes('/')
    ? 'End the prefix with a whole name and /*, or list the repositories.'
    : 'Write the whole host and /*, as in ghcr.io/*; images of Docker Hub begin with docker.io/.';
}

function isPrefix(text: string, canonical: string): boolean {
  try {
    return parseScope(text, '').canonical === canonical;
  } catch {
    return false;
  }
}
