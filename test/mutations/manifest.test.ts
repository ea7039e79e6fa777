import { describe, expect, it } from 'vitest';
import type { CandidateContent } from '../../src/cosign/candidate.ts';
import { exactMatcher } from '../../src/policy/matcher.ts';
import type { SignedBy } from '../../src/policy/trust-policy.ts';
import { digestOf } from '../../src/registry/digest.ts';
import { compileTrust } from '../../src/sigstore/trust-material.ts';
import type { Verdict } from '../../src/verdict.ts';
import { type LabCase, labCase, labKeys, labTrust } from '../support/lab-material.ts';
import { jsonMutations, type TextMutation } from './json-mutations.ts';
import { publicMaterials, shared } from './material.ts';
import {
  type ExaminedSubject,
  emptyRepository,
  examine,
  labRepository,
  type Stored,
  type StoredRepository,
  withReferrersApi,
} from './memory-registry.ts';

/**
 * Nobody signs a manifest or a listing, so much of them may be changed. What must hold: whatever was changed, a verdict
 * is `verified` only where the very signature was found that the signer made.
 */

/** What else a changed manifest may come to. */
const CODES = [
  'SIGNATURE_NOT_FOUND',
  'SIGNATURE_MALFORMED',
  'SUBJECT_MISMATCH',
  'ATTESTATION_ONLY',
  'LIMIT_EXCEEDED',
  'REGISTRY_RESPONSE_INVALID',
  // Annotations of a layer are the signature itself.
  'SIGNATURE_INVALID',
  'KEY_MISMATCH',
  'SIGNER_KIND_MISMATCH',
  'LOG_ENTRY_MISSING',
  'LOG_ENTRY_MISMATCH',
  'LOG_ENTRY_INVALID',
  'LOG_UNTRUSTED',
  'CERTIFICATE_INVALID',
  'CERTIFICATE_EXPIRED',
  'TIMESTAMP_MISSING',
];

/** What is said of a verdict that is not `verified`. */
function codeOf(verdict: Verdict): string {
  if (verdict.kind === 'verified') return 'VERIFIED';
  return verdict.kind === 'rejected' ? verdict.reasons[0].code : verdict.cause.code;
}

function subjectOf({ digest, signers, log }: LabCase): ExaminedSubject {
  const [signer] = signers;
  const keyed = signer !== undefined && 'key' in signer;
  const signedBy: SignedBy =
    signer === undefined || 'key' in signer
      ? { kind: 'keys', keys: labKeys }
      : {
          kind: 'keyless',
          ctLogVerify: true,
          identities: [{ issuer: exactMatcher(signer.issuer), identity: exactMatcher(signer.identity) }],
        };
  return {
    digest,
    signedBy,
    trust: compileTrust(labTrust({ keys: keyed ? labKeys : [], transparencyLog: log !== 'none' })),
    now: Date.parse('2027-01-01T00:00:00Z'),
  };
}

/** A manifest or listing that carries a signature, and how another one is put into its place. */
interface Place {
  readonly what: string;
  readonly stored: Stored;
  readonly put: (changed: Stored) => StoredRepository;
}

function textOf({ bytes }: Stored): string {
  return Buffer.from(bytes).toString('utf8');
}

/** Tags and listings as they are, with other bytes; manifests by digest under the digest that they then have. */
function placesOf(repository: StoredRepository, subject: string): readonly Place[] {
  const tag = subject.replace(':', '-');
  const byTag = [...repository.tags]
    .filter(([name]) => name === `${tag}.sig` || name === tag)
    .map(
      ([name, stored]): Place => ({
        what: `the tag ${name === tag ? 'of the listing' : '.sig'}`,
        stored,
        put: (changed) => ({ ...repository, tags: new Map(repository.tags).set(name, changed) }),
      }),
    );
  const { referrers } = repository;
  const listing: Place[] =
    referrers === undefined
      ? []
      : [
          {
            what: 'the referrers API',
            stored: referrers,
            put: (changed) => ({ ...repository, referrers: changed }),
          },
        ];
  const listings = [...listing, ...byTag.filter(({ what }) => what.endsWith('listing'))];
  const attached = [...repository.manifests]
    .filter(([, stored]) => JSON.parse(textOf(stored)).subject?.digest === subject)
    .map(
      ([digest, stored]): Place => ({
        what: 'the manifest that is attached',
        stored,
        put: (changed) => relisted(repository, listings, digest, changed),
      }),
    );
  return [...listing, ...byTag, ...attached];
}

