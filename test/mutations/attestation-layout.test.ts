import { describe, expect, it } from 'vitest';
import { SIMPLE_SIGNING_MEDIA_TYPE } from '../../src/cosign/artifact-types.ts';
import type { CandidateContent } from '../../src/cosign/candidate.ts';
import { parsePem } from '../../src/pem.ts';
import { exactMatcher } from '../../src/policy/matcher.ts';
import type { SignedBy } from '../../src/policy/trust-policy.ts';
import { digestOf, parseDigest } from '../../src/registry/digest.ts';
import { compileTrust } from '../../src/sigstore/trust-material.ts';
import { publicGoodTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { BundleJson } from '../support/private-sigstore.ts';
import { codeOf } from './expectations.ts';
import { hasPublicMaterial, judge, type Material, shared } from './material.ts';
import { emptyRepository, examine, type Stored } from './memory-registry.ts';

const LAYOUT = 'layout-slsa-v1.10.0';
const SUBJECT = parseDigest('sha256:e0a0a765d690a5104331cfbac88ebbbf01736c1f87aaa3cd455c516a5ea586a5');
const ATTESTATIONS = 'sha256:31cc4fb663c8d34e2e6a0bd5f183d576c2811ee286e0998b4c2965e3b35a0d86';
const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

interface Layer {
  mediaType: string;
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
}

function blob(digest: string): Buffer {
  return shared(`${LAYOUT}/blobs/sha256/${digest.replace('sha256:', '')}`);
}

function attestations(): { layers: Layer[]; artifactType?: string; subject?: unknown } {
  return JSON.parse(blob(ATTESTATIONS).toString('utf8'));
}

function layer(): Layer {
  const [first] = attestations().layers;
  if (first === undefined) throw new Error('the layout has no attestation');
  return first;
}

function material(): Omit<Material, 'content'> {
  const trust = compileTrust({
    fingerprint: 'public-good',
    trustedRoot: publicGoodTrustRoot().json,
    keys: [],
    transparencyLog: true,
    certificateTransparency: true,
  });
  const now = Date.parse('2026-11-20T00:00:00Z');
  return {
    name: LAYOUT,
    subject: SUBJECT,
    trust,
    now,
    keyed: false,
    log: 'rekor v1',
    timestamp: false,
    form: 'attestation',
  };
}

/** The attestation as a bundle, with nothing but what the layout has: what somebody would attach to pass it off. */
function asBundle(change: (bundle: BundleJson) => void = () => {}): CandidateContent {
  const { digest, annotations } = layer();
  const { payload, payloadType, signatures } = JSON.parse(blob(digest).toString('utf8'));
  const { SignedEntryTimestamp, Payload } = JSON.parse(annotations['dev.sigstore.cosign/bundle'] ?? '');
  const { kind, apiVersion } = JSON.parse(Buffer.from(Payload.body, 'base64').toString('utf8'));
  const certificate = parsePem(annotations['dev.sigstore.cosign/certificate'] ?? '');
  const bundle: BundleJson = {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: certificate?.der.toString('base64') ?? '' }] },
      tlogEntries: [
        {
          logIndex: String(Payload.logIndex),
          logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
          kindVersion: { kind, version: apiVersion },
          integratedTime: String(Payload.integratedTime),
          inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
          canonicalizedBody: Payload.body,
        },
      ],
    },
    dsseEnvelope: { payload, payloadType, signatures: [{ sig: signatures[0].sig }] },
  };
  change(bundle);
  return { kind: 'bundle', bytes: Buffer.from(JSON.stringify(bundle)) };
}

function withStatement(change: (statement: Record<string, unknown>) => void): CandidateContent {
  return asBundle((bundle) => {
    const envelope = bundle.dsseEnvelope;
    if (envelope === undefined) return;
    const statement = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
    change(statement);
    envelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  });
}

function asSimpleSigning(payload: Uint8Array): CandidateContent {
  const { annotations } = layer();
  const envelope = JSON.parse(blob(layer().digest).toString('utf8'));
  return {
    kind: 'simple-signing',
    payload,
    annotations: {
      signature: envelope.signatures[0].sig,
      certificate: annotations['dev.sigstore.cosign/certificate'] ?? '',
      bundle: annotations['dev.sigstore.cosign/bundle'] ?? '',
    },
  };
}

function claim(): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': 'ghcr.io/slsa-framework/example-package' },
        image: { 'docker-manifest-digest': SUBJECT },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
}

