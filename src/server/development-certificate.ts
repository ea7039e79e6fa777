import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { access, mkdir, open, readFile, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { CountersignError } from '../errors.ts';

export interface DevelopmentCertificateOptions {
  /** Folder that has, or will have, `ca.crt`, `tls.crt` and `tls.key`. */
  readonly certDir: string;
  /** Names and addresses besides the loopback ones, e.g. `countersign.gatekeeper-system`. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface DevelopmentCertificate {
  /** Whether it was made just now. */
  readonly created: boolean;
  /** Base64 of PEM, as a Provider wants it. Absent where somebody put a certificate there without `ca.crt`. */
  readonly caBundle?: string;
}

const DAY = 24 * 60 * 60 * 1_000;
const VALIDITY = 825 * DAY;
/** Clocks of other machines may be behind. */
const BACKDATED = 60 * 60 * 1_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/**
 * Makes a certificate authority and a certificate of the server where there is no certificate yet. Never overwrites
 * a file. The key of the authority is not kept, so nobody can issue a second certificate with it.
 *
 * @throws CERTIFICATE_UNREADABLE where only a part of the files is there, or they cannot be written
 */
export async function ensureDevelopmentCertificate(
  options: DevelopmentCertificateOptions,
): Promise<DevelopmentCertificate> {
  const { certDir } = options;
  const [ca, certificate, key] = await Promise.all(
    ['ca.crt', 'tls.crt', 'tls.key'].map((name) => exists(join(certDir, name))),
  );
  if (certificate && key) {
    return { created: false, ...(ca && { caBundle: await readBundle(join(certDir, 'ca.crt')) }) };
  }
  const lone = certificate ? 'tls.crt' : key ? 'tls.key' : ca ? 'ca.crt' : undefined;
  if (lone !== undefined) {
    throw unusable(`${certDir} holds ${lone} without the rest: put tls.crt and tls.key there, or remove it`);
  }
  const made = await issue(options);
  const written: string[] = [];
  try {
    await mkdir(certDir, { recursive: true });
    await writeNew(join(certDir, 'ca.crt'), made.ca, 0o644, written);
    await writeNew(join(certDir, 'tls.key'), made.key, 0o600, written);
    await writeNew(join(certDir, 'tls.crt'), made.certificate, 0o644, written);
  } catch (error) {
    // What a full disk left half done would be taken for a certificate at the next start.
    await Promise.allSettled(written.map((file) => rm(file)));
    throw unusable(`The development certificate cannot be written to ${certDir}: ${describe(error)}`, error);
  }
  return { created: true, caBundle: Buffer.from(made.ca).toString('base64') };
}

async function issue({ names, now }: DevelopmentCertificateOptions) {
  const validity = { notBefore: new Date(now - BACKDATED), notAfter: new Date(now + VALIDITY) };
  const [caKeys, keys] = await Promise.all([generateKeys(), generateKeys()]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=countersign development CA',
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=countersign',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([...new Set([...LOOPBACK, ...names])].map(generalName)),
      await AuthorityKeyIdentifierExtension.create(ca),
    ],
  });
  return { ca: pem(ca), certificate: pem(certificate), key: await privateKeyPem(keys.privateKey) };
}

function generateKeys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Go compares the host of a URL with these names only, never with the common name. */
function generalName(name: string): JsonGeneralName {
  return { type: isIP(name) === 0 ? 'dns' : 'ip', value: name };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** @param written is told of the file as soon as it is there */
async function writeNew(file: string, text: string, mode: number, written: string[]): Promise<void> {
  const handle = await open(file, 'wx', mode);
  written.push(file);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

async function readBundle(file: string): Promise<string> {
  try {
    return await readFile(file, 'base64');
  } catch (error) {
    throw unusable(`${file} cannot be read`, error);
  }
}

function unusable(message: string, cause?: unknown): CountersignError {
  return new CountersignError('CERTIFICATE_UNREADABLE', message, { cause });
}
