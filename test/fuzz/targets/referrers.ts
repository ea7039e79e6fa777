import * as fc from 'fast-check';
import { isDigest } from '../../../src/registry/digest.ts';
import { isUnsupported, nextPage, readReferrers } from '../../../src/registry/referrers-page.ts';
import { parseStrictJson } from '../../../src/strict-json.ts';
import { accepted } from '../accepted.ts';
import { editedJson } from '../json-edits.ts';
import { bytesOf, type FuzzTarget, must, textOf } from '../target.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const digest = (byte: string) => `sha256:${byte.repeat(32)}`;
const descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digest('ab'),
  size: 1_024,
  artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  annotations: { 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' },
};
const HONEST = [
  { schemaVersion: 2, mediaType: INDEX, manifests: [descriptor] },
  { schemaVersion: 2, mediaType: INDEX, manifests: [] },
  { schemaVersion: 2, manifests: [descriptor, { ...descriptor, digest: digest('cd'), annotations: {} }] },
].map((page) => JSON.stringify(page));
const TOKENS = [
  INDEX,
  digest('ef'),
  'sha256:',
  'sha512:',
  'digest',
  'manifests',
  'application/vnd.oci.empty.v1+json',
  '../../x',
];

/** A page of the referrers API. The input is JSON: status, media type, body. */
export const referrers: FuzzTarget = {
  name: 'referrers',
  stages: ['JSON', 'page', 'descriptors'],
  inputs: fc
    .tuple(
      fc.oneof(
        { arbitrary: fc.constant(200), weight: 19 },
        { arbitrary: fc.constantFrom(404, 400, 501, 206), weight: 1 },
      ),
      fc.oneof(
        { arbitrary: fc.constant(INDEX), weight: 19 },
        {
          arbitrary: fc.constantFrom('text/html', '', `${INDEX}; charset=utf-8`, 'APPLICATION/JSON'),
          weight: 1,
        },
      ),
      editedJson(HONEST, TOKENS),
    )
    .map(([status, type, text]) => JSON.stringify([status, type, textOf(Buffer.from(text))])),
  check(input, reached) {
    const [status, type, text]: [number, string, string] = JSON.parse(input);
    const body = bytesOf(text);
    const url = new URL('https://registry.example/v2/repository/referrers/x');
    const response = { url, status, headers: { 'content-type': type }, body };
    if (accepted(() => parseStrictJson(body)) !== undefined) reached('JSON');
    if (isUnsupported(response)) return;
    must(nextPage(response, url, url) === undefined, 'there is a next page without a link');
    const listed = accepted(() => readReferrers(response));
    if (listed === undefined) return;
    reached('page');
    for (const each of listed) {
      if ('unusable' in each) continue;
      reached('descriptors');
      must(isDigest(each.digest), 'a descriptor has a digest that is none');
      must(Number.isSafeInteger(each.size) && each.size >= 0, 'a descriptor has a size that is none');
      must(
        Object.values(each.annotations ?? {}).every((value) => typeof value === 'string'),
        'an annotation is no text',
      );
    }
  },
};
