import { anywhereMatcher, exactMatcher, wholeMatcher } from '../policy/matcher.ts';
import type { IdentityRequirement, Matcher } from '../policy/trust-policy.ts';
import { type FieldPath, findingOf } from './diagnostic.ts';
import { isAnchored } from './pattern-anchors.ts';
import type { KeylessSpec } from './schema/verifier.ts';
import { isSet } from './schema/verifier-rules.ts';
import type { Report } from './settle.ts';

/** @returns who may sign, at least one */
export function compileIdentities(
  keyless: KeylessSpec,
  path: FieldPath,
  report: Report,
): readonly IdentityRequirement[] | undefined {
  if (keyless.identities.length > 0) {
    const identities = keyless.identities.map((entry, index) => {
      const at = [...path, 'identities', index];
      return requirement(
        matcher(wholeMatcher, entry.issuer, entry.issuerRegExp, [...at, 'issuerRegExp'], report),
        matcher(wholeMatcher, entry.identity, entry.identityRegExp, [...at, 'identityRegExp'], report),
      );
    });
    return identities.every((identity) => identity !== undefined) ? identities : undefined;
  }
  const issuerPath = [...path, 'certificateOIDCIssuerRegExp'];
  const identityPath = [...path, 'certificateIdentityRegExp'];
  reportUnanchored(keyless.certificateOIDCIssuerRegExp, issuerPath, report);
  reportUnanchored(keyless.certificateIdentityRegExp, identityPath, report);
  const only = requirement(
    matcher(
      anywhereMatcher,
      keyless.certificateOIDCIssuer,
      keyless.certificateOIDCIssuerRegExp,
      issuerPath,
      report,
    ),
    matcher(
      anywhereMatcher,
      keyless.certificateIdentity,
      keyless.certificateIdentityRegExp,
      identityPath,
      report,
    ),
  );
  return only && [only];
}

function requirement(
  issuer: Matcher | undefined,
  identity: Matcher | undefined,
): IdentityRequirement | undefined {
  return issuer && identity && { issuer, identity };
}

/** The schema has seen to it that exactly one of the two is given. */
function matcher(
  compile: (pattern: string) => Matcher,
  exact: string | undefined,
  pattern: string | undefined,
  path: FieldPath,
  report: Report,
): Matcher | undefined {
  if (isSet(exact)) return exactMatcher(exact);
  try {
    return compile(pattern ?? '');
  } catch (error) {
    report(findingOf(path, error));
    return undefined;
  }
}

function reportUnanchored(pattern: string | undefined, path: FieldPath, report: Report): void {
  if (!isSet(pattern) || isAnchored(pattern)) return;
  report({
    path,
    code: 'PATTERN_UNANCHORED',
    message: `the pattern ${pattern.slice(0, 100)} is satisfied by any value that contains a match of it`,
  });
}
