import type { TrustRoot } from '../policy/trust-policy.ts';
import { parseTrustRoot } from '../sigstore/trust-root.ts';

/** An authority or a log of a trust root, and when it is trusted. */
export interface TrustRootPart {
  readonly kind: 'certificate authority' | 'transparency log' | 'certificate log' | 'timestamp authority';
  /** URL. */
  readonly name: string;
  /** RFC 3339. */
  readonly from: string;
  /** RFC 3339; absent without an end. */
  readonly until?: string;
}

interface Validity {
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
}

/** What a trust root trusts, and for how long: signatures that were made outside of it don't verify. */
export function partsOf({ json }: TrustRoot): readonly TrustRootPart[] {
  const root = parseTrustRoot(json);
  return [
    ...root.certificateAuthorities.map(({ uri, validFor }) => part('certificate authority', uri, validFor)),
    ...root.tlogs.map((log) => part('transparency log', log.baseUrl, log.publicKey?.validFor)),
    ...root.ctlogs.map((log) => part('certificate log', log.baseUrl, log.publicKey?.validFor)),
    ...root.timestampAuthorities.map(({ uri, validFor }) => part('timestamp authority', uri, validFor)),
  ];
}

function part(kind: TrustRootPart['kind'], name: string, validity: Validity | undefined): TrustRootPart {
  const { start = new Date(0), end } = validity ?? {};
  return { kind, name, from: start.toISOString(), ...(end !== undefined && { until: end.toISOString() }) };
}
