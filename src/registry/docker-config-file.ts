import { decodeBase64 } from '../base64.ts';
import { CountersignError } from '../errors.ts';
import { isJsonObject, parseStrictJson, StrictJsonError } from '../strict-json.ts';
import type { Credential } from './access.ts';
import { canonicalRegistry } from './reference.ts';

/** What `docker login` writes, reduced to what says how to authenticate. Hosts are normalised. */
export interface DockerConfig {
  readonly auths: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly helpers: ReadonlyMap<string, string>;
  readonly store: string | undefined;
}

/** The key under which docker keeps the credentials of Docker Hub. */
export const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/';

/** `ghcr.io` for `https://ghcr.io/v2/`; `docker.io` for every name of Docker Hub. */
export function normaliseServer(server: string): string {
  const [host = ''] = server.replace(/^https?:\/\//, '').split('/');
  return canonicalRegistry(host.toLowerCase());
}

/** @throws CREDENTIALS_UNAVAILABLE; never with the file's content */
export function parseDockerConfig(bytes: Uint8Array, path: string): DockerConfig {
  const root = parseObject(bytes, path);
  const { auths = {}, credHelpers = {}, credsStore } = root;
  if (!isJsonObject(auths) || !isJsonObject(credHelpers)) {
    throw unavailable(path, 'has `auths` or `credHelpers` that are no objects');
  }
  if (credsStore !== undefined && typeof credsStore !== 'string') {
    throw unavailable(path, 'has a `credsStore` that is no string');
  }
  return {
    auths: byHost(auths, (entry) => (isJsonObject(entry) ? entry : undefined), path),
    helpers: byHost(credHelpers, (entry) => (typeof entry === 'string' ? entry : undefined), path),
    store: credsStore === '' ? undefined : credsStore,
  };
}

/**
 * The credentials of one entry of `auths`. Docker leaves entries empty where a store has them.
 *
 * @throws CREDENTIALS_UNAVAILABLE
 */
export function readAuthEntry(
  entry: Readonly<Record<string, unknown>>,
  path: string,
): Credential | undefined {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  if (typeof identitytoken === 'string' && identitytoken !== '') {
    return { kind: 'identity-token', token: identitytoken };
  }
  if (typeof auth === 'string' && auth !== '') return decodeAuth(auth, path);
  if (typeof username === 'string' && username !== '' && typeof password === 'string') {
    return { kind: 'basic', username, password };
  }
  if (registrytoken !== undefined) throw unavailable(path, 'has a `registrytoken`, which is not supported');
  const isEmpty = [auth, username, password, identitytoken].every(
    (field) => field === undefined || field === '',
  );
  if (!isEmpty) throw unavailable(path, 'has an entry in `auths` without user name and password');
  return undefined;
}

function decodeAuth(auth: string, path: string): Credential {
  const text = decodeBase64(auth.trim())?.toString('utf8') ?? '';
  const colon = text.indexOf(':');
  if (colon < 1) throw unavailable(path, 'has an `auth` that is not the base64 of `user:password`');
  // As docker does: files that old versions wrote are padded with NUL.
  return {
    kind: 'basic',
    username: text.slice(0, colon),
    password: text.slice(colon + 1).replace(/\0+$/, ''),
  };
}

function parseObject(bytes: Uint8Array, path: string): Readonly<Record<string, unknown>> {
  try {
    const json = parseStrictJson(bytes);
    if (isJsonObject(json)) return json;
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    throw unavailable(path, error.message);
  }
  throw unavailable(path, 'is no JSON object');
}

/** Several keys may name one host; the one that is the plain host goes before the others, the first before the next. */
function byHost<T>(
  entries: Readonly<Record<string, unknown>>,
  read: (entry: unknown) => T | undefined,
  path: string,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const [server, entry] of Object.entries(entries)) {
    const value = read(entry);
    if (value === undefined) throw unavailable(path, 'has an entry of the wrong type');
    const host = normaliseServer(server);
    if (!map.has(host) || server === host) map.set(host, value);
  }
  return map;
}

function unavailable(path: string, what: string): CountersignError {
  return new CountersignError('CREDENTIALS_UNAVAILABLE', `the docker config ${path} ${what}`);
}
