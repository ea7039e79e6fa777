import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { createByteBudget } from '../../../src/registry/byte-budget.ts';
import { type Digest, digestOf } from '../../../src/registry/digest.ts';
import { accessTo, newCall, newClient, REPOSITORY } from '../../support/registry-access.ts';
import { type Answer, reply, startServer } from '../../support/registry-server.ts';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const manifest = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: {}, layers: [] }),
);
const digest = digestOf(manifest);
const otherDigest: Digest = `sha256:${'b'.repeat(64)}`;
const reference = { repository: REPOSITORY, tag: 'v1' };

async function against(answer: Answer, path = '') {
  const server = await startServer(answer);
  const client = newClient();
  const access = accessTo(server.origin + path);
  return {
    server,
    resolve: () => client.resolve(access, reference, newCall()),
    manifest: (wanted: string = digest, call = newCall()) =>
      client.manifest(access, REPOSITORY, wanted, call),
    blob: (descriptor: { digest: Digest; size: number }, maxBytes = 1_000, call = newCall()) =>
      client.blob(access, REPOSITORY, { mediaType: 'x', ...descriptor }, maxBytes, call),
    referrers: (call = newCall()) => client.referrers(access, REPOSITORY, digest, call),
  };
}

const withCode = (code: string) => expect.objectContaining({ name: 'CountersignError', code });

describe('resolve', () => {
  it('takes the digest of a HEAD, in one request', async () => {
    const { resolve, server } = await against((_, response) =>
      reply(response, 200, '', { 'content-type': MANIFEST_TYPE, 'docker-content-digest': digest }),
    );
    await expect(resolve()).resolves.toBe(digest);
    expect(server.lines()).toEqual(['HEAD /v2/team/app/manifests/v1']);
    const [request] = server.requests;
    expect(request?.headers).toMatchObject({
      'user-agent': 'countersign/0.0.0-test',
      'accept-encoding': 'identity',
    });
    expect(request?.headers.accept).toContain(INDEX_TYPE);
    expect(request?.headers.accept).not.toContain('v1+prettyjws');
  });

  it.each([
    ['no digest', 200, { 'content-type': MANIFEST_TYPE }],
    [
      'an upper-case digest',
      200,
      { 'content-type': MANIFEST_TYPE, 'docker-content-digest': digest.toUpperCase() },
    ],
    [
      'a digest that climbs',
      200,
      { 'content-type': MANIFEST_TYPE, 'docker-content-digest': 'sha256:../../x' },
    ],
    ['two digests', 200, { 'content-type': MANIFEST_TYPE, 'docker-content-digest': [digest, otherDigest] }],
    [
      'C6: the digest of a schema 1 manifest',
      200,
      {
        'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
        'docker-content-digest': otherDigest,
      },
    ],
    ['405', 405, {}],
  ])('D6: asks by GET and hashes the body where HEAD gives %s', async (_, status, headers) => {
    const { resolve, server } = await against((request, response) =>
      request.method === 'HEAD'
        ? reply(response, status, '', headers)
        : reply(response, 200, manifest, {
            'content-type': MANIFEST_TYPE,
            'docker-content-digest': otherDigest,
          }),
    );
    await expect(resolve()).resolves.toBe(digest);
    expect(server.lines()).toEqual(['HEAD /v2/team/app/manifests/v1', 'GET /v2/team/app/manifests/v1']);
  });

  it('answers undefined for 404', async () => {
    const { resolve, server } = await against((_, response) => reply(response, 404));
    await expect(resolve()).resolves.toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [401, 'REGISTRY_UNAUTHORIZED', 1],
    [403, 'REGISTRY_UNAUTHORIZED', 1],
    [418, 'REGISTRY_ERROR', 1],
    [500, 'REGISTRY_ERROR', limits.registryAttempts],
    [503, 'REGISTRY_ERROR', limits.registryAttempts],
  ])('C9: status %i is %s', async (status, code, requests) => {
    const { resolve, server } = await against((_, response) => reply(response, status));
    await expect(resolve()).rejects.toThrow(withCode(code));
    expect(server.requests).toHaveLength(requests);
  });
});

