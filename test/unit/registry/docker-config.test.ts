import { chmod, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { anonymousCredentials, dockerConfigCredentials } from '../../../src/registry/docker-config.ts';

const withCode = (code: string) => expect.objectContaining({ name: 'CountersignError', code });
const unavailable = withCode('CREDENTIALS_UNAVAILABLE');
const auth = (user: string, password: string) => ({
  auth: Buffer.from(`${user}:${password}`).toString('base64'),
});

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-docker-config-'));
  path = join(folder, 'config.json');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function source(config: unknown, required = true) {
  await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
  const credentials = dockerConfigCredentials({ path, required });
  return (host: string, signal = AbortSignal.timeout(30_000)) => credentials.lookup(host, signal);
}

describe('auths', () => {
  it.each([
    ['the plain host', 'ghcr.io', 'ghcr.io'],
    ['a URL', 'https://ghcr.io/v2/', 'ghcr.io'],
    ['a host and port', 'registry.corp:5000', 'registry.corp:5000'],
    ['another letter case', 'GHCR.io', 'ghcr.io'],
    ["Docker Hub's key", 'https://index.docker.io/v1/', 'registry-1.docker.io'],
    ['a plain key of Docker Hub', 'docker.io', 'registry-1.docker.io'],
  ])('finds %s', async (_, key, host) => {
    const lookup = await source({ auths: { [key]: auth('user', 'pass:word') } });
    await expect(lookup(host)).resolves.toEqual({ kind: 'basic', username: 'user', password: 'pass:word' });
  });

  it.each([
    ['ghcr.io', 'cr.io'],
    ['cr.io', 'ghcr.io'],
    ['127.0.0.1:5000', 'victim.127.0.0.1:5000'],
    ['registry.corp', 'registry.corp:5000'],
    ['registry.corp:5000', 'registry.corp'],
    ['registry.corp:5000', 'registry.corp:50'],
    ['x.azurecr.io', 'x.azurecr.io.attacker.com'],
    ['*.corp', 'registry.corp'],
    ['docker.io', 'evil-docker.io'],
  ])('D1, D2: credentials for %s are not for %s', async (key, host) => {
    const lookup = await source({ auths: { [key]: auth('u', 'p') } });
    await expect(lookup(host)).resolves.toBeUndefined();
  });

  it('reads user name and password, identity tokens, and empty entries', async () => {
    const lookup = await source({
      auths: {
        'a.io': { username: 'u', password: 'p' },
        'b.io': { ...auth('u', 'x'), identitytoken: 'token' },
        'c.io': {},
        'd.io': auth('u', ''),
        'e.io': auth('u', 'p\0\0'),
      },
    });
    await expect(lookup('a.io')).resolves.toEqual({ kind: 'basic', username: 'u', password: 'p' });
    await expect(lookup('b.io')).resolves.toEqual({ kind: 'identity-token', token: 'token' });
    await expect(lookup('c.io')).resolves.toBeUndefined();
    await expect(lookup('d.io')).resolves.toEqual({ kind: 'basic', username: 'u', password: '' });
    await expect(lookup('e.io')).resolves.toEqual({ kind: 'basic', username: 'u', password: 'p' });
  });

  it('prefers the plain host where several keys name it', async () => {
    const lookup = await source({
      auths: {
        'https://a.io/x': auth('first', ''),
        'a.io': auth('plain', ''),
        'http://a.io': auth('last', ''),
      },
    });
    await expect(lookup('a.io')).resolves.toMatchObject({ username: 'plain' });
  });

  it.each([
    ['no base64', { auths: { 'a.io': { auth: '§§secret' } } }],
    ['no colon', { auths: { 'a.io': { auth: Buffer.from('secret').toString('base64') } } }],
    ['no user', { auths: { 'a.io': auth('', 'secret') } }],
    ['a user alone', { auths: { 'a.io': { username: 'secret' } } }],
    ['a number', { auths: { 'a.io': { auth: 5 } } }],
    ['a registry token', { auths: { 'a.io': { registrytoken: 'secret' } } }],
    ['an entry that is no object', { auths: { 'a.io': 'secret' } }],
    ['auths that are no object', { auths: ['secret'] }],
    ['helpers that are no text', { credHelpers: { 'a.io': 1 } }],
    ['a store that is no text', { credsStore: {} }],
    ['a list', []],
    ['no JSON', '{"auths": secret'],
    ['two entries for one key', '{"auths":{"a.io":{},"a.io":{"auth":"secret"}}}'],
  ])('is CREDENTIALS_UNAVAILABLE, without a word of it, for %s', async (_, config) => {
    const lookup = await source(config);
    const attempt = lookup('a.io');
    await expect(attempt).rejects.toThrow(unavailable);
    await expect(attempt).rejects.not.toThrow('secret');
  });

  it('says that a broken entry is broken only to those who need it', async () => {
    const lookup = await source({ auths: { 'a.io': { auth: '§' }, 'b.io': auth('u', 'p') } });
    await expect(lookup('b.io')).resolves.toBeDefined();
    await expect(lookup('c.io')).resolves.toBeUndefined();
  });
});

describe('the file', () => {
  it('is read again when it changed', async () => {
    const lookup = await source({ auths: { 'a.io': auth('one', '1') } });
    await expect(lookup('a.io')).resolves.toMatchObject({ username: 'one' });
    await writeFile(path, JSON.stringify({ auths: { 'a.io': auth('two', '2') } }));
    await utimes(path, new Date(), new Date(Date.now() + 5_000));
    await expect(lookup('a.io')).resolves.toMatchObject({ username: 'two' });
    await writeFile(path, 'broken');
    await expect(lookup('a.io')).rejects.toThrow(unavailable);
  });

  it('may be missing where nobody asked for it, and only there', async () => {
    const signal = AbortSignal.timeout(30_000);
    const byDefault = dockerConfigCredentials({ path, required: false });
    await expect(byDefault.lookup('a.io', signal)).resolves.toBeUndefined();
    const explicit = dockerConfigCredentials({ path, required: true });
    await expect(explicit.lookup('a.io', signal)).rejects.toThrow(unavailable);
  });

  it('is never taken for missing when it cannot be read', async () => {
    const signal = AbortSignal.timeout(30_000);
    const isFolder = dockerConfigCredentials({ path: folder, required: false });
    await expect(isFolder.lookup('a.io', signal)).rejects.toThrow(unavailable);
  });

  it('gives the source its fingerprint, not its content', async () => {
    await writeFile(path, JSON.stringify({ auths: { 'a.io': auth('u', 'p') } }));
    const { fingerprint } = dockerConfigCredentials({ path, required: true });
    await writeFile(path, '{}');
    expect(dockerConfigCredentials({ path, required: true }).fingerprint).toBe(fingerprint);
    expect(dockerConfigCredentials({ path, required: false }).fingerprint).not.toBe(fingerprint);
    expect(dockerConfigCredentials({ path: folder, required: true }).fingerprint).not.toBe(fingerprint);
  });
});

describe.skipIf(process.platform === 'win32')('credential helpers (shell scripts, so not on Windows)', () => {
  /** `docker-credential-<name>` on the PATH; it notes each server that it is asked for. */
  async function helper(name: string, script: string): Promise<void> {
    const file = join(folder, `docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\nread -r server\necho "$1 $server" >> ${folder}/asked\n${script}\n`);
    await chmod(file, 0o755);
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  }
  const asked = async () => {
    return (await readFile(join(folder, 'asked'), 'utf8')).trim().split('\n');
  };
  const answer = (user: string, secret: string) =>
    `echo '${JSON.stringify({ ServerURL: 'x', Username: user, Secret: secret })}'`;
  const notFound = 'echo "credentials not found in native keychain"; exit 1';

  it('are asked for their hosts, once a minute', async () => {
    await helper('vault', answer('u', 'p'));
    const lookup = await source({ credHelpers: { 'a.io': 'vault' }, auths: { 'a.io': auth('no', 'no') } });
    await expect(lookup('a.io')).resolves.toEqual({ kind: 'basic', username: 'u', password: 'p' });
    await expect(lookup('a.io')).resolves.toBeDefined();
    await expect(lookup('b.io')).resolves.toBeUndefined();
    await expect(asked()).resolves.toEqual(['get a.io']);
  });

  it('as a store, are asked for all hosts, Docker Hub by its odd name', async () => {
    await helper('desktop', answer('<token>', 't'));
    const lookup = await source({ credsStore: 'desktop', auths: { 'https://index.docker.io/v1/': {} } });
    await expect(lookup('registry-1.docker.io')).resolves.toEqual({ kind: 'identity-token', token: 't' });
    await lookup('a.io');
    await expect(asked()).resolves.toEqual(['get https://index.docker.io/v1/', 'get a.io']);
  });

  it('that know nothing leave it to the entries of the file', async () => {
    await helper('desktop', notFound);
    const lookup = await source({ credsStore: 'desktop', auths: { 'a.io': auth('u', 'p') } });
    await expect(lookup('a.io')).resolves.toMatchObject({ username: 'u' });
    await expect(lookup('b.io')).resolves.toBeUndefined();
  });

  it.each([
    ['fail', 'echo hunter2; exit 1'],
    [
      'fail, though they know nothing of it',
      'echo "credentials not found in native keychain, hunter2"; exit 1',
    ],
    ['print no JSON', 'echo hunter2'],
    ['print no secret', `echo '{"Username":"hunter2"}'`],
    ['print an empty secret', `echo '{"Username":"hunter2","Secret":""}'`],
    ['print nothing', ':'],
    ['die', 'kill -9 $$'],
    ['print without end', 'yes hunter2'],
  ])('that %s make the credentials unavailable', async (_, script) => {
    await helper('bad', script);
    const lookup = await source({ credHelpers: { 'a.io': 'bad' }, auths: { 'a.io': auth('u', 'p') } });
    const attempt = lookup('a.io');
    await expect(attempt).rejects.toThrow(unavailable);
    await expect(attempt).rejects.not.toThrow('hunter2');
  });

  it('are asked again after a failure', async () => {
    await helper('bad', 'exit 1');
    const lookup = await source({ credHelpers: { 'a.io': 'bad' } });
    await expect(lookup('a.io')).rejects.toThrow(unavailable);
    await helper('bad', answer('u', 'p'));
    await expect(lookup('a.io')).resolves.toBeDefined();
  });

  it('run four at a time, the rest waits, and too many are turned away', async () => {
    const folderOfRunning = join(folder, 'running');
    await mkdir(folderOfRunning);
    await helper(
      'busy',
      `touch ${folderOfRunning}/$$; ls ${folderOfRunning} | wc -l >> ${folder}/counts; sleep 0.05; rm ${folderOfRunning}/$$; ${notFound}`,
    );
    const lookup = await source({ credsStore: 'busy' });
    const hosts = (count: number) => Array.from({ length: count }, (_, index) => `h${index}.io`);
    await Promise.all(hosts(20).map((host) => lookup(host)));
    const counts = (await readFile(join(folder, 'counts'), 'utf8')).trim().split('\n').map(Number);
    expect(counts).toHaveLength(20);
    expect(Math.max(...counts)).toBeLessThanOrEqual(limits.credentialHelpers);

    const patient = limits.credentialHelpers + limits.credentialHelperQueue;
    const another = await source({ credHelpers: {}, credsStore: 'busy' });
    const answers = await Promise.allSettled(hosts(patient + 3).map((host) => another(host)));
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(3);
  });

  it('that hang hold nobody longer than the deadline', async () => {
    await helper('slow', 'exec sleep 3');
    const lookup = await source({ credHelpers: { 'a.io': 'slow' } });
    await expect(lookup('a.io', AbortSignal.timeout(100))).rejects.toThrow(withCode('DEADLINE_EXCEEDED'));
  });

  it.each(['../evil', 'a/b', 'a b', 'A', '', 'a;b', 'a\n'])(
    'are not started by the name %j',
    async (name) => {
      const lookup = await source({ credHelpers: { 'a.io': name } });
      await expect(lookup('a.io')).rejects.toThrow(unavailable);
    },
  );

  it('that are not installed make the credentials unavailable', async () => {
    const lookup = await source({ credsStore: 'is-not-installed' });
    await expect(lookup('a.io')).rejects.toThrow(unavailable);
  });
});

it('anonymousCredentials knows none', async () => {
  await expect(anonymousCredentials.lookup('ghcr.io', AbortSignal.timeout(1_000))).resolves.toBeUndefined();
});