function relisted(
  repository: StoredRepository,
  listings: readonly Place[],
  digest: string,
  changed: Stored,
): StoredRepository {
  const manifests = new Map(repository.manifests).set(digestOf(changed.bytes), changed);
  const [place] = listings;
  if (place === undefined) return { ...repository, manifests };
  const text = textOf(place.stored).replaceAll(digest, digestOf(changed.bytes));
  return { ...place.put({ ...place.stored, bytes: Buffer.from(text) }), manifests };
}

function mutationsOf(stored: Stored): readonly (TextMutation & { readonly mediaType: string })[] {
  const text = textOf(stored);
  const other =
    stored.mediaType === 'application/vnd.oci.image.manifest.v1+json'
      ? 'application/vnd.oci.image.index.v1+json'
      : 'application/vnd.oci.image.manifest.v1+json';
  const types = [
    other,
    'application/json',
    'text/html',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    '',
  ];
  return [
    ...types.map((mediaType) => ({ field: 'Content-Type', change: mediaType, text, mediaType })),
    ...jsonMutations(text, { flips: 3 }).map((mutation) => ({ ...mutation, mediaType: stored.mediaType })),
  ];
}

/** Equal where everything is that a signature needs, to the white space around it. */
function essenceOf(content: CandidateContent): string {
  if (content.kind === 'bundle') return Buffer.from(content.bytes).toString('latin1');
  const { signature, certificate, bundle } = content.annotations;
  return JSON.stringify([
    Buffer.from(content.payload).toString('latin1'),
    signature,
    certificate?.trim(),
    bundle?.trim(),
  ]);
}

interface Examination {
  readonly name: string;
  readonly repository: StoredRepository;
  readonly subject: ExaminedSubject;
}

/** @returns what should not have come of a mutation */
async function complaintsAbout({ repository, subject }: Examination): Promise<string[]> {
  const honest = await examine(repository, subject);
  expect(codeOf(honest.verdict)).toBe('VERIFIED');
  const essences = new Set(honest.found.map(essenceOf));
  const complaints: string[] = [];
  let mutations = 0;
  for (const place of placesOf(repository, subject.digest)) {
    for (const { field, change, text, mediaType } of mutationsOf(place.stored)) {
      mutations += 1;
      const changed = await examine(place.put({ bytes: Buffer.from(text), mediaType }), subject);
      const code = codeOf(changed.verdict);
      const isFitting =
        code === 'VERIFIED'
          ? changed.found.some((content) => essences.has(essenceOf(content)))
          : CODES.includes(code);
      if (!isFitting) complaints.push(`${place.what}: ${field || 'the whole'}, ${change}: ${code}`);
    }
  }
  expect(mutations).toBeGreaterThan(100);
  return complaints;
}

function labExamination(name: string, referrersApi: boolean): Examination {
  const found = labCase(name);
  const repository = labRepository(found.repository);
  return {
    name: `${name}, ${referrersApi ? 'with' : 'without'} a referrers API`,
    repository: referrersApi ? withReferrersApi(repository, found.digest) : repository,
    subject: subjectOf(found),
  };
}

function publicExaminations(): readonly Examination[] {
  const material = publicMaterials().find(({ content }) => content.kind === 'simple-signing');
  if (material === undefined || material.content.kind !== 'simple-signing') return [];
  const repository = emptyRepository();
  repository.blobs.set(digestOf(material.content.payload), material.content.payload);
  repository.tags.set(`${material.subject.replace(':', '-')}.sig`, {
    bytes: shared('image-legacy-connaisseur/signature-manifest.json'),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
  });
  const signer = {
    issuer: exactMatcher('https://github.com/login/oauth'),
    identity: exactMatcher('philipp.belitz@securesystems.de'),
  };
  const signedBy: SignedBy = { kind: 'keyless', ctLogVerify: true, identities: [signer] };
  const subject = { digest: material.subject, signedBy, trust: material.trust, now: material.now };
  return [{ name: material.name, repository, subject }];
}

describe('a changed manifest or listing leads to the very signature, or to none', () => {
  it.each([
    labExamination('b-email-rekor2', false),
    labExamination('b-key-bare', true),
    labExamination('b-key-rekor1', false),
    labExamination('l-email-rekor1', false),
    labExamination('l-key-rekor1', true),
    labExamination('l-key-oci11', false),
    labExamination('l-key-oci11', true),
    labExamination('v2-email-rekor1tsa', true),
    ...publicExaminations(),
  ])('$name', async (examination) => {
    expect(await complaintsAbout(examination)).toEqual([]);
  });
});
