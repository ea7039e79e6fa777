import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Configuration, createConfiguration } from '../../../src/config/configuration.ts';
import { FileSource } from '../../../src/config/file-source.ts';
import { anonymousCredentials } from '../../../src/registry/docker-config.ts';
import { parseReference } from '../../../src/registry/reference.ts';
import { newKey, POLICY, verifier } from '../../unit/config/harness.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** With the poll out of the way, only events of the file system can tell of a change. */
const EVENTS_ONLY = { delay: 20, pollInterval: 3_600_000 };
const POLL_TOO = { delay: 20, pollInterval: 50 };

async function follow(
  paths: readonly string[],
  options: { delay: number; pollInterval: number } = EVENTS_ONLY,
): Promise<Configuration> {
  const configuration = createConfiguration(new FileSource(paths, options), {
    version: '1',
    credentials: () => anonymousCredentials,
    pollInterval: options.pollInterval,
  });
  onTestFinished(() => configuration.close());
  await configuration.start();
  return configuration;
}

/** Which trust policy governs an image, or why none does. */
function governs(configuration: Configuration, image = 'nginx'): string {
  const found = configuration.current().governing(parseReference(image), undefined);
  switch (found.kind) {
    case 'governed':
      return found.policies.map(({ name }) => name).join(' ');
    case 'ungoverned':
      return 'ungoverned';
    default:
      return found.reason.code;
  }
}

function states(configuration: Configuration): readonly string[] {
  return configuration.current().resources.map(({ id, state }) => `${id.kind} ${state}`);
}

/** Waits for a load after which the condition holds. */
function until(configuration: Configuration, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => condition() && resolve();
    configuration.onChange(look);
    look();
  });
}

describe('a folder', () => {
  it('is followed as an editor writes: in place, and by renaming', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'policy.yaml'), POLICY);
    await writeFile(join(folder, 'v.yaml'), verifier({ policy: 'one' }));
    const configuration = await follow([folder]);
    expect(governs(configuration)).toBe('one');
    const before = configuration.current();

    await writeFile(join(folder, 'v.yaml'), verifier({ policy: 'two' }));
    await until(configuration, () => governs(configuration) === 'two');
    expect(configuration.current().generation).toBeGreaterThan(before.generation);
    expect(before.governing(parseReference('nginx'), undefined)).toMatchObject({
      policies: [{ name: 'one' }],
    });

    await writeFile(join(folder, '.v.yaml.swp'), 'not: [yaml');
    await writeFile(join(folder, 'v.yaml~'), verifier({ policy: 'two' }));
    await writeFile(join(folder, 'tmp1234'), verifier({ policy: 'three' }));
    await rename(join(folder, 'tmp1234'), join(folder, 'v.yaml'));
    await until(configuration, () => governs(configuration) === 'three');
    expect(configuration.diagnostics().filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('with a bad edit keeps the last good one, and takes over the next good one', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'policy.yaml'), POLICY);
    await writeFile(join(folder, 'v.yaml'), verifier({ policy: 'one' }));
    const configuration = await follow([folder]);
    await writeFile(join(folder, 'v.yaml'), verifier({ policy: 'two', more: '        scope: x' }));
    await until(configuration, () =>
      configuration.diagnostics().some(({ code }) => code === 'FIELD_UNKNOWN'),
    );
    expect(governs(configuration)).toBe('one');
    expect(states(configuration)).toEqual(['Verifier stale', 'Policy valid']);
    await writeFile(join(folder, 'v.yaml'), verifier({ policy: 'three' }));
    await until(configuration, () => governs(configuration) === 'three');
  });

  it('follows what a resource claims that was broken from the start, and broken in the same way after the edit', async () => {
    const folder = await temporaryFolder();
    const strict = (scope: string) => verifier({ name: 'strict', scope, more: '        scope: x' });
    await writeFile(join(folder, 'lax.yaml'), `${POLICY}---\n${verifier({ name: 'lax', policy: 'lax' })}`);
    await writeFile(join(folder, 'strict.yaml'), strict('host.io/aaa/*'));
    const configuration = await follow([folder]);
    expect([governs(configuration, 'host.io/aaa/x'), governs(configuration, 'host.io/bbb/x')]).toEqual([
      'POLICY_INVALID',
      'lax',
    ]);
    await writeFile(join(folder, 'strict.yaml'), strict('host.io/bbb/*'));
    await until(configuration, () => governs(configuration, 'host.io/bbb/x') === 'POLICY_INVALID');
    expect(governs(configuration, 'host.io/aaa/x')).toBe('lax');
  });

  it('tells nobody of a load in which nothing changed', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.yaml'), `${POLICY}---\n${verifier({ more: '        scope: x' })}`);
    const configuration = await follow([folder]);
    const { generation } = configuration.current();
    await configuration.start();
    expect(configuration.current().generation).toBe(generation);
  });

  it('loses what is deleted from it, and gains what is added', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'policy.yaml'), POLICY);
    await writeFile(join(folder, 'v.yml'), verifier({ policy: 'one' }));
    const configuration = await follow([folder]);
    await rm(join(folder, 'v.yml'));
    await until(configuration, () => governs(configuration) === 'NO_VERIFIER');
    await writeFile(join(folder, 'w.json'), verifier({ name: 'w', policy: 'two' }));
    await until(configuration, () => governs(configuration) === 'two');
  });

  it.each([
    ['events', EVENTS_ONLY],
    ['events and polling', POLL_TOO],
  ])('that is a ConfigMap volume is followed when its link is swapped, by %s', async (_what, options) => {
    const folder = await temporaryFolder();
    const write = async (version: string, policy: string) => {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'all.yaml'), `${POLICY}---\n${verifier({ policy })}`);
    };
    await write('..2026_01', 'one');
    await symlink('..2026_01', join(folder, '..data'));
    await symlink('..data/all.yaml', join(folder, 'all.yaml'));
    const configuration = await follow([folder], options);
    expect(governs(configuration)).toBe('one');
    await write('..2026_02', 'two');
    await symlink('..2026_02', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await rm(join(folder, '..2026_01'), { recursive: true });
    await until(configuration, () => governs(configuration) === 'two');
    expect(states(configuration)).toEqual(['Verifier valid', 'Policy valid']);
  });

  it('that is gone removes nothing, and is found again', async () => {
    const parent = await temporaryFolder();
    const folder = join(parent, 'config');
    await mkdir(folder);
    await writeFile(join(folder, 'all.yaml'), `${POLICY}---\n${verifier({ policy: 'one' })}`);
    const configuration = await follow([folder], POLL_TOO);
    await rename(folder, join(parent, 'elsewhere'));
    await until(configuration, () => states(configuration).includes('Verifier stale'));
    expect(governs(configuration)).toBe('one');
    expect(configuration.diagnostics()).toMatchObject([{ code: 'FILE_UNREADABLE', file: folder }]);
    await mkdir(folder);
    await writeFile(join(folder, 'all.yaml'), `${POLICY}---\n${verifier({ policy: 'two' })}`);
    await until(configuration, () => governs(configuration) === 'two');
  });

  it('is looked at from time to time, for changes that no event tells: what a link leads to', async () => {
    const [folder, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
    await writeFile(join(folder, 'policy.yaml'), POLICY);
    await writeFile(join(elsewhere, 'v.yaml'), verifier({ policy: 'one' }));
    await symlink(join(elsewhere, 'v.yaml'), join(folder, 'v.yaml'));
    const configuration = await follow([folder], POLL_TOO);
    await writeFile(join(elsewhere, 'v.yaml'), verifier({ policy: 'other' }));
    await until(configuration, () => governs(configuration) === 'other');
  });

  it('keeps the resources of a file that can not be read', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'policy.yaml'), POLICY);
    await writeFile(join(folder, 'v.yaml'), verifier({ policy: 'one' }));
    const configuration = await follow([folder]);
    await symlink('nowhere', join(folder, 'tmp'));
    await rename(join(folder, 'tmp'), join(folder, 'v.yaml'));
    await until(configuration, () => states(configuration).includes('Verifier stale'));
    expect(configuration.diagnostics()).toMatchObject([
      { code: 'FILE_UNREADABLE', file: join(folder, 'v.yaml') },
    ]);
    expect(governs(configuration)).toBe('one');
    await writeFile(join(folder, 'policy.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    await until(configuration, () => states(configuration).includes('Policy stale'));
  });
});

