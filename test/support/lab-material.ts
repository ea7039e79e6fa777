import { readFileSync } from 'node:fs';
import type { CandidateContent } from '../../src/cosign/candidate.ts';
import { readAnnotations, type SignatureManifest } from '../../src/cosign/signature-manifest.ts';
import { type Digest, parseDigest } from '../../src/registry/digest.ts';
import type { TrustSpec } from '../../src/sigstore/outcome.ts';

const FOLDER = new URL('../fixtures/cosign-lab/', import.meta.url);

type LabSigner = { readonly issuer: string; readonly identity: string } | { readonly key: string };

export interface LabCase {
  readonly case: string;
  readonly repository: string;
  readonly digest: Digest;
  readonly kind: 'signature' | 'attestation' | 'signatures and attestation';
  readonly form: string;
  /** The program that signed. */
  readonly signedBy: string;
  readonly signers: readonly LabSigner[];
  readonly log: 'none' | 'rekor v1' | 'rekor v2' | 'rekor v1 and v2';
  readonly timestamp: boolean;
  readonly predicateType?: string;
}

interface LabManifest {
  readonly artifactType?: string;
  readonly subject?: { readonly digest: string };
  readonly layers?: SignatureManifest['layers'];
}

export const labTrustedRoot: string = readText('trusted_root.json');
const labPublicKey: string = readText('cosign.pub');

export function labCases(): readonly LabCase[] {
  return JSON.parse(readText('cases.json'));
}

export function labCase(name: string): LabCase {
  const found = labCases().find((entry) => entry.case === name);
  if (found === undefined) throw new Error(`the lab has no case ${name}`);
  return found;
}

/** Everything in the case's repository that is attached to `digest`: layers of `.sig` and `.att` manifests, referrers. */
export function labContents({ repository, digest }: LabCase): readonly CandidateContent[] {
  const stored = JSON.parse(readText('repositories.json'))[repository];
  const contents: CandidateContent[] = [];
  for (const manifestDigest of Object.keys(stored.manifests)) {
    const manifest: LabManifest = JSON.parse(readBlob(manifestDigest).toString('utf8'));
    const tag = `${digest.replace(':', '-')}.sig`;
    if (manifest.subject?.digest !== digest && stored.tags[tag] !== manifestDigest) continue;
    for (const layer of manifest.layers ?? []) contents.push(contentOf(layer));
  }
  return contents;
}

/** The trust that fits a lab case; overridden to make one that doesn't. */
export function labTrust(overrides: Partial<TrustSpec> = {}): TrustSpec {
  const spec = {
    trustedRoot: labTrustedRoot,
    keys: [],
    transparencyLog: true,
    certificateTransparency: true,
    ...overrides,
  };
  return { fingerprint: JSON.stringify(spec), ...spec };
}

export const labKeys: TrustSpec['keys'] = [{ name: 'lab/cosign.pub', pem: labPublicKey }];

export function otherDigest(): Digest {
  return parseDigest(`sha256:${'0'.repeat(64)}`);
}

function contentOf(layer: SignatureManifest['layers'][number]): CandidateContent {
  const bytes = new Uint8Array(readBlob(layer.digest));
  if (layer.mediaType.startsWith('application/vnd.dev.sigstore.bundle')) return { kind: 'bundle', bytes };
  return { kind: 'simple-signing', payload: bytes, annotations: readAnnotations(layer) };
}

function readText(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

function readBlob(digest: string): Buffer {
  return readFileSync(new URL(`blobs/${digest.replace('sha256:', '')}`, FOLDER));
}
