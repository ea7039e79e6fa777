import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createDemoRegistry,
  type DemoRegistry,
  type DemoRegistryOptions,
} from '../../../../src/demo/registry/demo-registry.ts';
import { publishImage } from '../../../../src/demo/registry/image.ts';
import { generateSigningKey } from '../../../../src/demo/sigstore/signing-key.ts';
import { pemOf, signCertificate, subjectAlternativeName } from '../../../../src/demo/sigstore/x509.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const REPOSITORY = 'team/app';

const started: DemoRegistry[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((registry) => registry.close()));
});

async function start(options?: DemoRegistryOptions): Promise<DemoRegistry> {
  const registry = createDemoRegistry(options);
  await registry.start();
  started.push(registry);
  return registry;
}

function pushReferrer(registry: DemoRegistry, subject: string, artifactType: string): string {
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType,
    subject: { digest: subject },
    annotations: { of: artifactType },
  };
  return registry.push(REPOSITORY, { bytes: Buffer.from(JSON.stringify(manifest)), mediaType: MANIFEST })
    .digest;
}

describe('manifests', () => {
  test('are served by tag and by digest, byte for byte', async () => {
    const registry = await start();
    const image = publishImage({ registry, repository: REPOSITORY }, 'app', 'v1');

    for (const reference of ['v1', image.digest]) {
      const response = await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/${reference}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(MANIFEST);
      expect(response.headers.get('docker-content-digest')).toBe(image.digest);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(image.bytes);
    }
  });

  test('have the same headers for HEAD, without a body', async () => {
    const registry = await start();
    const image = publishImage({ registry, repository: REPOSITORY }, 'app', 'v1');

    const response = await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/v1`, { method: 'HEAD' });
    expect(response.headers.get('docker-content-digest')).toBe(image.digest);
    expect(response.headers.get('content-length')).toBe(String(image.bytes.length));
    expect(await response.text()).toBe('');
  });

  test('belong to their repository, and a tag can be moved', async () => {
    const registry = await start();
    publishImage({ registry, repository: REPOSITORY }, 'old', 'v1');
    const image = publishImage({ registry, repository: REPOSITORY }, 'new', 'v1');
    publishImage({ registry, repository: 'team/other' }, 'other');

    expect(registry.manifest(REPOSITORY, 'v1')?.digest).toBe(image.digest);
    const foreign = await fetch(`${registry.url}/v2/team/other/manifests/${image.digest}`);
    expect(foreign.status).toBe(404);
  });

  test.each([
    [`/v2/${REPOSITORY}/manifests/none`, 404, 'MANIFEST_UNKNOWN'],
    ['/v2/nobody/manifests/v1', 404, 'NAME_UNKNOWN'],
    [`/v2/${REPOSITORY}/blobs/sha256:00`, 404, 'BLOB_UNKNOWN'],
    [`/v2/${REPOSITORY}/tags/list`, 404, 'UNSUPPORTED'],
    ['/elsewhere', 404, 'UNSUPPORTED'],
  ])('%s answers %i %s', async (path, status, code) => {
    const registry = await start();
    publishImage({ registry, repository: REPOSITORY }, 'app');

    const response = await fetch(`${registry.url}${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ code }] });
  });

  test('can not be written over HTTP', async () => {
    const registry = await start();

    const response = await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/v1`, {
      method: 'PUT',
      body: '{}',
    });
    expect(response.status).toBe(405);
  });
});

test('blobs are served by digest', async () => {
  const registry = await start();
  const { digest, size } = registry.pushBlob(Buffer.from('content'));

  const response = await fetch(`${registry.url}/v2/${REPOSITORY}/blobs/${digest}`);
  expect(response.headers.get('content-length')).toBe(String(size));
  expect(await response.text()).toBe('content');
});

test('every request is logged', async () => {
  const registry = await start();
  publishImage({ registry, repository: REPOSITORY }, 'app', 'v1');
  await fetch(`${registry.url}/v2/`);
  await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/v1`, { method: 'HEAD' });
  await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/v2?x=1`);

  expect(registry.requests).toEqual([
    { method: 'GET', path: '/v2/', status: 200 },
    { method: 'HEAD', path: '/v2/team/app/manifests/v1', status: 200 },
    { method: 'GET', path: '/v2/team/app/manifests/v2?x=1', status: 404 },
  ]);
});

test('the address is not known before the start', () => {
  expect(() => createDemoRegistry().url).toThrow('not started');
});

describe('referrers', () => {
  test('are what names the image as its subject', async () => {
    const registry = await start();
    const image = publishImage({ registry, repository: REPOSITORY }, 'app');
    const digest = pushReferrer(registry, image.digest, 'application/x');
    pushReferrer(registry, `sha256:${'0'.repeat(64)}`, 'application/x');
    registry.push(REPOSITORY, { bytes: Buffer.from('not JSON'), mediaType: MANIFEST });

    const response = await fetch(`${registry.url}/v2/${REPOSITORY}/referrers/${image.digest}`);
    expect(response.headers.get('content-type')).toBe(INDEX);
    expect(await response.json()).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        {
          mediaType: MANIFEST,
          digest,
          size: registry.manifest(REPOSITORY, digest)?.bytes.length,
          artifactType: 'application/x',
          annotations: { of: 'application/x' },
        },
      ],
    });
  });

  test('of an unknown image are none', async () => {
    const registry = await start();

    const response = await fetch(`${registry.url}/v2/${REPOSITORY}/referrers/sha256:00`);
    expect(await response.json()).toMatchObject({ manifests: [] });
  });

  test('are filtered by artifact type, and the filter is told', async () => {
    const registry = await start();
    const image = publishImage({ registry, repository: REPOSITORY }, 'app');
    pushReferrer(registry, image.digest, 'application/x');
    const digest = pushReferrer(registry, image.digest, 'application/y');

    const path = `/v2/${REPOSITORY}/referrers/${image.digest}?artifactType=application/y`;
    const response = await fetch(`${registry.url}${path}`);
    expect(response.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await response.json()).toMatchObject({ manifests: [{ digest }] });
  });

  test('come in pages that are linked', async () => {
    const registry = await start({ referrersPageSize: 2 });
    const image = publishImage({ registry, repository: REPOSITORY }, 'app');
    const pushed = ['a', 'b', 'c', 'd', 'e'].map((type) => pushReferrer(registry, image.digest, type));

    const pages: string[][] = [];
    let next: string | undefined = `/v2/${REPOSITORY}/referrers/${image.digest}`;
    while (next !== undefined) {
      const response: Response = await fetch(new URL(next, registry.url));
      const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
      pages.push(manifests.map(({ digest }) => digest));
      next = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(pages).toEqual([pushed.slice(0, 2), pushed.slice(2, 4), pushed.slice(4)]);
  });

  test('are not found where there is no such API', async () => {
    const registry = await start({ referrersApi: false });
    const image = publishImage({ registry, repository: REPOSITORY }, 'app');

    const response = await fetch(`${registry.url}/v2/${REPOSITORY}/referrers/${image.digest}`);
    expect(response.status).toBe(404);
  });
});

describe('faults', () => {
  test('another answer takes the place of the honest one, for what is asked', async () => {
    const registry = await start({
      onRequest: ({ target }) =>
        target.kind === 'manifest' && target.repository === 'team/broken'
          ? { status: 503, headers: { 'retry-after': '7' }, body: 'down' }
          : undefined,
    });
    publishImage({ registry, repository: REPOSITORY }, 'app', 'v1');

    const broken = await fetch(`${registry.url}/v2/team/broken/manifests/v1`);
    expect([broken.status, broken.headers.get('retry-after'), await broken.text()]).toEqual([
      503,
      '7',
      'down',
    ]);
    expect((await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/v1`)).status).toBe(200);
  });

  test('a body can come bit by bit, and the connection be cut in its middle', async () => {
    async function* cut() {
      yield Buffer.from('first ');
      yield Buffer.from('second');
      throw new Error('cut');
    }
    const registry = await start({ onRequest: () => ({ status: 200, body: cut() }) });

    const response = await fetch(`${registry.url}/v2/`);
    expect(response.headers.get('content-length')).toBeNull();
    await expect(response.text()).rejects.toThrow();
  });

  test('the connection can be reset', async () => {
    const registry = await start({ onRequest: () => 'reset' });

    await expect(fetch(`${registry.url}/v2/`)).rejects.toThrow();
    expect(registry.requests).toEqual([{ method: 'GET', path: '/v2/', status: 0 }]);
  });

  test('the answer can stay away until the registry is closed', async () => {
    const arrived = Promise.withResolvers<void>();
    const registry = await start({
      onRequest() {
        arrived.resolve();
        return 'hang';
      },
    });
    const answer = fetch(`${registry.url}/v2/`).catch(() => 'closed');

    await arrived.promise;
    await registry.close();
    expect(await answer).toBe('closed');
  });
});

test('the registry can be reached by TLS', async () => {
  const key = generateSigningKey();
  const issuer = { name: 'CN=registry', key };
  const certificate = signCertificate(
    {
      serialNumber: Buffer.of(1),
      subject: issuer.name,
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 60_000),
      subjectPublicKey: key,
      extensions: [subjectAlternativeName([{ kind: 'dns', value: 'localhost' }])],
    },
    issuer,
  );
  const cert = pemOf(certificate);
  const registry = await start({
    tls: { key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert },
  });

  expect(registry.url).toMatch(/^https:/);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${registry.url}/v2/`, { ca: cert, servername: 'localhost', agent: false }, resolve).on(
      'error',
      reject,
    );
  });
  response.resume();
  expect(response.statusCode).toBe(200);
});
