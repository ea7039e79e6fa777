import { createHash } from 'node:crypto';
import type { ResourceId } from './resource.ts';

/** Compares one value of a certificate. Compiled with the snapshot; matching is linear in the length of the value. */
export interface Matcher {
  /** How the configuration spells it, for messages: the value itself, or the pattern. */
  readonly text: string;
  /** exact: equal byte for byte; anywhere: the pattern matches some part; whole: the pattern matches all of it. */
  readonly kind: 'exact' | 'anywhere' | 'whole';
  matches(value: string): boolean;
}

/** Both must match. */
export interface IdentityRequirement {
  readonly issuer: Matcher;
  readonly identity: Matcher;
}

export interface PublicKey {
  /** As messages name it: `provider/name`, or the file. */
  readonly name: string;
  /** PEM SubjectPublicKeyInfo. */
  readonly pem: string;
}

/** A trust root as compiled configuration refers to it. */
export interface TrustRoot {
  /** Resource or preset name, for messages. */
  readonly name: string;
  /** Text of the `trusted_root.json`. */
  readonly json: string;
  readonly fingerprint: string;
}

export type SignedBy =
  | {
      readonly kind: 'keyless';
      /** At least one; one of them suffices. */
      readonly identities: readonly IdentityRequirement[];
      readonly ctLogVerify: boolean;
    }
  | { readonly kind: 'keys'; readonly keys: readonly PublicKey[] };

/** Whom to trust for the images in its scopes. Immutable. */
export interface TrustPolicy {
  readonly name: string;
  readonly verifier: ResourceId;
  readonly scopes: readonly string[];
  readonly signedBy: SignedBy;
  readonly tLogVerify: boolean;
  readonly requireDigest: boolean;
  /** Absent only for keys without transparency log. */
  readonly trustRoot?: TrustRoot;
  /** Hash of everything above. */
  readonly fingerprint: string;
}

/** Gives a trust policy its fingerprint: equal for equal fields, whatever object, process or replica built it. */
export function createTrustPolicy(fields: Omit<TrustPolicy, 'fingerprint'>): TrustPolicy {
  const { name, verifier, scopes, signedBy, tLogVerify, requireDigest, trustRoot } = fields;
  // A list, not an object: its order is written here and nowhere else, and no field can pass for its neighbour.
  const canonical = JSON.stringify([
    name,
    [verifier.kind, verifier.namespace ?? null, verifier.name],
    scopes,
    canonicalSignedBy(signedBy),
    tLogVerify,
    requireDigest,
    trustRoot === undefined ? null : [trustRoot.name, trustRoot.fingerprint],
  ]);
  return { ...fields, fingerprint: createHash('sha256').update(canonical).digest('hex') };
}

function canonicalSignedBy(signedBy: SignedBy): unknown {
  return signedBy.kind === 'keyless'
    ? [
        'keyless',
        signedBy.ctLogVerify,
        signedBy.identities.map(({ issuer, identity }) => [
          canonicalMatcher(issuer),
          canonicalMatcher(identity),
        ]),
      ]
    : ['keys', signedBy.keys.map(({ name, pem }) => [name, pem])];
}

function canonicalMatcher({ kind, text }: Matcher): unknown {
  return [kind, text];
}