describe('manifest', () => {
  const ok: Answer = (_, response) =>
    reply(response, 200, manifest, { 'content-type': `${MANIFEST_TYPE}; charset=utf-8` });

  it('gives bytes, digest, type and JSON', async () => {
    const { manifest: get, server } = await against(ok);
    await expect(get()).resolves.toEqual({
      bytes: manifest,
      digest,
      mediaType: MANIFEST_TYPE,
      json: JSON.parse(manifest.toString()),
    });
    expect(server.lines()).toEqual([`GET /v2/team/app/manifests/${digest}`]);
  });

  it('C3: takes the hash of the body for a tag, whatever the header says', async () => {
    const { manifest: get } = await against((_, response) =>
      reply(response, 200, manifest, { 'content-type': MANIFEST_TYPE, 'docker-content-digest': otherDigest }),
    );
    await expect(get('v1')).resolves.toMatchObject({ digest });
  });

  it('C1, C4: refuses another body than the digest asks for', async () => {
    let turn = 0;
    const { manifest: get } = await against((_, response) => {
      turn += 1;
      const body = turn % 2 === 1 ? manifest : Buffer.from(manifest.toString().replace('config', 'Config'));
      reply(response, 200, body, { 'content-type': MANIFEST_TYPE, 'docker-content-digest': digest });
    });
    await expect(get()).resolves.toMatchObject({ digest });
    await expect(get()).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
  });

  it('answers undefined for 404', async () => {
    const { manifest: get } = await against((_, response) => reply(response, 404));
    await expect(get()).resolves.toBeUndefined();
  });

  it.each([
    ['both kinds in an image', MANIFEST_TYPE, { schemaVersion: 2, layers: [], manifests: [] }],
    ['both kinds in an index', INDEX_TYPE, { schemaVersion: 2, layers: [], manifests: [] }],
    ['an index with a config', INDEX_TYPE, { schemaVersion: 2, config: {}, manifests: [] }],
    ['another type in the body', MANIFEST_TYPE, { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] }],
    ['schema 1', 'application/vnd.docker.distribution.manifest.v1+prettyjws', { schemaVersion: 1 }],
    ['schema 1 under another type', MANIFEST_TYPE, { schemaVersion: 1, fsLayers: [] }],
    ['HTML', 'text/html', { schemaVersion: 2 }],
    ['no type', undefined, { schemaVersion: 2 }],
    ['a list', MANIFEST_TYPE, []],
    ['null', MANIFEST_TYPE, null],
  ])('C6: refuses %s', async (_, type, body) => {
    const { manifest: get } = await against((__, response) =>
      reply(response, 200, JSON.stringify(body), type === undefined ? {} : { 'content-type': type }),
    );
    await expect(get('v1')).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
  });

  it('B16: refuses a body that parsers disagree about', async () => {
    const { manifest: get } = await against((_, response) =>
      reply(response, 200, '{"schemaVersion":2,"layers":[],"layers":[1]}', { 'content-type': MANIFEST_TYPE }),
    );
    await expect(get('v1')).rejects.toThrow('contains the key "layers" twice');
  });

  it('D6: puts nothing but a tag or a digest into the URL', async () => {
    const { manifest: get, server } = await against(ok);
    for (const wanted of [
      '../../other/manifests/x',
      'sha256:../x',
      '',
      `sha256:${'A'.repeat(64)}`,
      'a/b',
      'a?b',
    ]) {
      await expect(get(wanted)).rejects.toThrow(withCode('REFERENCE_INVALID'));
    }
    expect(server.requests).toHaveLength(0);
  });

  it('E2: stops at the limit, declared or not', async () => {
    const huge = 'x'.repeat(1024 * 1024);
    for (const declared of [true, false]) {
      const { manifest: get } = await against((_, response) => {
        response.writeHead(200, {
          'content-type': MANIFEST_TYPE,
          ...(declared ? { 'content-length': limits.manifest + 1 } : {}),
        });
        const more = () => {
          while (response.writable && response.write(huge));
        };
        response.on('drain', more).on('error', () => undefined);
        more();
      });
      const call = newCall({ budget: createByteBudget(10 * limits.manifest) });
      await expect(get('v1', call)).rejects.toThrow(withCode('LIMIT_EXCEEDED'));
    }
  });

  it('E2: stops when the budget of the subject is used up', async () => {
    const { manifest: get } = await against(ok);
    const call = newCall({ budget: createByteBudget(manifest.byteLength + 10) });
    await expect(get(digest, call)).resolves.toBeDefined();
    await expect(get(digest, call)).rejects.toThrow(withCode('LIMIT_EXCEEDED'));
  });

  it.each(['gzip', 'br', 'identity, gzip'])('E3: refuses Content-Encoding %s', async (encoding) => {
    const { manifest: get } = await against((_, response) =>
      reply(response, 200, manifest, { 'content-type': MANIFEST_TYPE, 'content-encoding': encoding }),
    );
    await expect(get()).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
  });

  it('goes below the path of the endpoint', async () => {
    const mirror = await against(ok, '/mirror/');
    await mirror.manifest();
    expect(mirror.server.lines()).toEqual([`GET /mirror/v2/team/app/manifests/${digest}`]);
    const cache = await against(ok, '/v2/hub');
    await cache.manifest();
    expect(cache.server.lines()).toEqual([`GET /v2/hub/team/app/manifests/${digest}`]);
  });
});

