import { constants, open } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { limits } from '../limits.ts';
import type { FieldPath, Origin } from './diagnostic.ts';
import type { Resource } from './resource.ts';

/** A file that a resource names by path. */
export interface FileReference {
  /** Absolute. */
  readonly path: string;
  readonly field: FieldPath;
}

export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  /** `why` completes "the file can't be read: ". */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Contents by absolute path. */
export type FileContents = ReadonlyMap<string, FileContent>;

/** The files that must be read before the resource can be compiled: keys, trust roots, certificate authorities. */
export function filesOf(resource: Resource): readonly FileReference[] {
  return namedFiles(resource).map(({ file, field }) => ({ path: resolvePath(resource.origin, file), field }));
}

/** Paths are relative to the file that names them; without one, to the working directory. */
export function resolvePath(origin: Origin, path: string): string {
  if (isAbsolute(path) || origin.file === undefined) return resolve(path);
  return resolve(dirname(origin.file), path);
}

/** Reads all of them; what can't be read is a value, since it concerns one resource only. */
export async function readFiles(paths: Iterable<string>): Promise<FileContents> {
  const contents = await Promise.all(
    [...new Set(paths)].map(
      async (path): Promise<[string, FileContent]> => [path, await readBounded(path, limits.trustRoot)],
    ),
  );
  return new Map(contents);
}

/** Reads a regular file of UTF-8 text. */
export async function readBounded(path: string, maxBytes: number): Promise<FileContent> {
  try {
    // A named pipe without a writer would otherwise be waited for.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return { kind: 'unreadable', why: 'it is not a regular file' };
      if (stat.size > maxBytes) {
        return { kind: 'unreadable', why: `it has ${stat.size} bytes, and at most ${maxBytes} are read` };
      }
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile());
      return { kind: 'text', text };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { kind: 'unreadable', why: describeFailure(error) };
  }
}

export function describeFailure(error: unknown): string {
  switch ((error as { code?: unknown } | undefined)?.code) {
    case 'ENOENT':
      return 'it does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'it is not UTF-8 text';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function namedFiles(resource: Resource): { readonly file: string; readonly field: FieldPath }[] {
  const named = (file: string | undefined, ...field: FieldPath) =>
    file === undefined || file === '' ? [] : [{ file, field: ['spec', 'parameters', ...field] }];
  switch (resource.kind) {
    case 'Verifier': {
      const { key, trustPolicies = [] } = resource.spec.parameters;
      return [
        ...named(key, 'key'),
        ...trustPolicies.flatMap((policy, index) =>
          policy.keys.flatMap(({ file }, nth) => named(file, 'trustPolicies', index, 'keys', nth, 'file')),
        ),
      ];
    }
    case 'Store':
      return resource.spec.parameters.registries.flatMap(({ caFile }, index) =>
        named(caFile, 'registries', index, 'caFile'),
      );
    case 'KeyManagementProvider':
      return resource.spec.type === 'sigstore-trust-root' ? named(resource.spec.parameters.file, 'file') : [];
    case 'Policy':
      return [];
  }
}
