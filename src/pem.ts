import { decodeBase64 } from './base64.ts';

export interface PemBlock {
  /** What stands behind BEGIN: `CERTIFICATE`, `PUBLIC KEY`, … */
  readonly label: string;
  readonly der: Buffer<ArrayBuffer>;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]+)-----$/;

/**
 * Reads a text that is exactly one PEM block (RFC 7468), white space around it aside. A second block, or words before
 * it, would be read by some programs and overlooked by others.
 *
 * @returns undefined for any other text.
 */
export function parsePem(text: string): PemBlock | undefined {
  const lines = text.trim().split(/\r?\n/);
  const label = BEGIN.exec(lines[0] ?? '')?.[1];
  if (label === undefined || lines.length < 3 || lines.at(-1) !== `-----END ${label}-----`) return undefined;
  const der = decodeBase64(lines.slice(1, -1).join(''));
  return der === undefined || der.length === 0 ? undefined : { label, der };
}
