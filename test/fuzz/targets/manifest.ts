import * as fc from 'fast-check';
import { readFallbackIndex, readSignatureManifest } from '../../../src/cosign/signature-manifest.ts';
import { digestOf } from '../../../src/registry/digest.ts';
import { readManifest } from '../../../src/registry/manifest-body.ts';
import { compileTrust } from '../../../src/sigstore/trust-material.ts';
import { parseStrictJson } from '../../../src/strict-json.ts';
import {
  type ExaminedSubject,
  examine,
  labRepository,
  responseOf,
  type Stored,
  type StoredRepository,
} from '../../mutations/memory-registry.ts';
import { labCase, labKeys, labTrust } from '../../support/lab-material.ts';
import { accepted } from '../accepted.ts';
import { editedJson } from '../json-edits.ts';
import { bytesOf, type FuzzTarget, must, textOf } from '../target.ts';

const trust = compileTrust(labTrust({ keys: labKeys, transparencyLog: false }));

/** The manifest or index that is edited. */
interface Place {
  readonly repository: StoredRepository;
  readonly subject: ExaminedSubject;
  readonly stored: Stored;
  readonly put: (changed: Stored) => StoredRepository;
}

function placesOf(name: string): Place[] {
  const { digest, repository: stored } = labCase(name);
  const repository = labRepository(stored);
  const subject: ExaminedSubject = { digest, signedBy: { kind: 'keys', keys: labKeys }, trust, now: 0 };
  const tag = digest.replace(':', '-');
  const listing = repository.tags.get(tag);
  const byTag = [`${tag}.sig`, tag].flatMap((each): Place[] => {
    const found = repository.tags.get(each);
    const put = (changed: Stored) => ({ ...repository, tags: new Map(repository.tags).set(each, changed) });
    return found === undefined ? [] : [{ repository, subject, stored: found, put }];
  });
  const attached = [...repository.manifests].flatMap(([own, found]): Place[] => {
    if (listing === undefined || JSON.parse(textOf(found.bytes)).subject?.digest !== digest) return [];
    const put = (changed: Stored): StoredRepository => {
      const text = textOf(listing.bytes).replaceAll(own, digestOf(changed.bytes));
      return {
        ...repository,
        tags: new Map(repository.tags).set(tag, { ...listing, bytes: bytesOf(text) }),
        manifests: new Map(repository.manifests).set(digestOf(changed.bytes), changed),
      };
    };
    return [{ repository, subject, stored: found, put }];
  });
  return [...byTag, ...attached];
}

const PLACES = ['b-key-bare', 'l-key-bare', 'l-key-oci11'].flatMap(placesOf);
const TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const TOKENS = [
  ...TYPES,
  'application/vnd.dev.sigstore.bundle.v0.3+json',
  'application/vnd.dev.cosign.simplesigning.v1+json',
  'application/vnd.oci.empty.v1+json',
  'dev.cosignproject.cosign/signature',
  'https://sigstore.dev/cosign/sign/v1',
  `sha256:${'00'.repeat(32)}`,
  '../../x',
];

/** A manifest or an index with all that follows. The input is JSON: which place, its media type, its bytes. */
export const manifest: FuzzTarget = {
  name: 'manifest',
  stages: ['JSON', 'manifest', 'signature manifest', 'signature found', 'verified'],
  inputs: fc.nat({ max: PLACES.length - 1 }).chain((index) => {
    const stored = PLACES[index]?.stored ?? { bytes: Buffer.of(), mediaType: '' };
    const mediaType = fc.oneof(
      { arbitrary: fc.constant(stored.mediaType), weight: 9 },
      { arbitrary: fc.constantFrom(...TYPES), weight: 1 },
    );
    return fc
      .tuple(mediaType, editedJson([Buffer.from(stored.bytes).toString('utf8')], TOKENS))
      .map(([type, edited]) => JSON.stringify([index, type, textOf(Buffer.from(edited))]));
  }),
  async check(input, reached) {
    const [index, mediaType, text]: [number, string, string] = JSON.parse(input);
    const place = PLACES[index];
    if (place === undefined) throw new Error(`no place ${index}`);
    const changed = { bytes: bytesOf(text), mediaType };
    if (accepted(() => parseStrictJson(changed.bytes)) !== undefined) reached('JSON');
    const read = accepted(() => readManifest(responseOf(changed)));
    if (read !== undefined) {
      reached('manifest');
      const signature = accepted(() => readFallbackIndex(read) ?? readSignatureManifest(read));
      if (signature !== undefined) reached('signature manifest');
    }
    const { verdict, found } = await examine(place.put(changed), place.subject);
    if (found.length > 0) reached('signature found');
    if (verdict.kind !== 'verified') return;
    reached('verified');
    const blobs = [...place.repository.blobs.values()].map(textOf);
    const isHonest = found.some((content) =>
      blobs.includes(textOf(content.kind === 'bundle' ? content.bytes : content.payload)),
    );
    must(isHonest, 'an image verified by a signature that the repository does not hold');
  },
};
