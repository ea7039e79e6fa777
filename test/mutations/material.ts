import { existsSync, readFileSync } from 'node:fs';
import type { CandidateContent } from '../../src/cosign/candidate.ts';
import { readAnnotations } from '../../src/cosign/signature-manifest.ts';
import { type Digest, digestOf, parseDigest } from '../../src/registry/digest.ts';
import type { VerificationOutcome } from '../../src/sigstore/outcome.ts';
import { type CompiledTrust, compileTrust } from '../../src/sigstore/trust-material.ts';
import { publicGoodTrustRoot } from '../../src/sigstore/trust-root.ts';
import { verifyContent } from '../../src/verification/verify-content.ts';
import { type LabCase, labCases, labContents, labKeys, labTrust } from '../support/lab-material.ts';

/** An honest signature, and what it is honest against. */
export interface Material {
  readonly name: string;
  readonly content: CandidateContent;
  readonly subject: Digest;
  readonly trust: CompiledTrust;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What proves it: a bare key has no certificate, and not every form has a log entry or a timestamp. */
  readonly keyed: boolean;
  readonly log: LabCase['log'];
  readonly timestamp: boolean;
  /** Equal for signatures that differ only in who signed what. */
  readonly form: string;
}

const SHARED = new URL('../../../shared/testdata/', import.meta.url);
export const hasPublicMaterial = existsSync(SHARED);

const LAB_NOW = Date.parse('2027-01-01T00:00:00Z');

export function judge({ subject, trust, now }: Material, content: CandidateContent): VerificationOutcome {
  return verifyContent(content, subject, () => trust, now);
}

/** Every form in which cosign wrote a signature: one material a signature. */
export function labMaterials(): readonly Material[] {
  return labCases()
    .filter(({ kind }) => kind === 'signature')
    .flatMap((labCase) => {
      const keyed = labCase.signers.every((signer) => 'key' in signer);
      const trust = compileTrust(
        labTrust({ keys: keyed ? labKeys : [], transparencyLog: labCase.log !== 'none' }),
      );
      return labContents(labCase).map((content) => ({
        name: labCase.case,
        content,
        subject: labCase.digest,
        trust,
        now: LAB_NOW,
        keyed,
        log: labCase.log,
        timestamp: labCase.timestamp,
        form: [labCase.form, labCase.signedBy, labCase.log, labCase.timestamp, keyed].join(' '),
      }));
    });
}

/** The first of each form. */
export function formsOf(materials: readonly Material[]): readonly Material[] {
  return [...Map.groupBy(materials, ({ form }) => form).values()].flatMap(([first]) => first ?? []);
}

/** What other projects signed in public; empty where it does not lie beside the repository. */
export function publicMaterials(): readonly Material[] {
  return hasPublicMaterial ? [connaisseur(), kubewarden()] : [];
}

const publicGood = {
  now: Date.parse('2026-11-20T00:00:00Z'),
  keyed: false,
  log: 'rekor v1',
} as const;

function publicGoodTrust(): CompiledTrust {
  return compileTrust({
    fingerprint: 'public-good',
    trustedRoot: publicGoodTrustRoot().json,
    keys: [],
    transparencyLog: true,
    certificateTransparency: true,
  });
}

function connaisseur(): Material {
  const manifest = JSON.parse(shared('image-legacy-connaisseur/signature-manifest.json').toString('utf8'));
  const payload = new Uint8Array(shared('image-legacy-connaisseur/payload.json'));
  return {
    ...publicGood,
    name: 'image-legacy-connaisseur',
    form: 'legacy',
    content: { kind: 'simple-signing', payload, annotations: readAnnotations(manifest.layers[0]) },
    subject: digestOf(shared('image-legacy-connaisseur/image-manifest.json')),
    trust: publicGoodTrust(),
    timestamp: false,
  };
}

function kubewarden(): Material {
  return {
    ...publicGood,
    name: 'image-bundle-v3-kubewarden',
    form: 'bundle',
    content: { kind: 'bundle', bytes: new Uint8Array(shared('image-bundle-v3-kubewarden/bundle.json')) },
    subject: parseDigest('sha256:c811d58de79c92f03214e63aa339484e488d694ae8a6283b5f3f17a9faf50172'),
    trust: publicGoodTrust(),
    timestamp: true,
  };
}

export function shared(path: string): Buffer {
  return readFileSync(new URL(path, SHARED));
}
