import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CertificateOverrides } from '../../src/demo/sigstore/certificate-authority.ts';
import { type AttackedImage, releasePolicy } from '../support/attack-set-up.ts';
import type { Faults } from '../support/fault-switch.ts';
import { faultTable, tally } from '../support/fault-table.ts';
import { setUpFaultyWorld } from '../support/faulty-world.ts';

const report = faultTable('The process');
const BIN = fileURLToPath(new URL('../../bin/countersign.js', import.meta.url));
const HOUR = 60 * 60 * 1_000;

describe('what goes wrong in the process and on its machine', () => {
  const world = setUpFaultyWorld(
    {
      trustPolicies: (host) => [
        releasePolicy(host, { scopes: [`${host}/faults/*`] }),
        // Nothing proves when it was signed: the present time has to lie within the certificate's ten minutes.
        releasePolicy(host, { name: 'now', scopes: [`${host}/now/*`], tLogVerify: false }),
      ],
    },
    ['--verify-deadline', '5000'],
  );
  const { setUp } = world;

  /** Signed without any proof of the time. */
  function timeless(certificate: CertificateOverrides = {}): AttackedImage {
    const image = setUp.image('now/app');
    return setUp.attach(image, setUp.bundle(image, { log: 'none', timestamp: false, certificate }));
  }

  it.each([
    { thread: 'hang', codes: ['VERIFICATION_TIMEOUT'] },
    { thread: 'die', codes: ['INTERNAL_ERROR'] },
    { thread: 'throw', codes: ['INTERNAL_ERROR'] },
    // Whichever comes first.
    { thread: 'exhaust memory', codes: ['INTERNAL_ERROR', 'VERIFICATION_TIMEOUT'] },
  ] as const)('verification threads: $thread', async ({ thread, codes }) => {
    const cached = world.image('cached');
    expect(await world.judge(cached.key)).toEqual(['verified']);
    await world.inject({ thread });
    const saw = await world.judge(world.image('thread-1').key, world.image('thread-2').key, cached.key);
    expect(saw[2]).toBe('verified');
    for (const verdict of saw.slice(0, 2))
      expect(codes.map((code) => `unavailable ${code}`)).toContain(verdict);
    await world.inject();
    report({
      fault: `threads ${thread}, beside a known image`,
      saw: tally(saw),
      after: await world.recovered(),
    });
  });

  it('the event loop is blocked for three seconds', async () => {
    const images = Array.from({ length: 10 }, (_, index) => world.image(`blocked-${index}`).key);
    const block: Faults = { block: { id: 1, milliseconds: 3_000 } };
    await world.inject(block);
    const saw = await Promise.all([...images, setUp.image('faults/none').key].map((key) => world.judge(key)));
    expect(saw.slice(0, -1).flat()).toEqual(images.map(() => 'verified'));
    expect(saw.at(-1)).toEqual(['rejected SIGNATURE_NOT_FOUND']);
    report({
      fault: 'event loop blocked for 3 s, 11 requests',
      saw: `${tally(saw.flat())}, after it`,
      after: await world.recovered(),
    });
  });

  it('the clock jumps an hour forward, and an hour back', async () => {
    const [proven, now] = [world.image('proven'), timeless()];
    const notBefore = new Date(Date.now() + HOUR - 60_000);
    const later = timeless({ notBefore });
    const keys = [proven.key, now.key, later.key];
    const saw: Record<string, readonly string[]> = {};
    for (const [name, clock] of [
      ['now', 0],
      ['+1 h', HOUR],
      ['back', 0],
      ['-1 h', -HOUR],
    ] as const) {
      await world.inject({ clock });
      // Not what the cache knows of the proven one alone.
      saw[name] = await world.judge(...keys, world.image('proven').key);
    }
    await world.inject();
    const expired = 'rejected CERTIFICATE_EXPIRED';
    expect(saw).toEqual({
      now: ['verified', 'verified', expired, 'verified'],
      '+1 h': [
        'verified',
        expired,
        expect.stringMatching(/^(verified|rejected CERTIFICATE_EXPIRED)$/),
        'verified',
      ],
      back: [
        'verified',
        expect.stringMatching(/^(verified|rejected CERTIFICATE_EXPIRED)$/),
        expired,
        'verified',
      ],
      '-1 h': ['verified', expired, expired, 'verified'],
    });
    report({
      fault: 'clock jumps by an hour',
      saw: Object.entries(saw)
        .map(([name, verdicts]) => `${name}: ${verdicts[1]}`)
        .join(', '),
      after: await world.recovered(),
    });
  });

  it('the configuration is deleted while it is in force', async () => {
    const { key } = world.image('configured');
    expect(await world.judge(key)).toEqual(['verified']);
    await rm(join(world.configFolder, 'configuration.yaml'));
    await expect
      .poll(() => world.judge(key), { timeout: 20_000, interval: 100 })
      .toEqual(['unavailable NO_POLICY']);
    await world.configure();
    await expect.poll(() => world.judge(key), { timeout: 20_000, interval: 100 }).toEqual(['verified']);
    report({
      fault: 'configuration deleted, then written again',
      saw: 'unavailable NO_POLICY, then verified',
      after: await world.recovered(),
    });
  });

  it('the folder of the configuration is gone, and half a file is there', async () => {
    const { key } = world.image('configured');
    const aside = `${world.configFolder}-aside`;
    await rename(world.configFolder, aside);
    await writeFile(world.configFolder, 'in its place');
    const seen = new Set<string>();
    for (let time = 0; time < 20; time += 1) for (const verdict of await world.judge(key)) seen.add(verdict);
    expect([...seen]).toEqual(['verified']);
    await rm(world.configFolder);
    await rename(aside, world.configFolder);
    const yaml = setUp.yaml();
    await world.configure(yaml.slice(0, yaml.length / 2));
    for (let time = 0; time < 20; time += 1) for (const verdict of await world.judge(key)) seen.add(verdict);
    await world.configure(yaml);
    await expect.poll(() => world.judge(key), { timeout: 20_000, interval: 100 }).toEqual(['verified']);
    report({
      fault: 'folder of the configuration gone; half a file',
      saw: [...seen].join(', '),
      after: await world.recovered(),
    });
  });

  it('the folder of the certificate is emptied while it is served', async () => {
    const files = await readdir(world.certFolder);
    const aside = `${world.certFolder}-aside`;
    await rename(world.certFolder, aside);
    await mkdir(world.certFolder);
    const saw = await world.judge(world.image('certificate').key);
    expect(saw).toEqual(['verified']);
    await rm(world.certFolder, { recursive: true });
    await rename(aside, world.certFolder);
    expect(await readdir(world.certFolder)).toEqual(files);
    report({ fault: 'folder of the certificate emptied', saw: saw.join(), after: await world.recovered() });
  });

  it.each([
    { name: 'a full disk', fullAfter: 100, where: 'tls.crt' },
    { name: 'a full disk, from the first byte on', fullAfter: 0, where: 'ca.crt' },
  ])('the development certificate meets $name', async ({ name, fullAfter, where }) => {
    const folder = await temporaryFolder();
    await world.inject({ disk: { file: where, fullAfter } });
    const failed = await startIn(folder);
    expect(failed).toMatchObject({ code: 2, text: expect.stringContaining('ENOSPC') });
    expect(await readdir(join(folder, 'certs'))).toEqual([]);
    await world.inject();
    const served = await startIn(folder, true);
    expect(served.text).toContain('serving the provider');
    report({
      fault: `${name} at the first start`,
      saw: firstLine(failed.text),
      after: 'starts once there is room',
    });
  });

  it('the development certificate has a folder that is read-only', async () => {
    const failed = await startIn('/proc');
    expect(failed).toMatchObject({ code: 2, text: expect.stringContaining('CERTIFICATE_UNREADABLE') });
    report({
      fault: 'read-only folder at the first start',
      saw: firstLine(failed.text),
      after: 'exit code 2',
    });
  });

  /** `countersign serve` with `folder` as its working directory, until it ends by itself or, if told so, serves. */
  function startIn(folder: string, untilServing = false): Promise<{ code: number | null; text: string }> {
    return new Promise((resolve) => {
      let text = '';
      const addresses = ['--address', '--health-address', '--metrics-address'].flatMap((flag) => [
        flag,
        '127.0.0.1:0',
      ]);
      const child = execFile(
        process.execPath,
        [`--import=${world.preload}`, BIN, 'serve', '--config', world.configFolder, ...addresses],
        { cwd: folder, env: {} },
      );
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk) => {
          text += chunk;
          if (untilServing && text.includes('serving the provider')) child.kill('SIGKILL');
        });
      }
      child.on('close', (code) => resolve({ code, text }));
    });
  }
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-disk-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function firstLine(text: string): string {
  const line = text.split('\n').find((candidate) => candidate.startsWith('countersign:')) ?? text;
  return line.length > 70 ? `${line.slice(0, 70)}…` : line;
}
