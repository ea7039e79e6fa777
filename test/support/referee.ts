import { createPublicKey, hash } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type Signer, toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import type { LegacySignature } from '../../src/demo/sigstore/signer.ts';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';

/** How much proof the referee asks for, and the key of signatures without a certificate. */
export interface RefereeOptions {
  /** Log entries. Default 1. */
  readonly logEntries?: number;
  /** Proofs of time, promises of a log included. Default 1. */
  readonly times?: number;
  /** PEM. */
  readonly publicKey?: string;
}

/** The Sigstore library on its own, without anything of ours around it. @throws whatever it objects to */
export function judgeBundle(
  trustedRoot: string,
  bundle: unknown,
  { logEntries = 1, times = 1, publicKey }: RefereeOptions = {},
  artifact?: Uint8Array,
): Signer {
  const key = publicKey === undefined ? undefined : createPublicKey(publicKey);
  const trust = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(trustedRoot)), () => {
    if (key === undefined) throw new Error('the referee was given no key');
    return { publicKey: key, validFor: () => true };
  });
  const verifier = new Verifier(trust, { tlogThreshold: logEntries, timestampThreshold: times });
  const data = artifact === undefined ? undefined : Buffer.from(artifact);
  return verifier.verify(toSignedEntity(bundleFromJSON(bundle), data));
}

/** A legacy signature, put into the bundle v0.1 that holds the same. */
export function judgeLegacy(
  trustedRoot: string,
  { payload, annotations }: LegacySignature,
  options?: RefereeOptions,
): Signer {
  const certificate = annotations[ANNOTATION.certificate];
  const timestamp = annotations[ANNOTATION.timestamp];
  const promise = annotations[ANNOTATION.bundle];
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      ...(certificate === undefined
        ? { publicKey: { hint: '' } }
        : { x509CertificateChain: { certificates: [{ rawBytes: base64OfPem(certificate) }] } }),
      tlogEntries: promise === undefined ? [] : [logEntryOf(promise)],
      ...(timestamp !== undefined && {
        timestampVerificationData: {
          rfc3161Timestamps: [{ signedTimestamp: JSON.parse(timestamp).SignedRFC3161Timestamp }],
        },
      }),
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: hash('sha256', payload, 'base64') },
      signature: annotations[ANNOTATION.signature],
    },
  };
  return judgeBundle(trustedRoot, bundle, options, payload);
}

function logEntryOf(promise: string): unknown {
  const { SignedEntryTimestamp: signedEntryTimestamp, Payload: payload } = JSON.parse(promise);
  const body = JSON.parse(Buffer.from(payload.body, 'base64').toString('utf8'));
  return {
    logIndex: String(payload.logIndex),
    logId: { keyId: Buffer.from(payload.logID, 'hex').toString('base64') },
    kindVersion: { kind: body.kind, version: body.apiVersion },
    integratedTime: String(payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    canonicalizedBody: payload.body,
  };
}

function base64OfPem(pem: string): string {
  return pem.replaceAll(/-----.*-----|\n/g, '');
}
