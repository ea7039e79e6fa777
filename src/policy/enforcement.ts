import { CountersignError } from '../errors.ts';
import { COSIGN_ARTIFACT_TYPE } from '../verdict.ts';
import type { Enforcement } from './snapshot.ts';

/**
 * What a `config-policy` says about cosign signatures: the value for their artifact type, else `default`, else `all`.
 * @param policies `artifactVerificationPolicies`, artifact type → `any` or `all`
 * @throws CONFIG_INVALID for another value, also of an entry that would take no part, and for another artifact type:
 * Ratify never admits where a type that is named has no verified artifact, and other types are not verified here
 */
export function enforcementOf(policies: Readonly<Record<string, string>>): Enforcement {
  const byType = new Map(Object.entries(policies).map(([type, value]) => [type, parse(type, value)]));
  for (const type of byType.keys()) {
    if (type === COSIGN_ARTIFACT_TYPE || type === 'default') continue;
    throw new CountersignError(
      'CONFIG_INVALID',
      `artifactVerificationPolicies names the artifact type ${type}: a type that is named must be verified, and countersign verifies cosign signatures only, so this Policy can never be satisfied`,
      { remediation: `Remove the type; what is allowed is ${COSIGN_ARTIFACT_TYPE} and default.` },
    );
  }
  return byType.get(COSIGN_ARTIFACT_TYPE) ?? byType.get('default') ?? 'all';
}

function parse(type: string, value: string): Enforcement {
  if (value === 'any' || value === 'all') return value;
  throw new CountersignError(
    'CONFIG_INVALID',
    `artifactVerificationPolicies has the value ${value} for ${type}; it is any or all`,
  );
}
