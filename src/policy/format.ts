import type { Signer } from '../verdict.ts';
import { formatResource } from './resource.ts';
import type { Matcher, SignedBy, TrustPolicy } from './trust-policy.ts';

/** Items of a list that a message names; a person who needs more looks at the policy or the registry. */
const NAMED = 3;
const MAX_LENGTH = 256;

/** `trust policy release of Verifier team-a/cosign`. */
export function formatPolicy(policy: TrustPolicy): string {
  return `trust policy ${policy.name} of ${formatResource(policy.verifier)}`;
}

/** `"https://…/release.yaml@refs/heads/main" of issuer "https://…"`, `key team/cosign (sha256 0123456789ab…)`. */
export function formatSigner(signer: Signer): string {
  return signer.kind === 'keyless'
    ? `${quote(signer.identity)} of issuer ${quote(signer.issuer)}`
    : `key ${signer.name} (sha256 ${signer.fingerprint.slice(0, 12)}…)`;
}

/** Who is expected to have signed, in the words of the configuration. */
export function formatExpected(signedBy: SignedBy): string {
  const expected =
    signedBy.kind === 'keyless'
      ? signedBy.identities.map(
          ({ identity, issuer }) => `${formatMatcher(identity)} of issuer ${formatMatcher(issuer)}`,
        )
      : signedBy.keys.map((key) => `key ${key.name}`);
  return list(expected, ', or ');
}

/** Types of artifacts as a registry or an artifact names them. */
export function formatTypes(types: readonly string[]): string {
  return list([...new Set(types)].map(quote), ' and ');
}

/** What a value is compared with, in words. */
export function formatMatcher({ kind, text }: Matcher): string {
  switch (kind) {
    case 'exact':
      return quote(text);
    case 'anywhere':
      return `anything that contains a match of ${quote(text)}`;
    case 'whole':
      return `anything that matches ${quote(text)} as a whole`;
  }
}

function list(texts: readonly string[], joint: string): string {
  const named = texts.slice(0, NAMED);
  const more = texts.length > NAMED ? [`${texts.length - NAMED} more`] : [];
  return [...named, ...more].join(joint);
}

/** What others wrote goes into logs and terminals: quoted, bounded, and in printable ASCII only. */
function quote(text: string): string {
  const abridged = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return JSON.stringify(abridged).replace(
    /[^\x20-\x7e…]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
