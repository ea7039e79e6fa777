import type { DemoSigstore } from '../../src/demo/sigstore/demo-sigstore.ts';
import type { DsseEnvelope } from '../../src/demo/sigstore/dsse.ts';
import { preAuthenticationEncoding } from '../../src/demo/sigstore/dsse.ts';
import type { Identity } from '../../src/demo/sigstore/identity.ts';
import { hashedRekordV1, type VerifierMaterial } from '../../src/demo/sigstore/log-entry-body.ts';
import type { LegacySignature, SignedBundle } from '../../src/demo/sigstore/signer.ts';
import { type SigningKey, sha256, signWith } from '../../src/demo/sigstore/signing-key.ts';
import { pemOf } from '../../src/demo/sigstore/x509.ts';
import type { BundleJson, EntryJson } from './private-sigstore.ts';

/** What an attacker does to signatures that others made: change them, and put parts of several together. */

export function edited(bundle: SignedBundle, change: (json: BundleJson) => void): SignedBundle {
  const json = jsonOf(bundle);
  change(json);
  return rewritten(bundle, JSON.stringify(json));
}

/** Another text in the bundle's place, JSON or not. */
export function rewritten(bundle: SignedBundle, text: string | Uint8Array): SignedBundle {
  return { ...bundle, bytes: Buffer.from(text) };
}

export function textOf({ bytes }: SignedBundle): string {
  return Buffer.from(bytes).toString('utf8');
}

export function jsonOf(bundle: SignedBundle): BundleJson {
  return JSON.parse(textOf(bundle));
}

/** Annotations of a layer changed; undefined takes one away. */
export function annotated(
  signature: LegacySignature,
  changes: Readonly<Record<string, string | undefined>>,
): LegacySignature {
  const merged = Object.entries({ ...signature.annotations, ...changes });
  const annotations = Object.fromEntries(
    merged.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return { ...signature, annotations };
}

interface EnvelopeParts {
  readonly envelope: DsseEnvelope;
  readonly payload: Buffer;
  /** What is signed: the pre-authentication encoding. */
  readonly encoded: Buffer;
  readonly signature: Buffer;
}

export function envelopeOf(json: BundleJson): EnvelopeParts {
  const envelope = json.dsseEnvelope;
  if (envelope === undefined) throw new Error('the bundle has no envelope');
  const payload = Buffer.from(envelope.payload, 'base64');
  return {
    envelope,
    payload,
    encoded: preAuthenticationEncoding(envelope.payloadType, payload),
    signature: Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64'),
  };
}

export function leafOf(json: BundleJson): Buffer {
  return Buffer.from(json.verificationMaterial.certificate?.rawBytes ?? '', 'base64');
}

/** How a log entry names a certificate. */
export function certificateMaterial(der: Buffer, key: SigningKey): VerifierMaterial {
  return { kind: 'certificate', pem: pemOf(der), der, key };
}

/** How a log entry names a bare key. */
export function keyMaterial(key: SigningKey): VerifierMaterial {
  return { kind: 'key', pem: key.pem, der: key.spki, key };
}

/** Other log entries in place of the bundle's own. */
export function withEntries(
  bundle: SignedBundle,
  entries: (parts: EnvelopeParts, json: BundleJson) => readonly EntryJson[],
): SignedBundle {
  return edited(bundle, (json) => {
    json.verificationMaterial.tlogEntries = [...entries(envelopeOf(json), json)];
  });
}

/** The annotation that cosign keeps a log entry in. */
export function legacyEntry({ canonicalizedBody, inclusionPromise, ...entry }: EntryJson): string {
  return JSON.stringify({
    SignedEntryTimestamp: inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    },
  });
}

/** Other timestamps, over the signature, in place of the bundle's own. */
export function withTimestamps(
  bundle: SignedBundle,
  ...makers: readonly ((signature: Buffer) => Uint8Array)[]
): SignedBundle {
  return edited(bundle, (json) => {
    const { signature } = envelopeOf(json);
    json.verificationMaterial.timestampVerificationData = {
      rfc3161Timestamps: makers.map((make) => ({
        signedTimestamp: Buffer.from(make(signature)).toString('base64'),
      })),
    };
  });
}

/** A bundle whose signature is over the image manifest itself, as `cosign sign-blob` makes it. */
export function messageBundle(
  sigstore: DemoSigstore,
  { message, key, identity }: { message: Uint8Array; key: SigningKey; identity: Identity },
): SignedBundle {
  const der = sigstore.certificateAuthority.issue(identity, key);
  const signature = signWith(key, message);
  const entry = sigstore.logs.v1.append(hashedRekordV1(message, signature, certificateMaterial(der, key)));
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { certificate: { rawBytes: der.toString('base64') }, tlogEntries: [entry] },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: sha256(message).toString('base64') },
      signature: signature.toString('base64'),
    },
  };
  return {
    bytes: Buffer.from(JSON.stringify(bundle)),
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    createdAt: new Date(),
  };
}
