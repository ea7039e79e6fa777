import { type TrustMaterial, toTrustMaterial, Verifier } from '@sigstore/verify';
import { CountersignError } from '../errors.ts';
import { rememberVerifications } from './authority-certificate.ts';
import type { TrustSpec } from './outcome.ts';
import { type AcceptedKey, parsePublicKey } from './public-key.ts';
import { parseTrustRoot } from './trust-root.ts';

/** A public key of the policy. */
export interface TrustedKey extends AcceptedKey {
  /** The key's name in the configuration. */
  readonly name: string;
}

/** A `TrustSpec` made ready for use: parsed keys and certificates. Costs milliseconds, so it is kept. */
export interface CompiledTrust {
  readonly keys: readonly TrustedKey[];
  readonly transparencyLog: boolean;
  readonly certificateTransparency: boolean;
  readonly material: TrustMaterial;
  /** Demands log entry, SCT and time as the spec says; `untimed` differs in that it goes without a time. */
  readonly verifier: Verifier;
  readonly untimed: Verifier;
}

/** @throws TRUST_ROOT_INVALID, KEY_INVALID */
export function compileTrust(spec: TrustSpec): CompiledTrust {
  const keys = spec.keys.map(({ name, pem }) => ({ name, ...parsePublicKey(pem) }));
  const material = spec.trustedRoot === undefined ? noAuthorities() : authoritiesOf(spec.trustedRoot);
  const withKeys: TrustMaterial = { ...material, publicKey: (fingerprint) => keyFor(keys, fingerprint) };
  const thresholds = {
    tlogThreshold: spec.transparencyLog ? 1 : 0,
    ctlogThreshold: spec.certificateTransparency ? 1 : 0,
  };
  return {
    keys,
    transparencyLog: spec.transparencyLog,
    certificateTransparency: spec.certificateTransparency,
    material: withKeys,
    verifier: new Verifier(withKeys, { ...thresholds, timestampThreshold: 1 }),
    untimed: new Verifier(withKeys, { ...thresholds, timestampThreshold: 0 }),
  };
}

function authoritiesOf(json: string): TrustMaterial {
  const material = toTrustMaterial(parseTrustRoot(json));
  for (const { certChain } of [...material.certificateAuthorities, ...material.timestampAuthorities]) {
    certChain.forEach(rememberVerifications);
  }
  return material;
}

function noAuthorities(): TrustMaterial {
  return {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: (fingerprint) => keyFor([], fingerprint),
  };
}

/** Keys of the configuration don't expire: they are removed from it. */
function keyFor(keys: readonly TrustedKey[], fingerprint: string): ReturnType<TrustMaterial['publicKey']> {
  const found = keys.find((key) => key.fingerprint === fingerprint);
  if (found === undefined) throw new CountersignError('KEY_MISMATCH', 'the policy does not name this key');
  return { publicKey: found.key, validFor: () => true };
}
