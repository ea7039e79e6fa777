import { X509Certificate } from '@sigstore/core';
import { describe, expect, test } from 'vitest';
import { createDemoRegistry, type DemoRegistry } from '../../../../src/demo/registry/demo-registry.ts';
import { publishImage } from '../../../../src/demo/registry/image.ts';
import { createDemoSigstore } from '../../../../src/demo/sigstore/demo-sigstore.ts';
import { githubIdentity, type Identity } from '../../../../src/demo/sigstore/identity.ts';
import { publishBundle, publishLegacy } from '../../../../src/demo/sigstore/publish.ts';
import { generateSigningKey, type SigningKey } from '../../../../src/demo/sigstore/signing-key.ts';
import { createLabRegistry, labFile } from '../../../support/lab-registry.ts';

// What the real cosign wrote is the pattern: same fields in the same order, same types, same fixed values.

const lab = createLabRegistry({ referrersApi: false });
const sigstore = createDemoSigstore();
const REPOSITORY = 'team/app';

const ALICE: Identity = { issuer: 'https://accounts.test', subject: 'alice@example.com' };
const RELEASE = githubIdentity({ repository: 'acme/app', path: '.github/workflows/release.yml' });
const KEY: SigningKey = generateSigningKey();

type Json = Record<string, unknown>;

/** The outline of a value: field names in their order, and what kind of thing each holds. */
function outline(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(outline);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.entries(value).map(([name, inner]) => [name, outline(inner)]);
}

function jsonOf(bytes: Uint8Array | string | undefined): Json {
  if (bytes === undefined) throw new Error('nothing is stored there');
  return JSON.parse(Buffer.from(bytes as string).toString('utf8'));
}

function decoded(base64: string): Json {
  return jsonOf(Buffer.from(base64, 'base64'));
}

/** Everything that is stored under a tag: the manifest, what it points to, and what is encoded in that. */
function unpack(registry: DemoRegistry, repository: string, tag: string): Json {
  const manifest = jsonOf(registry.manifest(repository, tag)?.bytes) as Json & {
    manifests?: { digest: string }[];
    layers?: { digest: string; annotations?: Record<string, string> }[];
    config?: { digest: string };
  };
  const [referrer] = manifest.manifests ?? [];
  if (referrer !== undefined) return { index: manifest, ...unpack(registry, repository, referrer.digest) };
  const [layer] = manifest.layers ?? [];
  if (layer === undefined || manifest.config === undefined) throw new Error('no layer');
  const content = jsonOf(registry.blob(layer.digest));
  return {
    manifest,
    config: jsonOf(registry.blob(manifest.config.digest)),
    content,
    ...('critical' in content ? unpackAnnotations(layer.annotations ?? {}) : unpackBundle(content)),
  };
}

function unpackAnnotations(annotations: Record<string, string>): Json {
  const bundle = annotations['dev.sigstore.cosign/bundle'];
  const timestamp = annotations['dev.sigstore.cosign/rfc3161timestamp'];
  const promise = bundle === undefined ? undefined : (jsonOf(bundle) as { Payload: { body: string } });
  return {
    ...(promise !== undefined && { promise, body: decoded(promise.Payload.body) }),
    ...(timestamp !== undefined && { timestamp: jsonOf(timestamp) }),
  };
}

function unpackBundle(bundle: Json): Json {
  const { dsseEnvelope, verificationMaterial } = bundle as {
    dsseEnvelope: { payload: string };
    verificationMaterial: { tlogEntries?: { canonicalizedBody: string }[] };
  };
  const [entry] = verificationMaterial.tlogEntries ?? [];
  return {
    statement: decoded(dsseEnvelope.payload),
    ...(entry !== undefined && { body: decoded(entry.canonicalizedBody) }),
  };
}

function labDigest(name: string): string {
  const digest = lab.manifest(`lab/${name}`, 'v1')?.digest;
  if (digest === undefined) throw new Error(`no case ${name}`);
  return digest;
}

/** An image in a registry without referrers API, so that there is a fallback tag to look at. */
function place() {
  const registry = createDemoRegistry({ referrersApi: false });
  const { digest } = publishImage({ registry, repository: REPOSITORY }, 'app');
  return { registry, repository: REPOSITORY, digest };
}

// The log entry of a first leaf has no sibling, one of a later leaf has.
sigstore.signBundle({ digest: `sha256:${'0'.repeat(64)}`, key: KEY, log: 'v1' });
sigstore.signBundle({ digest: `sha256:${'0'.repeat(64)}`, key: KEY, log: 'v2' });

