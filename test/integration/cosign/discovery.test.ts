import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/cosign/candidate.ts';
import { discover } from '../../../src/cosign/discovery.ts';
import { errorAnswer, jsonAnswer } from '../../../src/demo/registry/answer.ts';
import {
  createDemoRegistry,
  type DemoRegistry,
  type Fault,
} from '../../../src/demo/registry/demo-registry.ts';
import { type Place, publishImage } from '../../../src/demo/registry/image.ts';
import type { RegistryRequest } from '../../../src/demo/registry/registry-request.ts';
import { createDemoSigstore } from '../../../src/demo/sigstore/demo-sigstore.ts';
import { publishBundle, publishLegacy } from '../../../src/demo/sigstore/publish.ts';
import { generateSigningKey } from '../../../src/demo/sigstore/signing-key.ts';
import { limits } from '../../../src/limits.ts';
import { createByteBudget } from '../../../src/registry/byte-budget.ts';
import { parseDigest } from '../../../src/registry/digest.ts';
import { createRegistryClient } from '../../../src/registry/http-client.ts';
import { accessTo } from '../../support/registry-access.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

const client = createRegistryClient({ version: 'test' });
const sigstore = createDemoSigstore();
const key = generateSigningKey();
const registries: DemoRegistry[] = [];

let fault: (request: RegistryRequest) => Fault | undefined = () => undefined;

async function start(referrersApi: boolean): Promise<DemoRegistry> {
  const registry = createDemoRegistry({ referrersApi, onRequest: (request) => fault(request) });
  await registry.start();
  registries.push(registry);
  return registry;
}

let withApi: DemoRegistry;
let withoutApi: DemoRegistry;

beforeAll(async () => {
  withApi = await start(true);
  withoutApi = await start(false);
});

afterAll(async () => {
  await client.close();
  await Promise.all(registries.map((registry) => registry.close()));
});

let images = 0;

function newImage(registry: DemoRegistry): Place & { digest: string } {
  const place = { registry, repository: `app-${++images}` };
  return { ...place, digest: publishImage(place, place.repository).digest };
}

function sign(place: Place & { digest: string }): void {
  publishBundle(place, place.digest, sigstore.signBundle({ digest: place.digest, key }));
}

async function find(place: Place & { digest: string }, cosignEnabled = true): Promise<Finding[]> {
  const findings: Finding[] = [];
  const { host } = place.registry;
  await discover(
    client,
    {
      repository: { host, path: place.repository },
      digest: parseDigest(place.digest),
      access: accessTo(place.registry.url, { host, cosignEnabled }),
    },
    { signal: AbortSignal.timeout(20_000), budget: createByteBudget(limits.subjectBytes) },
    (finding) => findings.push(finding),
  );
  return findings;
}

function push(place: Place, manifest: object, tag?: string): string {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, ...manifest }));
  return place.registry.push(place.repository, {
    bytes,
    mediaType: MANIFEST,
    ...(tag !== undefined && { tag }),
  }).digest;
}

const tagOf = ({ digest }: { digest: string }) => digest.replace(':', '-');

const kinds = (findings: readonly Finding[]) => findings.map(({ kind }) => kind).toSorted();

