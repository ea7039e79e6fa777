import { X509Certificate } from '@sigstore/core';
import type { CertificateAuthority, TransparencyLogInstance } from '@sigstore/protobuf-specs';
import { parseTrustRoot, publicGoodTrustRoot } from './trust-root.ts';

/** Both in milliseconds since the epoch. */
export interface TrustRootLifetime {
  /** When it was published where that is known, else the newest beginning of a validity in it: it may be younger. */
  readonly asOf: number;
  /**
   * From when on nothing that is signed anew can be verified, since of authorities or logs of one sort none is valid any
   * longer. Undefined where no end is fixed.
   */
  readonly expires: number | undefined;
}

interface Validity {
  readonly start: number;
  readonly end: number;
}

/** How old a trust root is, and how long it serves. @throws TRUST_ROOT_INVALID */
export function trustRootLifetime(json: string): TrustRootLifetime {
  const { certificateAuthorities, timestampAuthorities, tlogs, ctlogs } = parseTrustRoot(json);
  const sorts = [
    certificateAuthorities.map(validityOfAuthority),
    timestampAuthorities.map(validityOfAuthority),
    tlogs.map(validityOfLog),
    ctlogs.map(validityOfLog),
  ].filter((validities) => validities.length > 0);
  const expires = Math.min(...sorts.map((sort) => Math.max(...sort.map(({ end }) => end))));
  const embedded = publicGoodTrustRoot();
  return {
    asOf:
      json === embedded.json
        ? Date.parse(embedded.date)
        : Math.max(0, ...sorts.flat().map(({ start }) => start)),
    expires: Number.isFinite(expires) ? expires : undefined,
  };
}

/** A chain serves as long as each certificate of it. */
function validityOfAuthority({ validFor, certChain }: CertificateAuthority): Validity {
  const certificates = certChain?.certificates ?? [];
  const ends = certificates.map(({ rawBytes }) =>
    X509Certificate.parse(Buffer.from(rawBytes)).notAfter.getTime(),
  );
  const { start, end } = validityOf(validFor);
  return { start, end: Math.min(end, ...ends) };
}

function validityOfLog({ publicKey }: TransparencyLogInstance): Validity {
  return validityOf(publicKey?.validFor);
}

function validityOf(
  range: { readonly start?: Date | undefined; readonly end?: Date | undefined } | undefined,
): Validity {
  return {
    start: range?.start?.getTime() ?? 0,
    end: range?.end?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}
