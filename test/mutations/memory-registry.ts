import { readFileSync } from 'node:fs';
import type { Clock } from '../../src/clock.ts';
import type { CandidateContent } from '../../src/cosign/candidate.ts';
import { CountersignError } from '../../src/errors.ts';
import { createTrustPolicy, type SignedBy } from '../../src/policy/trust-policy.ts';
import type { RegistryAccess } from '../../src/registry/access.ts';
import type { CallContext, RegistryClient } from '../../src/registry/client.ts';
import type { Manifest } from '../../src/registry/descriptor.ts';
import { type Digest, digestOf, isDigest } from '../../src/registry/digest.ts';
import { anonymousCredentials } from '../../src/registry/docker-config.ts';
import { readManifest } from '../../src/registry/manifest-body.ts';
import { isUnsupported, readReferrers } from '../../src/registry/referrers-page.ts';
import type { RegistryResponse } from '../../src/registry/response.ts';
import type { VerificationOutcome } from '../../src/sigstore/outcome.ts';
import type { CompiledTrust } from '../../src/sigstore/trust-material.ts';
import type { Verdict } from '../../src/verdict.ts';
import { createSubjectVerifier } from '../../src/verification/subject-verifier.ts';
import { verifyContent } from '../../src/verification/verify-content.ts';

export interface Stored {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** One repository of a registry that is up to no good. Everything in it can be changed. */
export interface StoredRepository {
  readonly tags: Map<string, Stored>;
  readonly manifests: Map<string, Stored>;
  readonly blobs: Map<string, Uint8Array>;
  /** What the referrers API answers; undefined: there is none. */
  referrers: Stored | undefined;
}

export function emptyRepository(): StoredRepository {
  return { tags: new Map(), manifests: new Map(), blobs: new Map(), referrers: undefined };
}

const INDEX = 'application/vnd.oci.image.index.v1+json';
const LAB = new URL('../fixtures/cosign-lab/', import.meta.url);

/** A repository as cosign filled it, on a registry without a referrers API. */
export function labRepository(repository: string): StoredRepository {
  const { tags, manifests } = JSON.parse(readFileSync(new URL('repositories.json', LAB), 'utf8'))[repository];
  const stored = emptyRepository();
  for (const [digest, mediaType] of Object.entries<string>(manifests)) {
    const bytes = labBlob(digest);
    stored.manifests.set(digest, { bytes, mediaType });
    for (const { digest: blob } of JSON.parse(bytes.toString('utf8')).layers ?? []) {
      stored.blobs.set(blob, labBlob(blob));
    }
  }
  for (const [tag, digest] of Object.entries<string>(tags)) {
    const manifest = stored.manifests.get(digest);
    if (manifest !== undefined) stored.tags.set(tag, manifest);
  }
  return stored;
}

function labBlob(digest: string): Buffer {
  return readFileSync(new URL(`blobs/${digest.replace('sha256:', '')}`, LAB));
}

/** The listing of a fallback tag, as the referrers API would give it. */
export function withReferrersApi(repository: StoredRepository, subject: Digest): StoredRepository {
  const { [subject.replace(':', '-')]: listing, ...tags } = Object.fromEntries(repository.tags);
  const empty = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }));
  return {
    ...repository,
    tags: new Map(Object.entries(tags)),
    referrers: listing ?? { bytes: empty, mediaType: INDEX },
  };
}

/** A registry client without a network: the same parsers, the same checks, the bytes of a repository. */
export function memoryClient(repository: StoredRepository): RegistryClient {
  const { tags, manifests, blobs } = repository;
  return {
    resolve: async () => undefined,
    manifest: async (_access, _repository, reference): Promise<Manifest | undefined> => {
      const stored = isDigest(reference) ? manifests.get(reference) : tags.get(reference);
      if (stored === undefined) return undefined;
      if (isDigest(reference) && digestOf(stored.bytes) !== reference) {
        throw new CountersignError('REGISTRY_RESPONSE_INVALID', `the registry lies about ${reference}`);
      }
      return readManifest(responseOf(stored));
    },
    blob: async (_access, _repository, { digest, size }) => {
      const bytes = blobs.get(digest);
      if (bytes !== undefined && (bytes.length !== size || digestOf(bytes) !== digest)) {
        throw new CountersignError('REGISTRY_RESPONSE_INVALID', `the registry lies about ${digest}`);
      }
      return bytes;
    },
    referrers: async () => {
      if (repository.referrers === undefined) return undefined;
      const response = responseOf(repository.referrers);
      return isUnsupported(response) ? undefined : readReferrers(response);
    },
  };
}

export function responseOf({ bytes, mediaType }: Stored): RegistryResponse {
  return {
    url: new URL('https://registry.example/v2/repository/manifests/reference'),
    status: 200,
    headers: { 'content-type': mediaType },
    body: bytes,
  };
}

export interface Examined {
  readonly verdict: Verdict;
  /** Every signature that was found, in the order in which it was judged. */
  readonly found: readonly CandidateContent[];
}

export interface ExaminedSubject {
  readonly digest: Digest;
  readonly signedBy: SignedBy;
  readonly trust: CompiledTrust;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface ExamineOptions {
  /** Default: `memoryClient`. */
  readonly client?: RegistryClient;
  /** Default: `any`. */
  readonly enforcement?: 'any' | 'all';
}

const access: RegistryAccess = {
  host: 'registry.example',
  endpoint: new URL('https://registry.example'),
  allowPrivate: false,
  privateHosts: new Set(),
  plainHosts: new Set(),
  credentials: anonymousCredentials,
  cosignEnabled: true,
  fingerprint: 'memory',
};

/** Finds, verifies and judges as the provider does, in this thread. */
export async function examine(
  repository: StoredRepository,
  subject: ExaminedSubject,
  { client = memoryClient(repository), enforcement = 'any' }: ExamineOptions = {},
): Promise<Examined> {
  const { digest, signedBy, trust, now } = subject;
  const found: CandidateContent[] = [];
  const clock: Clock = { now: () => now, monotonic: () => 0 };
  const verify = createSubjectVerifier({
    client,
    clock,
    signatures: {
      verify: async (content): Promise<VerificationOutcome> => {
        found.push(content);
        return verifyContent(content, digest, () => trust, now);
      },
      close: async () => {},
    },
  });
  const policy = createTrustPolicy({
    name: 'p',
    verifier: { kind: 'Verifier', name: 'v' },
    scopes: ['*'],
    signedBy,
    tLogVerify: trust.transparencyLog,
    requireDigest: false,
  });
  const call: CallContext = { signal: new AbortController().signal, budget: { take: () => {} } };
  const { verdict } = await verify(
    { repository: { host: 'registry.example', path: 'repository' }, digest, access },
    {
      kind: 'governed',
      scope: '*',
      policies: [policy],
      enforcement,
      access,
      requireDigest: false,
      fingerprint: 'f',
    },
    call,
  );
  return { verdict, found };
}