describe('blob', () => {
  const bytes = Buffer.from('payload');
  const descriptor = { digest: digestOf(bytes), size: bytes.byteLength };

  it('gives the bytes', async () => {
    const { blob, server } = await against((_, response) => reply(response, 200, bytes));
    await expect(blob(descriptor)).resolves.toEqual(bytes);
    expect(server.lines()).toEqual([`GET /v2/team/app/blobs/${descriptor.digest}`]);
  });

  it('answers undefined for 404, and other codes for other things', async () => {
    const { blob } = await against((_, response) => reply(response, 404));
    await expect(blob(descriptor)).resolves.toBeUndefined();
    const forbidden = await against((_, response) => reply(response, 403));
    await expect(forbidden.blob(descriptor)).rejects.toThrow(withCode('REGISTRY_UNAUTHORIZED'));
    const partial = await against((_, response) => reply(response, 206, bytes));
    await expect(partial.blob(descriptor)).rejects.toThrow(withCode('REGISTRY_ERROR'));
  });

  it.each([
    ['E2: more bytes than the descriptor says', 'payload+'],
    ['E2: fewer bytes than the descriptor says', 'payloa'],
    ['C4: other bytes', 'PAYLOAD'],
  ])('refuses %s', async (_, body) => {
    const { blob } = await against((__, response) => reply(response, 200, body));
    await expect(blob(descriptor)).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
  });

  it('E2: refuses endless bytes without a Content-Length', async () => {
    const { blob } = await against((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(100)), 5);
      response.on('close', () => clearInterval(timer));
    });
    await expect(blob(descriptor)).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
  });

  it('E2: does not ask for what is declared larger than the caller reads', async () => {
    const { blob, server } = await against((_, response) => reply(response, 200, bytes));
    await expect(blob({ ...descriptor, size: 1_001 })).rejects.toThrow(withCode('LIMIT_EXCEEDED'));
    expect(server.requests).toHaveLength(0);
  });

  it('D6: does not ask for a digest that is none', async () => {
    const { blob, server } = await against((_, response) => reply(response, 200, bytes));
    await expect(blob({ ...descriptor, digest: 'sha256:../../x' })).rejects.toThrow(
      withCode('REGISTRY_RESPONSE_INVALID'),
    );
    expect(server.requests).toHaveLength(0);
  });

  it('E2: a slow drip ends with the deadline', async () => {
    const { blob } = await against((_, response) => {
      response.writeHead(200, { 'content-length': 7 });
      response.write('p');
    });
    const call = newCall({ signal: AbortSignal.timeout(200) });
    await expect(blob(descriptor, 1_000, call)).rejects.toThrow(withCode('DEADLINE_EXCEEDED'));
  });

  it('tries again where the connection broke off', async () => {
    let turn = 0;
    const { blob, server } = await against((_, response) => {
      turn += 1;
      if (turn > 1) return reply(response, 200, bytes);
      response.writeHead(200, { 'content-length': 7 });
      response.write('pay', () => response.destroy());
    });
    await expect(blob(descriptor)).resolves.toEqual(bytes);
    expect(server.requests).toHaveLength(2);
  });
});

