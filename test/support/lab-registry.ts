import { readFileSync } from 'node:fs';
import {
  createDemoRegistry,
  type DemoRegistry,
  type DemoRegistryOptions,
} from '../../src/demo/registry/demo-registry.ts';

/** One image of `test/fixtures/cosign-lab`, and what the real cosign attached to it. */
export interface LabCase {
  readonly case: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly kind: 'signature' | 'attestation' | 'signatures and attestation';
  readonly form: string;
  readonly signedBy: string;
  readonly signers: readonly ({ issuer: string; identity: string } | { key: string })[];
  readonly log: string;
  readonly timestamp: boolean;
  readonly predicateType?: string;
  readonly note?: string;
}

interface LabRepository {
  readonly tags: Readonly<Record<string, string>>;
  /** Digest → media type. */
  readonly manifests: Readonly<Record<string, string>>;
}

const FOLDER = new URL('../fixtures/cosign-lab/', import.meta.url);

/** What stands for the referrers API where there is none. */
const FALLBACK_TAG = /^sha256-[0-9a-f]{64}$/;

export function labCases(): readonly LabCase[] {
  return JSON.parse(labFile('cases.json')) as LabCase[];
}

/** Text of a file of the folder: `trusted_root.json`, `cosign.pub`. */
export function labFile(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

function labBlob(digest: string): Buffer {
  return readFileSync(new URL(`blobs/${digest.replace('sha256:', '')}`, FOLDER));
}

/** All images of the folder, not started. With the referrers API the fallback tags are left out; `.sig` and `.att` tags stay. */
export function createLabRegistry(options: DemoRegistryOptions = {}): DemoRegistry {
  const registry = createDemoRegistry(options);
  const repositories = JSON.parse(labFile('repositories.json')) as Record<string, LabRepository>;
  for (const [repository, { tags, manifests }] of Object.entries(repositories)) {
    for (const [digest, mediaType] of Object.entries(manifests)) {
      const names = Object.keys(tags).filter((tag) => tags[tag] === digest);
      if (registry.referrersApi && names.some((tag) => FALLBACK_TAG.test(tag))) continue;
      const bytes = labBlob(digest);
      registry.push(repository, { bytes, mediaType });
      for (const tag of names) registry.push(repository, { bytes, mediaType, tag });
      for (const content of contentOf(bytes)) registry.pushBlob(labBlob(content.digest));
    }
  }
  return registry;
}

/** Config and layers of a manifest; none for an index. */
function contentOf(manifest: Buffer): readonly { digest: string }[] {
  const { config, layers } = JSON.parse(manifest.toString('utf8'));
  return config === undefined ? [] : [config, ...layers];
}
