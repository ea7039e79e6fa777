/**
 * The catalogue of everything that can go wrong. People and programs branch on codes, never on text, so a code
 * keeps its meaning for good. `docs/errors.md` is generated from this file.
 */

/** What an error means for the image it belongs to, or where it is reported when it belongs to none. */
export type ErrorClass =
  /** The image is not trusted: asking again changes nothing until the image or the policy changes. */
  | 'rejected'
  /** Nobody could tell: asking again may succeed. */
  | 'unavailable'
  /** The request to countersign is at fault. */
  | 'request'
  /** The configuration is at fault; reported by `lint`, at start-up and in `/readyz?verbose`. */
  | 'configuration'
  /** The configuration works, but probably not as meant. */
  | 'warning';

export interface CatalogueEntry {
  readonly class: ErrorClass;
  /** What it means, for a person who meets the code for the first time. */
  readonly summary: string;
  /** What that person can do next. */
  readonly remediation: string;
}

function entry(errorClass: ErrorClass, summary: string, remediation: string): CatalogueEntry {
  return { class: errorClass, summary, remediation };
}

export const catalogue = {
  // The image, rejected
  SIGNATURE_NOT_FOUND: entry(
    'rejected',
    'The image exists, but no signature is attached to it.',
    'Sign the image by digest (`cosign sign IMAGE@DIGEST`) and push the signature to the same repository.',
  ),
  ATTESTATION_ONLY: entry(
    'rejected',
    'Attestations are attached to the image, but no signature. An attestation says how an image came to be, not that it is approved.',
    'Sign the image as well (`cosign sign IMAGE@DIGEST`).',
  ),
  IMAGE_NOT_FOUND: entry(
    'rejected',
    'The registry answered that this image does not exist.',
    'Check repository and tag for typing errors, and that the image was pushed.',
  ),
  TAG_NOT_PINNED: entry(
    'rejected',
    'The policy demands a digest, and the image is named by tag only.',
    'Name the image as `repository@sha256:…`, or enable the mutation that pins tags.',
  ),
  NO_MATCHING_POLICY: entry(
    'rejected',
    'No trust policy governs this image, so nobody is trusted to sign it.',
    'Add a scope that covers the repository to a Verifier, or use an image from a repository that is covered.',
  ),
  REFERENCE_INVALID: entry(
    'rejected',
    'The text is not an image reference.',
    'Write the image as `[host[:port]/]repository[:tag][@sha256:…]`, lower case, without spaces.',
  ),
  IDENTITY_MISMATCH: entry(
    'rejected',
    'A valid signature was found, but somebody else made it: the identity in its certificate is not one that the policy trusts.',
    'Compare the identity found with the one expected. Sign with the expected workflow or account, or add the identity to the trust policy.',
  ),
  ISSUER_MISMATCH: entry(
    'rejected',
    'A valid signature was found, but its signer proved the identity to another OIDC issuer than the policy trusts.',
    'Compare the issuer found with the one expected; add it to the trust policy if it is to be trusted.',
  ),
  KEY_MISMATCH: entry(
    'rejected',
    'A signature was found, but none of the public keys of the policy verifies it.',
    'Check that the policy names the public half of the key that signed.',
  ),
  SIGNER_KIND_MISMATCH: entry(
    'rejected',
    'The policy asks for a certificate and the signature has only a key, or the other way round.',
    'Sign the way the policy asks for, or change `keyless` and `keys` in the trust policy.',
  ),
  SIGNATURE_INVALID: entry(
    'rejected',
    'The signature does not verify over the signed content.',
    'The signature is damaged or was changed after signing. Sign the image again.',
  ),
  SIGNATURE_MALFORMED: entry(
    'rejected',
    'What is stored as a signature cannot be read as one.',
    'Sign the image again with a current cosign; remove the damaged artifact.',
  ),
  SIGNATURE_UNSUPPORTED: entry(
    'rejected',
    'The signature has a form, version or algorithm that countersign does not verify.',
    'Sign the image again with a current cosign and its default algorithms.',
  ),
  SUBJECT_MISMATCH: entry(
    'rejected',
    'The signature is for another image: the digest that was signed is not the digest of this image.',
    'The signature was copied or moved from another image. Sign this image.',
  ),
  CERTIFICATE_UNTRUSTED: entry(
    'rejected',
    'The signing certificate does not chain to a certificate authority of the trust root.',
    'Check that the trust policy names the trust root of the Sigstore instance that issued the certificate.',
  ),
  CERTIFICATE_INVALID: entry(
    'rejected',
    'The signing certificate is not one that may sign code: wrong usage, unknown critical extension, or ambiguous identity.',
    'Obtain the signing certificate from a Sigstore certificate authority.',
  ),
  CERTIFICATE_EXPIRED: entry(
    'rejected',
    'The signing certificate, or one above it, was not valid at the proven time of signing.',
    'Sign again; where the signing time cannot be proven, sign with a transparency log or a timestamp.',
  ),
  SCT_INVALID: entry(
    'rejected',
    'The signing certificate carries no valid proof of inclusion in a trusted certificate transparency log.',
    'Check that the trust root holds the certificate transparency key of the Sigstore instance that issued the certificate.',
  ),
  LOG_ENTRY_MISSING: entry(
    'rejected',
    'The policy demands a transparency log entry and the signature has none.',
    'Sign with a transparency log, or set `tLogVerify: false` in the trust policy if that is acceptable.',
  ),
  LOG_UNTRUSTED: entry(
    'rejected',
    'The signature is recorded only in transparency logs that the trust root does not name.',
    'Check that the trust policy names the trust root of the Sigstore instance that was signed with.',
  ),
  LOG_ENTRY_INVALID: entry(
    'rejected',
    'The transparency log entry is not proven: signed promise, inclusion proof or checkpoint does not verify against the trust root.',
    'Check that the trust root holds the key of the log that was used; otherwise sign again.',
  ),
  LOG_ENTRY_MISMATCH: entry(
    'rejected',
    'The transparency log entry is a real one, but records another signature, certificate, key or content.',
    'The log entry was taken from somewhere else. Sign the image again.',
  ),
  TIMESTAMP_MISSING: entry(
    'rejected',
    'Nothing proves when the signature was made, and its certificate is short-lived.',
    'Sign with a timestamp authority or a transparency log.',
  ),
  TIMESTAMP_UNTRUSTED: entry(
    'rejected',
    'The time of signing is vouched for only by timestamp authorities that the trust root does not name.',
    'Check that the trust root holds the timestamp authority that was used; otherwise sign again.',
  ),
  TIMESTAMP_INVALID: entry(
    'rejected',
    'A timestamp does not verify against the trust root, or is not for this signature.',
    'Check that the trust root holds the timestamp authority that was used; otherwise sign again.',
  ),
  LIMIT_EXCEEDED: entry(
    'rejected',
    'What is attached to the image is larger or more numerous than countersign reads.',
    'Remove superfluous signatures; see `docs/configuration.md` for the limits.',
  ),

  // The image, unavailable
  REGISTRY_UNREACHABLE: entry(
    'unavailable',
    'No connection to the registry: name resolution, network or TLS failed, or it broke off.',
    'Check DNS, egress rules, proxy settings and the certificate authority configured for the registry.',
  ),
  REGISTRY_UNAUTHORIZED: entry(
    'unavailable',
    'The registry refuses access with the credentials at hand, or anonymously where there are none.',
    'Configure credentials for the registry in the Store, and check that they may pull this repository.',
  ),
  REGISTRY_THROTTLED: entry(
    'unavailable',
    'The registry answers that it was asked too often.',
    'Wait, or authenticate for a higher limit, or configure a pull-through cache as `endpoint`.',
  ),
  REGISTRY_ERROR: entry(
    'unavailable',
    'The registry answered with an error of its own.',
    'Try again; if it stays, look at the registry.',
  ),
  REGISTRY_RESPONSE_INVALID: entry(
    'unavailable',
    'The registry answered something that is not what was asked for: wrong digest, wrong type, not JSON, too large, or cut short.',
    'Check the registry and any proxy or cache in front of it.',
  ),
  ADDRESS_FORBIDDEN: entry(
    'unavailable',
    'The host resolves to an address that countersign may not contact.',
    'For a registry on a private network, list its host and port under `registries` of a cluster-wide Store.',
  ),
  REDIRECT_FORBIDDEN: entry(
    'unavailable',
    'The registry sent countersign to a place where it may not go.',
    'List the target host and port under `registries` of a cluster-wide Store, if it is to be trusted.',
  ),
  CREDENTIALS_UNAVAILABLE: entry(
    'unavailable',
    'The configured credentials could not be read.',
    'Check the docker config file and its credential helper.',
  ),
  DEADLINE_EXCEEDED: entry(
    'unavailable',
    'The verdict was not ready before the deadline. The work goes on, and its result is kept for the next request.',
    'Try again in a moment. If it happens often, look at the latency of the registry.',
  ),
  VERIFICATION_TIMEOUT: entry(
    'unavailable',
    'Checking a signature took longer than any honest signature takes, and was stopped.',
    'Remove the signature that is named, and sign the image again.',
  ),
  OVERLOADED: entry(
    'unavailable',
    'More verifications are under way than countersign accepts at once.',
    'Try again; add replicas if it happens often.',
  ),
  POLICY_INVALID: entry(
    'unavailable',
    'A resource that governs this image is invalid, and no valid earlier version of it is known.',
    'Run `countersign lint` on the configuration and correct what it names.',
  ),
  NO_POLICY: entry(
    'unavailable',
    'No valid Policy resource is loaded, so no image can be judged.',
    'Apply a Policy named `ratify-policy`; run `countersign lint` on the configuration.',
  ),
  NO_VERIFIER: entry(
    'unavailable',
    'No Verifier is loaded, so no image can be judged.',
    'Apply a Verifier with at least one trust policy; run `countersign lint` on the configuration.',
  ),
  INTERNAL_ERROR: entry(
    'unavailable',
    'countersign met a condition that it was not written for. The image is not admitted.',
    'Report it with the log line of this request.',
  ),

  // The request
  REQUEST_INVALID: entry(
    'request',
    'The body is not a ProviderRequest.',
    'Send a JSON object with `apiVersion`, `kind: ProviderRequest` and `request.keys`, a list of strings.',
  ),
  REQUEST_TOO_LARGE: entry(
    'request',
    'The body is larger than 8 MiB, or has more than 20,000 keys.',
    'Send fewer keys in one request.',
  ),
  TOO_MANY_KEYS: entry(
    'request',
    'The request has more keys than are answered in one request; the first ones were answered.',
    'Send fewer keys in one request.',
  ),
  KEY_NAMESPACE_INVALID: entry(
    'request',
    'The key starts with `[`, and what follows is no namespace that is allowed there.',
    'In a verification key, write `[namespace]image` with a namespace of the cluster; in a mutation key, the image alone.',
  ),
  PATH_NOT_FOUND: entry(
    'request',
    'There is nothing at this URL.',
    'Point the Provider at `/ratify/gatekeeper/v1/verify` or `/ratify/gatekeeper/v1/mutate`.',
  ),
  METHOD_NOT_ALLOWED: entry('request', 'This URL answers only POST.', 'Send the ProviderRequest with POST.'),

  // The configuration
  FILE_UNREADABLE: entry(
    'configuration',
    'A file or folder of the configuration cannot be read.',
    'Check that it exists and that countersign may read it.',
  ),
  YAML_INVALID: entry(
    'configuration',
    'The file is not valid YAML.',
    'Correct the line that is named; look for wrong indentation, tabs and missing quotes.',
  ),
  RESOURCE_INVALID: entry(
    'configuration',
    'A resource lacks what every Kubernetes object has: apiVersion, kind, metadata.name.',
    'Complete the resource.',
  ),
  KIND_UNSUPPORTED: entry(
    'configuration',
    'The resource has a kind or version that countersign does not know.',
    'Use the kinds and versions of `docs/configuration.md`.',
  ),
  RESOURCE_DUPLICATE: entry(
    'configuration',
    'Two resources have the same kind, namespace and name.',
    'Rename one, or remove it.',
  ),
  FIELD_INVALID: entry(
    'configuration',
    'A field has a value that it cannot have.',
    'See the field in `docs/configuration.md`.',
  ),
  FIELD_UNKNOWN: entry(
    'configuration',
    'A field is not known. It would have no effect, and that is rarely meant.',
    'Correct the spelling, or remove the field.',
  ),
  FIELD_AMBIGUOUS: entry(
    'configuration',
    'One field is spelled in two ways in the same object.',
    'Keep one of them.',
  ),
  CONFIG_INVALID: entry(
    'configuration',
    'The fields contradict each other or leave out what is needed.',
    'See the message, and the kind in `docs/configuration.md`.',
  ),
  SCOPE_INVALID: entry(
    'configuration',
    'A scope is malformed, or overlaps another one of the same Verifier.',
    'Write a scope as a repository, a repository with tag or digest, a prefix that ends in `*`, or `*` alone.',
  ),
  PATTERN_INVALID: entry(
    'configuration',
    'A regular expression is not valid RE2.',
    'Correct the pattern; RE2 knows no lookaround and no back-references.',
  ),
  KEY_INVALID: entry(
    'configuration',
    'A public key cannot be read, or its algorithm is not accepted.',
    'Provide a PEM public key: EC P-256, P-384 or P-521, RSA of 2048 to 4096 bits, or Ed25519.',
  ),
  TRUST_ROOT_INVALID: entry(
    'configuration',
    'A Sigstore trust root cannot be read.',
    'Provide a `trusted_root.json` with certificate authorities, transparency logs and their validity.',
  ),
  REFERENCE_MISSING: entry(
    'configuration',
    'A resource names another one that does not exist or is invalid itself.',
    'Create the resource that is named, or correct the name.',
  ),
  FEATURE_UNSUPPORTED: entry(
    'configuration',
    'The resource asks for something that countersign does not do.',
    'Use one of the alternatives that the message names.',
  ),
  TENANT_FORBIDDEN: entry(
    'configuration',
    'A namespaced resource uses what only cluster-wide resources may: files, private addresses, plain http, remapped hosts.',
    'Move it into a cluster-wide resource.',
  ),
  SETTING_INVALID: entry(
    'configuration',
    'A flag or environment variable has a value that it cannot have.',
    'See `countersign serve --help`.',
  ),
  CERTIFICATE_UNREADABLE: entry(
    'configuration',
    'The TLS certificate or key of the server cannot be used.',
    'Provide a matching `tls.crt` and `tls.key` in the certificate folder.',
  ),

  // Warnings of lint
  PATTERN_UNANCHORED: entry(
    'warning',
    'The regular expression matches anywhere in the value, so it accepts more than it seems to.',
    'Write `^…$` around it, or use `identities`, whose patterns match the whole value.',
  ),
  SCOPE_UNBOUNDED: entry(
    'warning',
    'The scope ends in the middle of a name, so it also covers longer names that start the same.',
    'End the prefix with `/*`.',
  ),
  DIGEST_NOT_REQUIRED: entry(
    'warning',
    'Images may be named by tag, and a tag can be moved between the check and the start of the container.',
    'Set `requireDigest: true`, or let the mutation pin tags.',
  ),
  VERIFIER_IGNORED: entry(
    'warning',
    'This Verifier is for another kind of signature, and takes no part in verdicts.',
    'Remove it, or verify these signatures elsewhere.',
  ),
  RESOURCE_IGNORED: entry(
    'warning',
    'The resource belongs to another program and was passed over.',
    'Nothing, if that is meant.',
  ),
  SECTION_IGNORED: entry(
    'warning',
    "A section of Ratify's `config.json` sets what countersign takes from its flags.",
    'Set the flag that the message names, and remove the section.',
  ),
  PLAIN_HTTP: entry(
    'warning',
    'A registry is contacted without encryption.',
    'Serve the registry by https and give its certificate authority as `ca`.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;

/** One thing that went wrong, as it is reported: never carries a stack or a secret. */
export interface Reason {
  readonly code: ErrorCode;
  /** One sentence about this very case: what was looked for, what was found. */
  readonly message: string;
  /** What to do next; the catalogue's unless the case knows better. */
  readonly remediation: string;
}

export function reason(code: ErrorCode, message: string, remediation?: string): Reason {
  return { code, message, remediation: remediation ?? catalogue[code].remediation };
}

export interface CountersignErrorOptions {
  readonly cause?: unknown;
  readonly remediation?: string;
  /** Seconds after which asking again makes sense, from `Retry-After`. */
  readonly retryAfter?: number;
}

/** The one error class that is thrown on purpose; anything else that is caught is an INTERNAL_ERROR. */
export class CountersignError extends Error {
  override readonly name = 'CountersignError';
  readonly code: ErrorCode;
  readonly remediation: string;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: CountersignErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remediation = options.remediation ?? catalogue[code].remediation;
    this.retryAfter = options.retryAfter;
  }

  get reason(): Reason {
    return { code: this.code, message: this.message, remediation: this.remediation };
  }
}

/** Turns whatever was thrown into a reason: a known error keeps its code, anything else is `fallback`. */
export function reasonOf(thrown: unknown, fallback: ErrorCode = 'INTERNAL_ERROR'): Reason {
  if (thrown instanceof CountersignError) return thrown.reason;
  return reason(fallback, thrown instanceof Error ? thrown.message : String(thrown));
}
