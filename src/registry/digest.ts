import { createHash } from 'node:crypto';
import { CountersignError } from '../errors.ts';

/** A content digest. Only SHA-256 in lower-case hex: other algorithms and spellings are other bytes to a cache. */
export type Digest = `sha256:${string}`;

const PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** @throws REFERENCE_INVALID for anything but `sha256:` and 64 lower-case hex digits. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new CountersignError(
    'REFERENCE_INVALID',
    `${JSON.stringify(text.slice(0, 100))} is not a digest of the form sha256:<64 lower-case hex digits>`,
  );
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
