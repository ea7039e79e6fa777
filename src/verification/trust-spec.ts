import { createHash } from 'node:crypto';
import type { TrustPolicy } from '../policy/trust-policy.ts';
import type { TrustSpec } from '../sigstore/outcome.ts';

/**
 * The cryptographic half of a trust policy. Two policies that differ only in whom they expect have the same one, so a
 * signature is verified once for both.
 */
export function trustSpecOf({ signedBy, tLogVerify, trustRoot }: TrustPolicy): TrustSpec {
  const keys = signedBy.kind === 'keys' ? signedBy.keys.map(({ name, pem }) => ({ name, pem })) : [];
  const certificateTransparency = signedBy.kind === 'keyless' && signedBy.ctLogVerify;
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([keys, tLogVerify, certificateTransparency, trustRoot?.fingerprint ?? null]))
    .digest('hex');
  return {
    fingerprint,
    keys,
    transparencyLog: tLogVerify,
    certificateTransparency,
    ...(trustRoot !== undefined && { trustedRoot: trustRoot.json }),
  };
}
