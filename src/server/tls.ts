import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { CountersignError } from '../errors.ts';

export interface TlsSettings {
  /** Folder with `tls.crt` (PEM, the server's certificate first) and `tls.key`. */
  readonly certDir: string;
  /** PEM files. With at least one, only clients with a certificate of these authorities are served. */
  readonly clientCaFiles: readonly string[];
  /** Optional, TLS 1.3: Gatekeeper speaks nothing older. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** What the server presents and demands, read and checked. */
export interface TlsMaterial {
  readonly serverOptions: ServerOptions;
  /** The server's own certificate. */
  readonly certificate: X509Certificate;
}

/** Every file that `loadTls` reads. */
export function tlsFiles({ certDir, clientCaFiles }: TlsSettings): readonly string[] {
  return [join(certDir, 'tls.crt'), join(certDir, 'tls.key'), ...clientCaFiles];
}

/** @throws CERTIFICATE_UNREADABLE */
export async function loadTls(settings: TlsSettings): Promise<TlsMaterial> {
  const certificateFile = join(settings.certDir, 'tls.crt');
  const cert = await readPem(certificateFile);
  const key = await readPem(join(settings.certDir, 'tls.key'));
  const certificate = firstCertificate(cert, certificateFile);
  const serverOptions: ServerOptions = { cert, key, minVersion: settings.minVersion ?? 'TLSv1.3' };
  try {
    createSecureContext(serverOptions);
  } catch (error) {
    throw unreadable(`tls.crt and tls.key in ${settings.certDir} do not make a pair`, error);
  }
  if (settings.clientCaFiles.length === 0) return { serverOptions, certificate };

  const ca = await Promise.all(settings.clientCaFiles.map(readPem));
  // Node would take a file without certificates for "trust nobody", and say so only in failing handshakes.
  for (const [index, file] of settings.clientCaFiles.entries()) firstCertificate(ca[index] ?? '', file);
  return {
    serverOptions: { ...serverOptions, ca, requestCert: true, rejectUnauthorized: true },
    certificate,
  };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(`${file} cannot be read`, error);
  }
}

const BEGIN = /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g;
const BLOCK = /-----BEGIN ([A-Z0-9 ]*CERTIFICATE)-----[^-]+-----END \1-----/g;

/** OpenSSL reads up to the first certificate that is cut off or damaged, and in silence does without the rest. */
function firstCertificate(pem: string, file: string): X509Certificate {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length !== (pem.match(BEGIN) ?? []).length) {
    throw unreadable(`${file} is cut off within a certificate`);
  }
  try {
    const [first] = blocks.map((block) => new X509Certificate(block));
    if (first !== undefined) return first;
  } catch (error) {
    throw unreadable(`${file} holds a certificate that cannot be read`, error);
  }
  throw unreadable(`${file} holds no PEM certificate`);
}

function unreadable(message: string, cause?: unknown): CountersignError {
  return new CountersignError('CERTIFICATE_UNREADABLE', message, { cause });
}
