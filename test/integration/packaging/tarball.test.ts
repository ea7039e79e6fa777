import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The Node that this test runs on comes first on PATH, as it would for somebody who has installed it. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };

/** Whether packages can be had: without a registry of packages the installation elsewhere can't be tried. */
const hasPackages = await run('npm', ['view', 'fastify', 'version'], { env, timeout: 30_000 }).then(
  () => true,
  () => false,
);

describe.skipIf(!hasPackages)('the published package (skipped where npm reaches no packages)', () => {
  let folder: string;
  let tarball: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-pack-'));
    const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], {
      cwd: root,
      env,
    });
    // What `prepack` prints comes before the JSON.
    const report = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
    tarball = join(folder, report[0].filename);
    await run('npm', ['init', '--yes'], { cwd: folder, env });
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], {
      cwd: folder,
      env,
    });
  }, 300_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('brings no Node of its own, no sources and no tests', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout.split('\n');
    expect(files).toContain('package/dist/main.js');
    expect(files).toContain('package/config/default/03-policy.yaml');
    expect(files.filter((file) => /^package\/(src|test|docs)\//.test(file))).toEqual([]);
    const lock = await readFile(join(folder, 'package-lock.json'), 'utf8');
    expect(lock).not.toContain('node_modules/node-linux');
  });

  it('runs from elsewhere: version, lint of its own default configuration, the demo', async () => {
    const countersign = join(folder, 'node_modules/.bin/countersign');
    const { stdout: version } = await run(countersign, ['version', '--output', 'json'], { cwd: folder, env });
    expect(JSON.parse(version)).toMatchObject({ countersign: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    const { stdout: lint } = await run(countersign, ['lint'], { cwd: folder, env });
    expect(lint).toContain('0 errors');
    const { stdout: demo } = await run(countersign, ['demo'], { cwd: folder, env });
    expect(demo).toContain('every verdict is the one that the image deserves');
  }, 120_000);
});