describe('referrers', () => {
  const entry = (size: number, more = {}) => ({ mediaType: MANIFEST_TYPE, digest, size, ...more });
  const page = (manifests: unknown, more = {}) =>
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests, ...more });
  const type = { 'content-type': INDEX_TYPE };

  it('gives the descriptors, reduced to what is used', async () => {
    const annotations = { 'dev.sigstore.bundle.content': 'dsse-envelope' };
    const { referrers, server } = await against((_, response) =>
      reply(
        response,
        200,
        page([entry(1, { artifactType: 'a', annotations, urls: ['http://evil'] }), entry(2)]),
        type,
      ),
    );
    await expect(referrers()).resolves.toEqual([
      { mediaType: MANIFEST_TYPE, digest, size: 1, artifactType: 'a', annotations },
      { mediaType: MANIFEST_TYPE, digest, size: 2 },
    ]);
    expect(server.lines()).toEqual([`GET /v2/team/app/referrers/${digest}`]);
  });

  it('follows the pages', async () => {
    const { referrers, server } = await against((request, response) => {
      const number = Number(new URL(request.url, 'http://x').searchParams.get('page') ?? 0);
      const link = number < 2 ? { link: `<?page=${number + 1}>; rel="next"` } : {};
      reply(response, 200, page([entry(number)]), { ...type, ...link });
    });
    expect(await referrers()).toEqual([entry(0), entry(1), entry(2)]);
    expect(server.requests).toHaveLength(3);
  });

  it.each([400, 404, 405, 406, 501])(
    'says with undefined that status %i means no such API',
    async (status) => {
      const { referrers, server } = await against((_, response) => reply(response, status));
      await expect(referrers()).resolves.toBeUndefined();
      expect(server.requests).toHaveLength(1);
    },
  );

  it('says the same for HTML', async () => {
    const { referrers } = await against((_, response) =>
      reply(response, 200, '<html>', { 'content-type': 'text/html' }),
    );
    await expect(referrers()).resolves.toBeUndefined();
  });

  it.each([
    [401, 'REGISTRY_UNAUTHORIZED'],
    [403, 'REGISTRY_UNAUTHORIZED'],
    [409, 'REGISTRY_ERROR'],
    [500, 'REGISTRY_ERROR'],
    [502, 'REGISTRY_ERROR'],
  ])('C9: status %i is %s, not "nothing attached"', async (status, code) => {
    const { referrers } = await against((_, response) => reply(response, status));
    await expect(referrers()).rejects.toThrow(withCode(code));
  });

  it('C9: an error on the second page is an error', async () => {
    for (const status of [404, 500]) {
      const { referrers } = await against((request, response) =>
        request.url.includes('?')
          ? reply(response, status)
          : reply(response, 200, page([entry(1)]), { ...type, link: '<?page=1>; rel="next"' }),
      );
      await expect(referrers()).rejects.toThrow(withCode('REGISTRY_ERROR'));
    }
  });

  it.each([
    ['no list', page({})],
    ['no manifests', page(undefined)],
    ['another type in the body', page([], { mediaType: MANIFEST_TYPE })],
    ['no JSON', '{'],
  ])('D6: refuses a listing with %s', async (_, body) => {
    const { referrers } = await against((__, response) => reply(response, 200, body, type));
    await expect(referrers()).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
  });

  it.each([
    ['a climbing digest', { ...entry(1), digest: 'sha256:../../x' }],
    ['an upper-case digest', { ...entry(1), digest: digest.toUpperCase() }],
    ['a short digest', { ...entry(1), digest: digest.slice(0, -1) }],
    ['a negative size', entry(-1)],
    ['a broken size', entry(1.5)],
    ['annotations that are no strings', entry(1, { annotations: { a: 1 } })],
    ['null instead', null],
  ])('D6: an entry with %s is unusable, the others are not', async (_, listed) => {
    const { referrers } = await against((__, response) =>
      reply(response, 200, page([listed, entry(2)]), type),
    );
    await expect(referrers()).resolves.toEqual([{ unusable: 'malformed', digest: '' }, entry(2)]);
  });

  it('an entry with a digest of another registered algorithm is unusable for that reason', async () => {
    for (const other of [`sha512:${'ab'.repeat(64)}`, `blake3:${'ab'.repeat(32)}`]) {
      const { referrers } = await against((_, response) =>
        reply(response, 200, page([{ ...entry(1, { artifactType: 'a' }), digest: other }]), type),
      );
      await expect(referrers()).resolves.toEqual([
        { unusable: 'algorithm', digest: other, artifactType: 'a' },
      ]);
    }
  });

  it.each([
    ['another origin', 'http://127.0.0.1:1/v2/team/app/referrers/x'],
    ['another scheme', '//user:pass@evil/v2/team/app/referrers/x'],
    ['another repository', '/v2/team/other/referrers/x'],
    ['a path that climbs', '/v2/team/app/referrers/../../../other/x'],
    ['no URL', 'http://['],
  ])('D5: does not follow a Link to %s', async (_, target) => {
    const { referrers, server } = await against((__, response) =>
      reply(response, 200, page([entry(1)]), { ...type, link: `<${target}>; rel="next"` }),
    );
    await expect(referrers()).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
    expect(server.requests).toHaveLength(1);
  });

  it('E1: ends a circle of pages', async () => {
    const { referrers, server } = await against((request, response) =>
      reply(response, 200, page([]), {
        ...type,
        link: `<?page=${request.url.endsWith('1') ? 2 : 1}>; rel="next"`,
      }),
    );
    await expect(referrers()).rejects.toThrow(withCode('REGISTRY_RESPONSE_INVALID'));
    expect(server.requests).toHaveLength(3);
  });

  it('E1: ends endless pages and long lists', async () => {
    let number = 0;
    const endless = await against((_, response) => {
      number += 1;
      reply(response, 200, page([entry(1)]), { ...type, link: `<?page=${number}>; rel="next"` });
    });
    await expect(endless.referrers()).rejects.toThrow(withCode('LIMIT_EXCEEDED'));
    expect(endless.server.requests).toHaveLength(limits.referrersPages);
    const long = await against((_, response) =>
      reply(response, 200, page(Array(limits.referrers + 1).fill(entry(1))), type),
    );
    await expect(long.referrers()).rejects.toThrow(withCode('LIMIT_EXCEEDED'));
  });
});