describe.skipIf(!hasPublicMaterial)(
  hasPublicMaterial
    ? 'a signed attestation in the clothes of a signature'
    : 'a signed attestation in the clothes of a signature: SKIPPED, ../shared/testdata is absent',
  () => {
    const signed = 'https://sigstore.dev/cosign/sign/v1';

    it.each<readonly [string, () => CandidateContent, string]>([
      ['as the bundle that it could be', () => asBundle(), 'ATTESTATION'],
      [
        'with the predicate type of a signature',
        () =>
          withStatement((statement) => {
            statement['predicateType'] = signed;
          }),
        'SIGNATURE_INVALID',
      ],
      [
        'with two predicate types',
        () =>
          asBundle((bundle) => {
            const envelope = bundle.dsseEnvelope;
            if (envelope === undefined) return;
            const text = Buffer.from(envelope.payload, 'base64').toString('utf8');
            const twice = text.replace('{', `{"predicateType":"${signed}",`);
            envelope.payload = Buffer.from(twice).toString('base64');
          }),
        'SIGNATURE_MALFORMED',
      ],
      [
        'about another image',
        () =>
          withStatement((statement) => {
            statement['predicateType'] = signed;
            statement['subject'] = [{ name: 'x', digest: { sha256: '0'.repeat(64) } }];
          }),
        'SUBJECT_MISMATCH',
      ],
      [
        'with the payload type of something else',
        () =>
          asBundle((bundle) => {
            if (bundle.dsseEnvelope !== undefined) bundle.dsseEnvelope.payloadType = 'application/json';
          }),
        'SIGNATURE_UNSUPPORTED',
      ],
      [
        'with its signature over the digest of the image',
        () =>
          asBundle((bundle) => {
            const signature = bundle.dsseEnvelope?.signatures[0]?.sig ?? '';
            delete bundle.dsseEnvelope;
            const digest = Buffer.from(SUBJECT.replace('sha256:', ''), 'hex').toString('base64');
            bundle.messageSignature = { messageDigest: { algorithm: 'SHA2_256', digest }, signature };
          }),
        'SIGNATURE_UNSUPPORTED',
      ],
      [
        'as the payload of a legacy signature',
        () => asSimpleSigning(blob(layer().digest)),
        'SIGNATURE_MALFORMED',
      ],
      [
        'with its certificate, log entry and signature beside a claim',
        () => asSimpleSigning(claim()),
        'SIGNATURE_INVALID',
      ],
    ])('%s', (_what, content, expected) => {
      const attestation: Material = { ...material(), content: content() };
      expect(codeOf(judge(attestation, attestation.content))).toBe(expected);
    });

    it.each<readonly [string, (manifest: ReturnType<typeof attestations>) => void, string]>([
      ['under the tag of signatures', () => {}, 'SIGNATURE_NOT_FOUND'],
      [
        'with the layers of a signature',
        ({ layers }) => {
          for (const each of layers) each.mediaType = SIMPLE_SIGNING_MEDIA_TYPE;
        },
        'SIGNATURE_MALFORMED',
      ],
      [
        'attached as a bundle',
        (manifest) => {
          manifest.artifactType = BUNDLE;
          manifest.subject = { mediaType: IMAGE_MANIFEST, digest: SUBJECT, size: 1 };
          for (const each of manifest.layers) each.mediaType = BUNDLE;
        },
        'SIGNATURE_MALFORMED',
      ],
    ])('its manifest %s', async (_what, change, expected) => {
      const manifest = attestations();
      change(manifest);
      const bytes = Buffer.from(JSON.stringify(manifest));
      const stored: Stored = { bytes, mediaType: IMAGE_MANIFEST };
      const repository = emptyRepository();
      repository.tags.set(`${SUBJECT.replace(':', '-')}.sig`, stored);
      for (const { digest } of manifest.layers) repository.blobs.set(digest, blob(digest));
      if (manifest.artifactType !== undefined) {
        repository.manifests.set(digestOf(bytes), stored);
        const descriptor = { mediaType: IMAGE_MANIFEST, digest: digestOf(bytes), size: bytes.length };
        const index = {
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.index.v1+json',
          manifests: [{ ...descriptor, artifactType: BUNDLE }],
        };
        repository.referrers = { bytes: Buffer.from(JSON.stringify(index)), mediaType: index.mediaType };
      }
      const anybody = /./;
      const signedBy: SignedBy = {
        kind: 'keyless',
        ctLogVerify: true,
        identities: [
          {
            issuer: exactMatcher('https://token.actions.githubusercontent.com'),
            identity: { kind: 'anywhere', text: anybody.source, matches: (value) => anybody.test(value) },
          },
        ],
      };
      const { trust, now } = material();
      const { verdict } = await examine(repository, { digest: SUBJECT, signedBy, trust, now });
      expect(verdict.kind).toBe('rejected');
      if (verdict.kind === 'rejected') expect(verdict.reasons.map(({ code }) => code)).toContain(expected);
    });
  },
);
