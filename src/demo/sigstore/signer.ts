import type { CertificateAuthority, CertificateOverrides } from './certificate-authority.ts';
import { envelopeOf, preAuthenticationEncoding } from './dsse.ts';
import type { Identity } from './identity.ts';
import { dsseV1, hashedRekordV1, hashedRekordV2, type VerifierMaterial } from './log-entry-body.ts';
import { generateSigningKey, type SigningKey, signWith } from './signing-key.ts';
import { ANNOTATION, type SimpleSigning, simpleSigningPayload } from './simple-signing.ts';
import {
  type Attestation,
  attestationStatement,
  SIGNATURE_PREDICATE_TYPE,
  signatureStatement,
} from './statement.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import type { LogEntry, TransparencyLog } from './transparency-log.ts';
import { pemOf } from './x509.ts';

/** Who signs: somebody with an identity, who gets a certificate for it, or the owner of a key. */
type SignedBy =
  | {
      readonly identity: Identity;
      /** Optional. The key that the certificate is for. Default: a fresh P-256. */
      readonly key?: SigningKey;
      /** Optional. How the certificate differs from an honest one. */
      readonly certificate?: CertificateOverrides;
    }
  | { readonly identity?: undefined; readonly key: SigningKey };

/** What proves when, and that others can see it. */
export interface Proofs {
  /** Optional. The log that records the signature. Default `v1`, as cosign's. */
  readonly log?: 'v1' | 'v2' | 'none';
  /** Optional. Whether a timestamp authority signs the time. Default true for bundles, false for the legacy form. */
  readonly timestamp?: boolean;
}

type LegacyRequest = SimpleSigning &
  SignedBy & {
    /** Optional. Default `v1`. The legacy form knows no other log. */
    readonly log?: 'v1' | 'none';
    readonly timestamp?: boolean;
    /** Optional. Signed as it is, whatever it says. Default: what cosign would sign. */
    readonly payload?: Uint8Array;
  };

type BundleRequest = SignedBy &
  Proofs & {
    /** `sha256:…` of the image manifest. */
    readonly digest: string;
    /** Optional. What the signer adds (`cosign sign -a key=value`). */
    readonly annotations?: Readonly<Record<string, string>>;
  };

type AttestationRequest = SignedBy & Proofs & Attestation;

type EnvelopeRequest = SignedBy &
  Proofs & {
    /** Signed as it is, whatever it says. */
    readonly payload: Uint8Array;
    /** Optional. Default: an in-toto statement. */
    readonly payloadType?: string;
    /** Optional. What the manifest of the bundle tells. Default: that it is a signature. */
    readonly predicateType?: string;
  };

/** One layer of a `.sig` manifest. */
export interface LegacySignature {
  readonly payload: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Sigstore bundle v0.3 and what its manifest tells about it. */
export interface SignedBundle {
  /** JSON. */
  readonly bytes: Uint8Array;
  readonly predicateType: string;
  readonly createdAt: Date;
}

export interface Signer {
  signLegacy(request: LegacyRequest): LegacySignature;
  signBundle(request: BundleRequest): SignedBundle;
  /** @returns a bundle that says how the image came to be, not that it is approved */
  attest(request: AttestationRequest): SignedBundle;
  /** Signs anything: what a signer would write who is careless, or in league with an attacker. */
  signEnvelope(request: EnvelopeRequest): SignedBundle;
}

export interface SignerServices {
  readonly certificateAuthority: CertificateAuthority;
  readonly timestampAuthority: TimestampAuthority;
  readonly logs: { readonly v1: TransparencyLog; readonly v2: TransparencyLog };
  readonly now: () => Date;
}

export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** Signs as cosign does, on the services of one Sigstore. */
export function createSigner(services: SignerServices): Signer {
  const { certificateAuthority, timestampAuthority, logs, now } = services;

  function present(by: SignedBy): VerifierMaterial {
    if (by.identity === undefined) return { kind: 'key', pem: by.key.pem, der: by.key.spki, key: by.key };
    const key = by.key ?? generateSigningKey();
    const der = certificateAuthority.issue(by.identity, key, by.certificate);
    return { kind: 'certificate', pem: pemOf(der), der, key };
  }

  function signLegacy(request: LegacyRequest): LegacySignature {
    const verifier = present(request);
    const payload = request.payload ?? simpleSigningPayload(request);
    const signature = signWith(verifier.key, payload);
    const annotations: Record<string, string> = { [ANNOTATION.signature]: signature.toString('base64') };
    if (request.log !== 'none')
      annotations[ANNOTATION.bundle] = legacyBundle(
        logs.v1.append(hashedRekordV1(payload, signature, verifier)),
      );
    if (verifier.kind === 'certificate') {
      annotations[ANNOTATION.certificate] = verifier.pem;
      annotations[ANNOTATION.chain] = '';
    }
    if (request.timestamp === true) {
      const SignedRFC3161Timestamp = timestampAuthority.timestamp(signature).toString('base64');
      annotations[ANNOTATION.timestamp] = JSON.stringify({ SignedRFC3161Timestamp });
    }
    return { payload, annotations };
  }

  function signEnvelope(request: EnvelopeRequest): SignedBundle {
    const {
      payload,
      payloadType = PAYLOAD_TYPE,
      predicateType = SIGNATURE_PREDICATE_TYPE,
      log = 'v1',
      timestamp = true,
    } = request;
    const verifier = present(request);
    const encoding = preAuthenticationEncoding(payloadType, payload);
    const signature = signWith(verifier.key, encoding);
    const dsseEnvelope = envelopeOf(payloadType, payload, signature);
    const rawBytes = verifier.der.toString('base64');
    const verificationMaterial: Record<string, unknown> =
      verifier.kind === 'certificate'
        ? { certificate: { rawBytes } }
        : { publicKey: { hint: verifier.key.keyId.toString('base64') } };
    if (log === 'v1') verificationMaterial['tlogEntries'] = [logs.v1.append(dsseV1(dsseEnvelope, verifier))];
    if (log === 'v2')
      verificationMaterial['tlogEntries'] = [logs.v2.append(hashedRekordV2(encoding, signature, verifier))];
    if (timestamp) {
      const signedTimestamp = timestampAuthority.timestamp(signature).toString('base64');
      verificationMaterial['timestampVerificationData'] = { rfc3161Timestamps: [{ signedTimestamp }] };
    }
    const bundle = { mediaType: BUNDLE_MEDIA_TYPE, verificationMaterial, dsseEnvelope };
    return { bytes: Buffer.from(JSON.stringify(bundle)), predicateType, createdAt: now() };
  }

  return {
    signLegacy,
    signBundle: (request) =>
      signEnvelope({ ...request, payload: encode(signatureStatement(request.digest, request.annotations)) }),
    attest: (request) => signEnvelope({ ...request, payload: encode(attestationStatement(request)) }),
    signEnvelope,
  };
}

function encode(statement: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(statement));
}

/** The annotation that cosign calls a bundle: Rekor's promise and what it covers. */
function legacyBundle(entry: LogEntry): string {
  return JSON.stringify({
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    },
  });
}
