import type { CandidateContent } from '../../src/cosign/candidate.ts';
import type { CertificateOverrides } from '../../src/demo/sigstore/certificate-authority.ts';
import { createDemoSigstore, type DemoSigstore } from '../../src/demo/sigstore/demo-sigstore.ts';
import type { Identity } from '../../src/demo/sigstore/identity.ts';
import type { LegacySignature, Proofs, SignedBundle } from '../../src/demo/sigstore/signer.ts';
import type { SigningKey } from '../../src/demo/sigstore/signing-key.ts';
import { type Digest, parseDigest } from '../../src/registry/digest.ts';
import type { TrustSpec, VerificationOutcome } from '../../src/sigstore/outcome.ts';
import { compileTrust } from '../../src/sigstore/trust-material.ts';
import { verifyContent } from '../../src/verification/verify-content.ts';

export const SUBJECT: Digest = parseDigest(`sha256:${'ab'.repeat(32)}`);
export const ALICE: Identity = { issuer: 'https://accounts.example.com', subject: 'alice@example.com' };
export const START = Date.parse('2026-06-01T12:00:00Z');

interface KeylessRequest extends Proofs {
  readonly digest?: string;
  readonly identity?: Identity;
  readonly key?: SigningKey;
  readonly certificate?: CertificateOverrides;
}

/** A private Sigstore whose clock stands still, and the trust that fits it. */
export class PrivateSigstore {
  now = START;
  readonly services: DemoSigstore = createDemoSigstore({ now: () => new Date(this.now) });

  trust(overrides: Partial<TrustSpec> = {}): TrustSpec {
    const spec = {
      trustedRoot: this.services.trustedRoot(),
      keys: [],
      transparencyLog: true,
      certificateTransparency: true,
      ...overrides,
    };
    return { fingerprint: JSON.stringify(spec), ...spec };
  }

  bundle(request: KeylessRequest = {}): CandidateContent {
    return contentOf(this.services.signBundle({ digest: SUBJECT, identity: ALICE, ...request }));
  }

  keyedBundle(key: SigningKey, proofs: Proofs = {}): CandidateContent {
    return contentOf(this.services.signBundle({ digest: SUBJECT, key, ...proofs }));
  }

  /** The trust root with one part of it changed. */
  changedRoot(change: (root: TrustedRootJson) => void): string {
    const root: TrustedRootJson = JSON.parse(this.services.trustedRoot());
    change(root);
    return JSON.stringify(root);
  }

  judge(
    content: CandidateContent,
    overrides: Partial<TrustSpec> = {},
    subject: Digest = SUBJECT,
  ): VerificationOutcome {
    return this.judgeWith(content, this.trust(overrides), subject);
  }

  judgeWith(content: CandidateContent, trust: TrustSpec, subject: Digest = SUBJECT): VerificationOutcome {
    return verifyContent(content, subject, () => compileTrust(trust), this.now);
  }

  /** `signed`, `attestation`, or the code of what is wrong. */
  verdict(content: CandidateContent, overrides: Partial<TrustSpec> = {}): string {
    return verdictOf(this.judge(content, overrides));
  }
}

export interface TrustedRootJson {
  mediaType: string;
  tlogs: LogJson[];
  ctlogs: LogJson[];
  certificateAuthorities: AuthorityJson[];
  timestampAuthorities: AuthorityJson[];
}

interface LogJson {
  baseUrl: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor: { start?: string; end?: string } };
  logId: { keyId: string };
  checkpointKeyId?: { keyId: string };
}

interface AuthorityJson {
  certChain: { certificates: { rawBytes: string }[] };
  validFor: { start?: string; end?: string };
}

export function verdictOf(outcome: VerificationOutcome): string {
  return outcome.kind === 'invalid' ? outcome.reason.code : outcome.kind;
}

function contentOf(signed: SignedBundle): CandidateContent {
  return { kind: 'bundle', bytes: signed.bytes };
}

export function legacyContent({ payload, annotations }: LegacySignature): CandidateContent {
  const of = (name: string): string | undefined => annotations[name];
  const parts = {
    signature: of('dev.cosignproject.cosign/signature'),
    certificate: of('dev.sigstore.cosign/certificate'),
    chain: of('dev.sigstore.cosign/chain'),
    bundle: of('dev.sigstore.cosign/bundle'),
    timestamp: of('dev.sigstore.cosign/rfc3161timestamp'),
  };
  const present = Object.entries(parts).filter(([, value]) => value !== undefined);
  return { kind: 'simple-signing', payload, annotations: Object.fromEntries(present) };
}

/** A bundle as its JSON says, changed. */
export function changedBundle(
  content: CandidateContent,
  change: (bundle: BundleJson) => void,
): CandidateContent {
  if (content.kind !== 'bundle') throw new Error('not a bundle');
  const bundle: BundleJson = JSON.parse(Buffer.from(content.bytes).toString('utf8'));
  change(bundle);
  return { kind: 'bundle', bytes: Buffer.from(JSON.stringify(bundle)) };
}

export interface EntryJson {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint?: { envelope: string };
  };
  canonicalizedBody: string;
}

export interface BundleJson {
  mediaType: string;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    x509CertificateChain?: { certificates: { rawBytes: string }[] };
    publicKey?: { hint: string };
    tlogEntries: EntryJson[];
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  dsseEnvelope?: { payload: string; payloadType: string; signatures: { sig: string }[] };
  messageSignature?: { messageDigest: { algorithm: string; digest: string }; signature: string };
}

/** The one entry of a bundle. */
export function entryOf(bundle: BundleJson): EntryJson {
  const [entry] = bundle.verificationMaterial.tlogEntries;
  if (entry === undefined) throw new Error('the bundle has no log entry');
  return entry;
}

export function parsed(content: CandidateContent): BundleJson {
  if (content.kind !== 'bundle') throw new Error('not a bundle');
  return JSON.parse(Buffer.from(content.bytes).toString('utf8'));
}
