import type { RFC3161SignedTimestamp } from '@sigstore/bundle';
import { RFC3161Timestamp } from '@sigstore/core';
import type { TrustMaterial } from '@sigstore/verify';
import { CountersignError } from '../errors.ts';

export interface KnownTimestamp {
  readonly signed: RFC3161SignedTimestamp;
  /** Milliseconds since the epoch; proven only once the library has verified the timestamp. */
  readonly time: number;
}

/** PKIStatus granted and grantedWithMods (RFC 3161 section 2.4.2). */
const GRANTED: readonly bigint[] = [0n, 1n];

/**
 * Timestamps by authorities that the trust root names, by issuer and serial number of their certificate. The others
 * prove nothing and are left alone, whatever certificates they bring along.
 *
 * @throws TIMESTAMP_INVALID where one can't be read
 */
export function timestampsOfKnownAuthorities(
  timestamps: readonly RFC3161SignedTimestamp[],
  authorities: TrustMaterial['timestampAuthorities'],
): readonly KnownTimestamp[] {
  return timestamps.flatMap((signed) => {
    const { issuer, serialNumber, time } = read(Buffer.from(signed.signedTimestamp));
    const isKnown = authorities.some(({ certChain: [leaf] }) =>
      leaf === undefined ? false : leaf.issuer.equals(issuer) && leaf.serialNumber.equals(serialNumber),
    );
    return isKnown ? [{ signed, time }] : [];
  });
}

function read(der: Buffer<ArrayBuffer>): { issuer: Buffer; serialNumber: Buffer; time: number } {
  try {
    const timestamp = RFC3161Timestamp.parse(der);
    if (!GRANTED.includes(timestamp.status)) throw new Error('the authority did not grant it');
    const time = timestamp.signingTime.getTime();
    if (Number.isNaN(time)) throw new Error('it has no time');
    return { issuer: timestamp.signerIssuer, serialNumber: timestamp.signerSerialNumber, time };
  } catch (cause) {
    throw new CountersignError('TIMESTAMP_INVALID', 'a timestamp of the signature cannot be read', { cause });
  }
}
