import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureDevelopmentCertificate } from '../../../src/server/development-certificate.ts';
import { loadTls } from '../../../src/server/tls.ts';

let root: string;
let certDir: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'development-'));
  certDir = join(root, 'certs');
});
afterEach(() => rm(root, { recursive: true }));

function ensure(names: string[] = []) {
  return ensureDevelopmentCertificate({ certDir, names, now: Date.now() });
}

async function read(name: string): Promise<string> {
  return await readFile(join(certDir, name), 'utf8');
}

describe('ensureDevelopmentCertificate', () => {
  it('makes a certificate for the loopback names and the given ones', async () => {
    const { created, caBundle } = await ensure(['countersign.gatekeeper-system', '10.0.0.7']);

    expect(created).toBe(true);
    const ca = new X509Certificate(Buffer.from(caBundle ?? '', 'base64'));
    const { certificate } = await loadTls({ certDir, clientCaFiles: [] });
    expect(ca.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    for (const host of ['localhost', 'countersign.gatekeeper-system']) {
      expect(certificate.checkHost(host)).toBe(host);
    }
    for (const ip of ['127.0.0.1', '::1', '10.0.0.7']) expect(certificate.checkIP(ip)).toBe(ip);
    expect(certificate.checkHost('countersign')).toBeUndefined();
  });

  it('lets only the owner read the key, and keeps no key of the authority', async () => {
    await ensure();

    expect((await stat(join(certDir, 'tls.key'))).mode & 0o777).toBe(0o600);
    expect((await readdir(certDir)).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  });

  it('leaves what is there as it is', async () => {
    const first = await ensure();
    const before = await Promise.all(['ca.crt', 'tls.crt', 'tls.key'].map(read));

    expect(await ensure()).toEqual({ created: false, caBundle: first.caBundle });
    expect(await Promise.all(['ca.crt', 'tls.crt', 'tls.key'].map(read))).toEqual(before);
  });

  it('knows no caBundle of a certificate that somebody else put there', async () => {
    await ensure();
    await rm(join(certDir, 'ca.crt'));

    expect(await ensure()).toEqual({ created: false });
  });

  it.each([
    ['tls.crt', ['ca.crt', 'tls.key']],
    ['tls.key', ['ca.crt', 'tls.crt']],
    ['ca.crt', ['tls.key', 'tls.crt']],
  ])('refuses to guess where only %s is there', async (lone, missing) => {
    await ensure();
    for (const name of missing) await rm(join(certDir, name));

    await expect(ensure()).rejects.toMatchObject({
      code: 'CERTIFICATE_UNREADABLE',
      message: expect.stringContaining(`holds ${lone} without the rest`),
    });
    expect(await readdir(certDir)).toEqual([lone]);
  });

  it('says where it cannot write', async () => {
    await writeFile(certDir, 'a file');

    await expect(ensure()).rejects.toMatchObject({ code: 'CERTIFICATE_UNREADABLE' });
  });
});
