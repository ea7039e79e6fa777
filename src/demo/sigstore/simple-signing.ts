/** cosign's legacy form: a signed JSON payload as a layer, everything else in the layer's annotations. */

export const ANNOTATION = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const;

export interface SimpleSigning {
  /** `sha256:…` of the image manifest. */
  readonly digest: string;
  /** The repository with its host, without tag. */
  readonly dockerReference: string;
  /** What the signer adds (`cosign sign -a key=value`). */
  readonly optional?: Readonly<Record<string, string>>;
}

export function simpleSigningPayload({ digest, dockerReference, optional }: SimpleSigning): Buffer {
  const payload = {
    critical: {
      identity: { 'docker-reference': dockerReference },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: optional ?? null,
  };
  return Buffer.from(JSON.stringify(payload));
}
