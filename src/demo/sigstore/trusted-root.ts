import type { CtLog } from './ct-log.ts';
import type { TransparencyLog } from './transparency-log.ts';

export interface TrustedRootContent {
  /** DER, the root last. */
  readonly certificateAuthority: readonly Uint8Array[];
  /** DER, the root last. */
  readonly timestampAuthority: readonly Uint8Array[];
  readonly ctLog: CtLog;
  readonly logs: readonly TransparencyLog[];
  /** From when on all of it is trusted. */
  readonly validFrom: Date;
}

/** A `trusted_root.json` (protobuf JSON of Sigstore's `TrustedRoot`). */
export function trustedRootJson(content: TrustedRootContent): string {
  const validFor = { start: content.validFrom.toISOString() };
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    // A verifier finds a checkpoint's key by the name in the note, which must stand in the URL.
    tlogs: content.logs.map((log) => logInstance(`https://${log.name}`, log, validFor)),
    certificateAuthorities: [authority('demo-ca', content.certificateAuthority, validFor)],
    ctlogs: [logInstance('https://ct.sigstore.test', content.ctLog, validFor)],
    timestampAuthorities: [authority('demo-tsa', content.timestampAuthority, validFor)],
  });
}

function logInstance(baseUrl: string, { key, logId }: CtLog | TransparencyLog, validFor: unknown): unknown {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: key.spki.toString('base64'), keyDetails: key.keyDetails, validFor },
    logId: { keyId: logId.toString('base64') },
  };
}

function authority(commonName: string, chain: readonly Uint8Array[], validFor: unknown): unknown {
  const certificates = chain.map((der) => ({ rawBytes: Buffer.from(der).toString('base64') }));
  return {
    subject: { organization: 'sigstore.test', commonName },
    uri: `https://${commonName}.sigstore.test`,
    certChain: { certificates },
    validFor,
  };
}