describe('files named one by one', () => {
  it('are followed, and their removal removes', async () => {
    const folder = await temporaryFolder();
    const [policy, file] = [join(folder, 'policy'), join(folder, 'v.conf')];
    await writeFile(policy, POLICY);
    await writeFile(file, verifier({ policy: 'one' }));
    const configuration = await follow([policy, file]);
    expect(governs(configuration)).toBe('one');
    await writeFile(file, verifier({ policy: 'two' }));
    await until(configuration, () => governs(configuration) === 'two');
    await rm(file);
    await until(configuration, () => governs(configuration) === 'NO_VERIFIER');
  });

  it('that are not there at the start block everything', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'all.yaml'), `${POLICY}---\n${verifier({})}`);
    const configuration = await follow([folder, join(folder, 'missing', 'strict.yaml')]);
    expect(governs(configuration)).toBe('POLICY_INVALID');
  });
});

describe('a file that a resource names', () => {
  it('is read again when it changes, relative to the resource, without the resource being touched', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'keys'));
    const [first, second] = [newKey(), newKey()];
    await writeFile(join(folder, 'keys', 'k.pub'), first);
    const text = verifier({}).replace(/keyless: .*/, 'keys: [{file: keys/k.pub}]');
    await writeFile(join(folder, 'all.yaml'), `${POLICY}---\n${text}`);
    const configuration = await follow([folder]);
    const pem = () => {
      const found = configuration.current().governing(parseReference('nginx'), undefined);
      if (found.kind !== 'governed' || found.policies[0].signedBy.kind !== 'keys') return undefined;
      return found.policies[0].signedBy.keys[0]?.pem;
    };
    expect(pem()).toBe(first);
    await writeFile(join(folder, 'keys', 'k.pub'), second);
    await until(configuration, () => pem() === second);
    await rm(join(folder, 'keys', 'k.pub'));
    await until(configuration, () => states(configuration).includes('Verifier stale'));
    expect(pem()).toBe(second);
  });
});

describe('a source that fails', () => {
  it('by a bug leaves the snapshot and the process alone', async () => {
    const configuration = createConfiguration(
      { load: () => Promise.reject(new Error('a bug')), watch: () => {}, close: () => Promise.resolve() },
      { version: '1', credentials: () => anonymousCredentials },
    );
    onTestFinished(() => configuration.close());
    await configuration.start();
    expect(configuration.diagnostics()).toMatchObject([{ code: 'INTERNAL_ERROR', message: 'a bug' }]);
    expect(governs(configuration)).toBe('NO_POLICY');
  });
});

describe('before the first load', () => {
  it('nothing is judged', async () => {
    const configuration = createConfiguration(new FileSource(['config/default']), {
      version: '1',
      credentials: () => anonymousCredentials,
    });
    onTestFinished(() => configuration.close());
    expect(governs(configuration)).toBe('NO_POLICY');
    expect(configuration.current().generation).toBe(0);
  });
});
