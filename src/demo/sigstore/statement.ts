/** What cosign says of an image: the in-toto statements that it signs. */

export const SIGNATURE_PREDICATE_TYPE = 'https://sigstore.dev/cosign/sign/v1';

/** @param digest `sha256:…` of the image manifest */
export function signatureStatement(
  digest: string,
  annotations: Readonly<Record<string, string>> = {},
): unknown {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: digestSet(digest), annotations }],
    predicateType: SIGNATURE_PREDICATE_TYPE,
    predicate: {},
  };
}

export interface Attestation {
  /** `sha256:…` of the image manifest. */
  readonly digest: string;
  /** Optional. The repository with its host. */
  readonly name?: string;
  readonly predicateType: string;
  readonly predicate: unknown;
}

export function attestationStatement({ digest, name, predicateType, predicate }: Attestation): unknown {
  return {
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: [{ ...(name !== undefined && { name }), digest: digestSet(digest) }],
    predicateType,
    predicate,
  };
}

function digestSet(digest: string): Record<string, string> {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { [algorithm]: hex };
}
