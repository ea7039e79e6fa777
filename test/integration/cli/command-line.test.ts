import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import { runCommand } from '../../support/command-line.ts';
import { createLabRegistry, labFile } from '../../support/lab-registry.ts';

const COMMANDS = [
  'serve',
  'verify',
  'inspect',
  'discover',
  'resolve',
  'lint',
  'demo',
  'version',
  'completion',
];

describe('help', () => {
  it('names every command', async () => {
    const { stdout, exitCode } = await runCommand(['--help']);
    expect(exitCode).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ +${command} `, 'm'));
    expect(stdout).toContain('Exits with 0');
  });

  it.each(COMMANDS)('of %s has an example', async (command) => {
    const { stdout, exitCode } = await runCommand([command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`  countersign ${command}`);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['verfy'], 'Did you mean verify'],
    [['verify'], 'no image is named'],
    [['verify', '--output', 'xml', 'x'], 'Allowed choices are text, json'],
    [['verify', '--config'], 'argument missing'],
    [['inspect', '--workers', '0', 'x'], '--workers must be a whole number from 1 to 64'],
    [['completion', 'powershell'], 'Allowed choices are bash, zsh, fish'],
    [['serve', '--http', ':1', '--address', ':2'], 'cannot be used with'],
    [['serve', '--cache-ttl', 'ten'], '--cache-ttl must be a duration'],
  ])('%j exits with 2 and says why', async (args, why) => {
    const { exitCode, stderr, stdout } = await runCommand(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(why);
  });
});

describe('version', () => {
  it('is one line with what it runs on', async () => {
    const { stdout } = await runCommand(['--version']);
    expect(stdout).toMatch(/^countersign \d+\.\d+\.\d+ \((commit [0-9a-f]{12}, )?node \d+\.\d+\.\d+\)\n$/);
  });
});

describe('completion', () => {
  it('completes the commands and flags that there are, in bash', async () => {
    const { stdout } = await runCommand(['completion', 'bash']);
    const script = `${stdout}\nCOMP_WORDS=(countersign inspect --c); COMP_CWORD=2; _countersign; echo "\${COMPREPLY[@]}"`;
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('--config\n');
  });

  it.each(['zsh', 'fish'])('prints a script for %s', async (shell) => {
    const { stdout, exitCode } = await runCommand(['completion', shell]);
    expect(exitCode).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(command);
  });
});

describe('as Ratify is called', () => {
  let registry: DemoRegistry;
  let folder: string;

  beforeAll(async () => {
    registry = createLabRegistry();
    await registry.start();
    folder = await mkdtemp(join(tmpdir(), 'countersign-ratify-'));
    const type = 'application/vnd.dev.cosign.artifact.sig.v1+json';
    const keys = [
      { name: 'lab', scopes: [`${registry.host}/lab/*`], keys: [{ file: 'cosign.pub' }], tLogVerify: false },
    ];
    const config = {
      store: { version: '1.0.0', plugins: [{ name: 'oras', cosignEnabled: true, useHttp: true }] },
      policy: {
        version: '1.0.0',
        plugin: { name: 'configPolicy', artifactVerificationPolicies: { [type]: 'any' } },
      },
      verifier: { version: '1.0.0', plugins: [{ name: 'cosign', artifactTypes: type, trustPolicies: keys }] },
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    await writeFile(join(folder, 'cosign.pub'), labFile('cosign.pub'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await registry.close();
  });

  it('verify -s IMAGE -c config.json judges by the plugins of the file', async () => {
    const verify = (image: string) =>
      runCommand(['verify', '-s', `${registry.host}/lab/${image}:v1`, '-c', join(folder, 'config.json')]);
    expect(await verify('b-key-bare')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('key cosign.pub'),
    });
    expect(await verify('b-email-rekor2')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('SIGNER_KIND_MISMATCH'),
    });
  });
});

const BIN = fileURLToPath(new URL('../../../bin/countersign.js', import.meta.url));
const OLD_NODE = '/usr/bin/node';

function majorOf(node: string): number {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? Number.NaN);
}

describe.skipIf(!existsSync(OLD_NODE) || !(majorOf(OLD_NODE) < 24))(
  `under an old Node (SKIPPED LOUDLY where ${OLD_NODE} is none)`,
  () => {
    it('hands over to the Node that came with the dependencies', () => {
      const { status, stdout } = spawnSync(OLD_NODE, [BIN, 'version', '--output', 'json'], {
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      expect(Number(JSON.parse(stdout).node.split('.')[0])).toBeGreaterThanOrEqual(24);
    });

    it('hands on the exit code', () => {
      const { status, stderr } = spawnSync(OLD_NODE, [BIN, 'verify'], { encoding: 'utf8' });
      expect(status).toBe(2);
      expect(stderr).toContain('no image is named');
    });

    it('says what is missing where no other Node came along', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'countersign-bare-'));
      try {
        for (const [name, text] of [
          ['package.json', '{"type":"module"}'],
          ['src/main.ts', ''],
        ] as const) {
          execFileSync('mkdir', ['-p', join(folder, name, '..')]);
          await writeFile(join(folder, name), text);
        }
        execFileSync('cp', ['-r', join(BIN, '..'), join(folder, 'bin')]);
        const { status, stderr } = spawnSync(OLD_NODE, [join(folder, 'bin/countersign.js'), 'version'], {
          encoding: 'utf8',
        });
        expect(status).toBe(2);
        expect(stderr).toMatch(
          /^countersign: this is Node \d+\.\d+\.\d+, and countersign needs Node 24\.15 or later/,
        );
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  },
);
