import { describe, expect, it } from 'vitest';
import type { RegistryClient } from '../../../src/registry/client.ts';
import { digestOf } from '../../../src/registry/digest.ts';
import { compileTrust } from '../../../src/sigstore/trust-material.ts';
import {
  examine,
  labRepository,
  memoryClient,
  type StoredRepository,
  withReferrersApi,
} from '../../mutations/memory-registry.ts';
import { labCase, labKeys, labTrust } from '../../support/lab-material.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

const { digest, repository } = labCase('b-key-bare');
const trust = compileTrust(labTrust({ keys: labKeys, transparencyLog: false }));
const subject = { digest, signedBy: { kind: 'keys', keys: labKeys } as const, trust, now: 0 };

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/**
 * An image with a good signature and a bad one, both listed by the referrers API, and what somebody who may write tags
 * adds: a fallback tag that says of the bad one that it is something else.
 */
function withHiddenSignature(): StoredRepository {
  const lab = withReferrersApi(labRepository(repository), digest);
  const blob = Buffer.from('{}');
  const bytes = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(blob), size: 2 },
    layers: [{ mediaType: BUNDLE, digest: digestOf(blob), size: blob.length }],
    subject: { mediaType: MANIFEST, digest, size: 1 },
  });
  const bad = { mediaType: MANIFEST, digest: digestOf(bytes), size: bytes.length };
  const listing = JSON.parse(Buffer.from(lab.referrers?.bytes ?? []).toString('utf8'));
  const honest = { ...listing, manifests: [...listing.manifests, { ...bad, artifactType: BUNDLE }] };
  const lie = { schemaVersion: 2, mediaType: INDEX, manifests: [{ ...bad, artifactType: 'application/x' }] };
  return {
    tags: new Map(lab.tags).set(digest.replace(':', '-'), { bytes: json(lie), mediaType: INDEX }),
    manifests: new Map(lab.manifests).set(bad.digest, { bytes, mediaType: MANIFEST }),
    blobs: new Map(lab.blobs).set(digestOf(blob), blob),
    referrers: { bytes: json(honest), mediaType: INDEX },
  };
}

/** The same client, on which one path answers after all others. */
function slow(client: RegistryClient, path: 'referrers API' | 'fallback tag'): RegistryClient {
  const later = () => new Promise((resolve) => setTimeout(resolve, 20));
  return {
    ...client,
    referrers: async (...asked) => {
      if (path === 'referrers API') await later();
      return client.referrers(...asked);
    },
    manifest: async (...asked) => {
      if (path === 'fallback tag' && asked[2] === digest.replace(':', '-')) await later();
      return client.manifest(...asked);
    },
  };
}

describe.each(['referrers API', 'fallback tag'] as const)('a slow %s', (path) => {
  const stored = withHiddenSignature();
  const client = slow(memoryClient(stored), path);

  it('all: a foreign type in the fallback tag hides no signature that the referrers API lists', async () => {
    const { verdict, found } = await examine(stored, subject, { client, enforcement: 'all' });
    expect(verdict).toMatchObject({ kind: 'rejected' });
    expect(found).toHaveLength(2);
  });

  it('any: the good one decides', async () => {
    const { verdict } = await examine(stored, subject, { client, enforcement: 'any' });
    expect(verdict).toMatchObject({ kind: 'verified' });
  });
});
