import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadTls } from '../../../src/server/tls.ts';
import { createTestAuthority, type KeyPairPem, type TestAuthority } from '../../support/certificates.ts';

let root: string;
let folder: string;
let authority: TestAuthority;
let pair: KeyPairPem;
let other: KeyPairPem;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tls-'));
  authority = await createTestAuthority();
  [pair, other] = await Promise.all([
    authority.issue({ commonName: 'server', usages: ['serverAuth'] }),
    authority.issue({ commonName: 'other', usages: ['serverAuth'] }),
  ]);
});
afterAll(() => rm(root, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(root, 'certs-'));
  await writeFile(join(folder, 'tls.crt'), pair.certificate);
  await writeFile(join(folder, 'tls.key'), pair.key);
});

function load(clientCaFiles: string[] = []) {
  return loadTls({ certDir: folder, clientCaFiles });
}

describe('loadTls', () => {
  it('demands TLS 1.3, and no client certificate', async () => {
    const { serverOptions, certificate } = await load();

    expect(serverOptions.minVersion).toBe('TLSv1.3');
    expect(serverOptions).not.toHaveProperty('requestCert');
    expect(certificate.subject).toBe('CN=server');
  });

  it('demands a client certificate where there is a client CA file', async () => {
    const file = join(folder, 'client-ca.crt');
    await writeFile(file, authority.certificate);

    const { serverOptions } = await load([file, file]);

    expect(serverOptions).toMatchObject({
      requestCert: true,
      rejectUnauthorized: true,
      ca: [authority.certificate, authority.certificate],
    });
  });

  it.each([
    ['tls.crt is missing', () => rm(join(folder, 'tls.crt')), /tls\.crt cannot be read/],
    ['tls.key is missing', () => rm(join(folder, 'tls.key')), /tls\.key cannot be read/],
    [
      'tls.crt is no certificate',
      () => writeFile(join(folder, 'tls.crt'), 'x'),
      /tls\.crt holds no PEM certificate/,
    ],
    ['tls.key is no key', () => writeFile(join(folder, 'tls.key'), 'x'), /do not make a pair/],
    [
      'tls.key is that of another one',
      () => writeFile(join(folder, 'tls.key'), other.key),
      /do not make a pair/,
    ],
  ])('fails where %s', async (_, spoil, message) => {
    await spoil();

    await expect(load()).rejects.toMatchObject({
      code: 'CERTIFICATE_UNREADABLE',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['is missing', undefined, /ca\.crt cannot be read/],
    ['is empty', '', /ca\.crt holds no PEM certificate/],
    ['is no certificate', 'x', /ca\.crt holds no PEM certificate/],
  ])('fails where a client CA file %s', async (_, content, message) => {
    const file = join(folder, 'ca.crt');
    if (content !== undefined) await writeFile(file, content);

    await expect(load([file])).rejects.toMatchObject({
      code: 'CERTIFICATE_UNREADABLE',
      message: expect.stringMatching(message),
    });
  });
});
