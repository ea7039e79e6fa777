import { isJsonObject } from '../strict-json.ts';
import { type Digest, isDigest } from './digest.ts';

/** A pointer to content, as OCI image-spec `descriptor.md` defines it, reduced to what is used here. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest as it was received; `digest` is the hash of `bytes`, whatever a header said. */
export interface Manifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
  /** The parsed body: strictly parsed JSON (no duplicate keys), an object. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** An entry of a listing that can't be followed. */
export interface UnusableDescriptor {
  /** Its digest is of an algorithm that is registered and not used here, or it is no descriptor at all. */
  readonly unusable: 'algorithm' | 'malformed';
  /** Empty where it is no descriptor. */
  readonly digest: string;
  readonly artifactType?: string;
}

/** An entry of a listing. What is wrong with one says nothing about the others. */
export type Listed = Descriptor | UnusableDescriptor;

/** The algorithms that OCI image-spec `descriptor.md` registers beside SHA-256. */
const OTHER_DIGEST = /^(?:sha512:[0-9a-f]{128}|blake3:[0-9a-f]{64})$/;
const MALFORMED: UnusableDescriptor = { unusable: 'malformed', digest: '' };

export function readListed(value: unknown): Listed {
  if (!isJsonObject(value)) return MALFORMED;
  const { mediaType, digest, size, artifactType, annotations } = value;
  if (typeof mediaType !== 'string' || typeof digest !== 'string') return MALFORMED;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return MALFORMED;
  if (artifactType !== undefined && typeof artifactType !== 'string') return MALFORMED;
  if (annotations !== undefined && !isStringMap(annotations)) return MALFORMED;
  const type = artifactType === undefined ? {} : { artifactType };
  if (isDigest(digest))
    return { mediaType, digest, size, ...type, ...(annotations === undefined ? {} : { annotations }) };
  return OTHER_DIGEST.test(digest) ? { unusable: 'algorithm', digest, ...type } : MALFORMED;
}

/** @returns undefined where the value is not a descriptor that can be used: its digest ends up in URLs */
export function readDescriptor(value: unknown): Descriptor | undefined {
  const listed = readListed(value);
  return 'unusable' in listed ? undefined : listed;
}

export function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
}