describe('a bundle is laid out as cosign does', () => {
  test.each([
    ['b-email-rekor1', { identity: ALICE, log: 'v1', timestamp: false }],
    ['b-email-rekor1tsa', { identity: ALICE, log: 'v1', timestamp: true }],
    ['b-email-rekor2', { identity: ALICE, log: 'v2', timestamp: true }],
    ['b-email-tsaonly', { identity: ALICE, log: 'none', timestamp: true }],
    ['b-github-rekor2', { identity: RELEASE, log: 'v2', timestamp: true }],
    ['b-key-rekor1', { key: KEY, log: 'v1', timestamp: false }],
    ['b-key-rekor2', { key: KEY, log: 'v2', timestamp: true }],
    ['b-key-bare', { key: KEY, log: 'none', timestamp: false }],
  ] as const)('%s', (name, request) => {
    const at = place();
    publishBundle(at, at.digest, sigstore.signBundle({ ...request, digest: at.digest }));

    const real = unpack(lab, `lab/${name}`, labDigest(name).replace(':', '-'));
    const ours = unpack(at.registry, REPOSITORY, at.digest.replace(':', '-'));
    expect(outline(ours)).toEqual(outline(real));
    expect(constants(ours)).toEqual(constants(real));
  });

  test('b-att-slsa1, the predicate aside', () => {
    const at = place();
    const predicateType = 'https://slsa.dev/provenance/v1';
    const attested = { name: 'localhost/app', predicateType, predicate: {}, identity: RELEASE };
    publishBundle(at, at.digest, sigstore.attest({ ...attested, log: 'v2', digest: at.digest }));

    const real = unpack(lab, 'lab/b-att-slsa1', labDigest('b-att-slsa1').replace(':', '-'));
    const ours = unpack(at.registry, REPOSITORY, at.digest.replace(':', '-'));
    const withoutPredicate = (found: Json): Json => ({
      ...found,
      statement: { ...(found['statement'] as Json), predicate: {} },
    });
    expect(outline(withoutPredicate(ours))).toEqual(outline(withoutPredicate(real)));
    expect(constants(ours)).toEqual(constants(real));
  });
});

describe('a legacy signature is laid out as cosign does', () => {
  test.each([
    ['l-email-rekor1', { identity: ALICE }],
    ['l-email-rekor1tsa', { identity: ALICE, timestamp: true }],
    ['l-key-rekor1', { key: KEY }],
    ['l-key-bare', { key: KEY, log: 'none' }],
  ] as const)('%s', (name, request) => {
    const at = place();
    const dockerReference = 'localhost/app';
    publishLegacy(at, at.digest, [sigstore.signLegacy({ ...request, dockerReference, digest: at.digest })]);

    const real = unpack(lab, `lab/${name}`, `${labDigest(name).replace(':', '-')}.sig`);
    const ours = unpack(at.registry, REPOSITORY, `${at.digest.replace(':', '-')}.sig`);
    expect(outline(ours)).toEqual(outline(real));
    expect(constants(ours)).toEqual(constants(real));
  });
});

describe('a certificate has the extensions of the real one', () => {
  test.each([
    ['b-email-rekor2', ALICE],
    ['b-github-rekor2', RELEASE],
  ] as const)('%s', (name, identity) => {
    const real = unpack(lab, `lab/${name}`, labDigest(name).replace(':', '-'))['content'] as {
      verificationMaterial: { certificate: { rawBytes: string } };
    };
    const { rawBytes } = real.verificationMaterial.certificate;
    const ours = sigstore.certificateAuthority.issue(identity, generateSigningKey());

    expect(extensionsOf(ours)).toEqual(extensionsOf(Buffer.from(rawBytes, 'base64')));
  });

  function extensionsOf(der: Uint8Array): unknown[] {
    return X509Certificate.parse(Buffer.from(der)).extensions.map((extension) => {
      const [oid, flag] = extension.subs;
      return [oid?.toOID(), extension.subs.length === 3 && flag?.toBoolean()];
    });
  }
});

test('the trusted root has the fields of the real one', () => {
  expect(outline(jsonOf(sigstore.trustedRoot()))).toEqual(outline(jsonOf(labFile('trusted_root.json'))));
});

/** The values that say what something is: media types, versions, types of statements. */
function constants(value: unknown): unknown[] {
  const found: unknown[] = [];
  JSON.stringify(value, (name, inner: unknown) => {
    if (typeof inner === 'string' && NAMES_OF_CONSTANTS.has(name)) found.push([name, inner]);
    return inner;
  });
  return found;
}

const NAMES_OF_CONSTANTS = new Set([
  ...['mediaType', 'artifactType', 'kind', 'version', 'apiVersion', 'algorithm', 'keyDetails', 'type'],
  ...['_type', 'payloadType', 'predicateType', 'dev.sigstore.bundle.content'],
  ...['dev.sigstore.bundle.predicateType', 'dev.sigstore.cosign/chain', 'created'],
]);