describe('discover', () => {
  it('an unsigned image: nothing, and nothing failed', async () => {
    expect(await find(newImage(withApi))).toEqual([]);
    expect(await find(newImage(withoutApi))).toEqual([]);
  });

  it.each([true, false])('every layer of the .sig tag and every bundle, referrers API %s', async (api) => {
    const place = newImage(api ? withApi : withoutApi);
    const { digest, repository } = place;
    const legacy = () => sigstore.signLegacy({ digest, dockerReference: repository, key });
    publishLegacy(place, digest, [legacy(), legacy()]);
    sign(place);
    const sources = (await find(place)).map((finding) =>
      finding.kind === 'candidate'
        ? `${finding.candidate.source.path} ${finding.candidate.content.kind}`
        : finding.kind,
    );
    expect(sources.toSorted()).toEqual([
      ...(api ? [] : ['fallback-tag bundle']),
      ...(api ? ['referrers-api bundle'] : []),
      'signature-tag simple-signing',
      'signature-tag simple-signing',
    ]);
  });

  it('cosignEnabled: false leaves the .sig tag alone', async () => {
    const place = newImage(withApi);
    const { digest, repository } = place;
    publishLegacy(place, digest, [sigstore.signLegacy({ digest, dockerReference: repository, key })]);
    expect(await find(place, false)).toEqual([]);
  });

  it('listed by the referrers API and by the fallback tag: once', async () => {
    const place = newImage(withApi);
    sign(place);
    const index = await fetch(`${withApi.url}/v2/${place.repository}/referrers/${place.digest}`);
    const bytes = Buffer.from(await index.arrayBuffer());
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    withApi.push(place.repository, { bytes, mediaType, tag: place.digest.replace(':', '-') });
    expect(kinds(await find(place))).toEqual(['candidate']);
  });

  it('C8: a listed signature that names another subject, or none, is one of another image', async () => {
    const place = newImage(withoutApi);
    const other = newImage(withoutApi);
    const layers = [withoutApi.pushBlob(Buffer.from('{}'), BUNDLE)];
    const subject = { mediaType: MANIFEST, digest: other.digest, size: 1 };
    const listed = [
      push(place, { artifactType: BUNDLE, layers, subject }),
      push(place, { artifactType: BUNDLE, layers }),
    ];
    const manifests = listed.map((digest) => ({ mediaType: MANIFEST, digest, size: 1 }));
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    withoutApi.push(place.repository, { bytes: index, mediaType, tag: place.digest.replace(':', '-') });
    expect(kinds(await find(place))).toEqual(['malformed', 'malformed']);
  });

  it('C8: a .sig tag that is an index, a bundle manifest with two layers: malformed', async () => {
    const place = newImage(withApi);
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [] }));
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    withApi.push(place.repository, { bytes, mediaType, tag: `${place.digest.replace(':', '-')}.sig` });
    const layer = withApi.pushBlob(Buffer.from('{}'), BUNDLE);
    const subject = { mediaType: MANIFEST, digest: place.digest, size: 1 };
    push(place, { artifactType: BUNDLE, layers: [layer, layer], subject });
    const findings = await find(place);
    expect(findings).toHaveLength(2);
    for (const finding of findings) {
      expect(finding).toMatchObject({ kind: 'malformed', reason: { code: 'SIGNATURE_MALFORMED' } });
    }
  });

  it('a large attestation is passed over by its hint, a large signature is malformed', async () => {
    const place = newImage(withApi);
    const layers = [withApi.pushBlob(Buffer.alloc(limits.bundle + 1), BUNDLE)];
    const subject = { mediaType: MANIFEST, digest: place.digest, size: 1 };
    const annotations = { 'dev.sigstore.bundle.predicateType': 'https://spdx.dev/Document' };
    push(place, { artifactType: BUNDLE, layers, subject, annotations });
    push(place, { artifactType: BUNDLE, layers, subject });
    const findings = await find(place);
    expect(kinds(findings)).toEqual(['malformed', 'passed-over']);
    expect(findings).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) }),
    );
  });

  it('E1: more signatures than are read: the limit is reported once', async () => {
    const place = newImage(withApi);
    const payload = withApi.pushBlob(Buffer.from('{}'));
    const layer = { ...payload, mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' };
    push(place, { layers: Array(1_000).fill(layer) }, `${place.digest.replace(':', '-')}.sig`);
    const findings = await find(place);
    expect(findings.filter(({ kind }) => kind === 'candidate')).toHaveLength(limits.signatures);
    expect(findings.filter(({ kind }) => kind !== 'candidate')).toMatchObject([
      { kind: 'malformed', reason: { code: 'LIMIT_EXCEEDED' } },
    ]);
  });

  it.each([
    ['bytes', Array(2).fill('x'.repeat(limits.signatureManifest / 2)), 'malformed', 'LIMIT_EXCEEDED'],
    ['values', Array(limits.jsonValues).fill({}), 'failure', 'REGISTRY_RESPONSE_INVALID'],
  ])('E6: a referrer of too many %s is not read', async (_, layers, kind, code) => {
    const place = newImage(withApi);
    sign(place);
    push(place, {
      artifactType: BUNDLE,
      layers,
      subject: { mediaType: MANIFEST, digest: place.digest, size: 1 },
    });
    const findings = await find(place);
    expect(kinds(findings)).toEqual(['candidate', kind]);
    expect(findings).toContainEqual(
      expect.objectContaining({ kind, reason: expect.objectContaining({ code }) }),
    );
  });

  describe.each(['referrers-api', 'fallback-tag'])('an entry of the %s', (path) => {
    /** What `entries` besides an honest signature lead to. */
    async function findBeside(...entries: readonly unknown[]): Promise<Finding[]> {
      const place = newImage(path === 'referrers-api' ? withApi : withoutApi);
      sign(place);
      const listing = path === 'referrers-api' ? `referrers/${place.digest}` : `manifests/${tagOf(place)}`;
      const { manifests } = (await (
        await fetch(`${place.registry.url}/v2/${place.repository}/${listing}`)
      ).json()) as { manifests: unknown[] };
      const body = JSON.stringify({
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: [...entries, ...manifests],
      });
      if (path === 'fallback-tag') {
        const bytes = Buffer.from(body);
        place.registry.push(place.repository, { bytes, mediaType: INDEX, tag: tagOf(place) });
        return find(place);
      }
      fault = ({ target }) =>
        target.kind === 'referrers' ? { status: 200, headers: { 'content-type': INDEX }, body } : undefined;
      try {
        return await find(place);
      } finally {
        fault = () => undefined;
      }
    }
    const sha512 = `sha512:${'ab'.repeat(64)}`;

    it('that has a digest of another registered algorithm is passed over, the rest counts', async () => {
      const entry = { mediaType: MANIFEST, digest: sha512, size: 1, artifactType: 'application/x' };
      const findings = await findBeside(entry);
      expect(kinds(findings)).toEqual(['candidate', 'passed-over']);
      expect(findings).toContainEqual({
        kind: 'passed-over',
        manifest: sha512,
        artifactType: 'application/x',
      });
    });

    it.each([
      ['is no object', 'x'],
      ['has no digest', { mediaType: MANIFEST, size: 1 }],
      ['has a digest that is none', { mediaType: MANIFEST, digest: '../../x', size: 1 }],
      ['has a digest of no algorithm', { mediaType: MANIFEST, digest: `sha1:${'ab'.repeat(20)}`, size: 1 }],
      ['has too short a digest', { mediaType: MANIFEST, digest: sha512.slice(0, -1), size: 1 }],
      ['has no size', { mediaType: MANIFEST, digest: sha512 }],
    ])('that %s is one malformed signature, the rest counts', async (_, entry) => {
      const findings = await findBeside(entry);
      expect(kinds(findings)).toEqual(['candidate', 'malformed']);
      expect(findings).toContainEqual(
        expect.objectContaining({ reason: expect.objectContaining({ code: 'SIGNATURE_MALFORMED' }) }),
      );
    });

    it('E1: that is one too many: none is read', async () => {
      const entry = { mediaType: MANIFEST, digest: sha512, size: 1 };
      const findings = await findBeside(...Array(limits.referrers).fill(entry));
      expect(findings).toMatchObject([
        { kind: 'malformed', source: { path }, reason: { code: 'LIMIT_EXCEEDED' } },
      ]);
    });
  });

  it.each([
    ['referrers', 'referrers-api'],
    ['signature tag', 'signature-tag'],
    ['fallback tag', 'fallback-tag'],
  ])('C9: an error of the %s is a failed path, and the others are heard', async (_, path) => {
    const place = newImage(withApi);
    sign(place);
    const asks = ({ target }: RegistryRequest) => {
      if (target.kind === 'referrers') return path === 'referrers-api';
      if (target.kind !== 'manifest' || !target.reference.startsWith('sha256-')) return false;
      return target.reference.endsWith('.sig') === (path === 'signature-tag') && path !== 'referrers-api';
    };
    fault = (request) => (asks(request) ? errorAnswer(403, 'DENIED', 'no') : undefined);
    try {
      const findings = await find(place);
      expect(findings).toContainEqual(
        expect.objectContaining({
          kind: 'failure',
          path,
          reason: expect.objectContaining({ code: 'REGISTRY_UNAUTHORIZED' }),
        }),
      );
      expect(kinds(findings)).toEqual(path === 'referrers-api' ? ['failure'] : ['candidate', 'failure']);
    } finally {
      fault = () => undefined;
    }
  });

  it('an HTML page for the referrers API means that there is none', async () => {
    const place = newImage(withApi);
    fault = ({ target }) =>
      target.kind === 'referrers' ? jsonAnswer('<html>', { 'content-type': 'text/html' }) : undefined;
    try {
      expect(await find(place)).toEqual([]);
    } finally {
      fault = () => undefined;
    }
  });
});
