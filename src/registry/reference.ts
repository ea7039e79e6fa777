import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Owner } from '../shares.ts';
import { type Digest, isDigest } from './digest.ts';

/** A repository on a registry, normalised as distribution/reference does it. */
export interface Repository {
  /** Canonical host: `docker.io` for every spelling of Docker Hub, lower case, with port if given. */
  readonly host: string;
  /** Path without leading slash, e.g. `library/nginx`. */
  readonly path: string;
}

/** An image reference. Where both stand, the digest decides and the tag takes no part. */
export interface Reference {
  readonly repository: Repository;
  readonly tag?: string;
  readonly digest?: Digest;
}

// The grammar of distribution/reference (regexp.go), which containerd and the kubelet parse with. No two
// neighbouring quantifiers can match the same character, so all of these are linear.
const HOST = /^(?:\[[0-9A-Fa-f:]+\]|[0-9A-Za-z]+(?:-+[0-9A-Za-z]+)*(?:\.[0-9A-Za-z]+(?:-+[0-9A-Za-z]+)*)*)$/;
const PORT = /^[1-9][0-9]{0,4}$/;
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const BARE_IDENTIFIER = /^[0-9a-f]{64}$/;

const MAX_NAME_LENGTH = 255;
const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_ALIASES: ReadonlySet<string> = new Set([
  DOCKER_HUB,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

/**
 * Reads an image reference as distribution/reference's `ParseDockerRef` does, with these differences, each of which
 * only refuses more or removes a second spelling: the host is lower-cased and loses the port 443, more names of Docker
 * Hub are known, only SHA-256 digests are accepted, and a tag beside a digest is kept (it takes no part).
 *
 * @throws REFERENCE_INVALID
 */
export function parseReference(text: string): Reference {
  if (text.length > limits.keyLength) throw invalid(text, `is longer than ${limits.keyLength} characters`);
  if (BARE_IDENTIFIER.test(text)) throw invalid(text, 'is an image id, not a repository name');

  const { domain, remainder } = splitDomain(text);
  const [beforeDigest, digest] = cut(remainder, '@');
  const [name, tag] = cut(beforeDigest, ':');
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(text, 'has a digest that is not sha256:<64 lower-case hex digits>');
  }
  if (tag !== undefined && !isTag(tag)) {
    throw invalid(text, 'has a tag that is not made of at most 128 letters, digits, `_`, `.` and `-`');
  }

  const host = domain === undefined ? DOCKER_HUB : canonicalHost(domain, text);
  const path = host === DOCKER_HUB && !name.includes('/') ? `library/${name}` : name;
  if (!path.split('/').every((component) => PATH_COMPONENT.test(component))) {
    throw invalid(
      text,
      'has a repository name that is not made of lower-case letters, digits and single separators',
    );
  }
  const repository = { host, path };
  if (repositoryName(repository).length > MAX_NAME_LENGTH) {
    throw invalid(text, `has a repository name of more than ${MAX_NAME_LENGTH} characters`);
  }
  if (digest === undefined) return { repository, tag: tag ?? 'latest' };
  return tag === undefined ? { repository, digest } : { repository, tag, digest };
}

/** The canonical text, which `parseReference` reads back as the same reference. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${repositoryName(reference.repository)}${tag}${digest}`;
}

/** Whose share the work for an image of this repository takes up. */
export function ownerOf({ host, path }: Repository): Owner {
  return [host, path];
}

/** `docker.io/library/nginx` */
export function repositoryName(repository: Repository): string {
  return `${repository.host}/${repository.path}`;
}

/**
 * `docker.io` for every name of Docker Hub; others without the port that https has anyway, or `ghcr.io:443` would be
 * outside of the scopes for `ghcr.io`. A name without a dot keeps it: only the port makes it a host.
 */
export function canonicalRegistry(host: string): string {
  const name = /[.\]]|^localhost:/.test(host) ? host.replace(/:443$/, '') : host;
  return DOCKER_HUB_ALIASES.has(name) ? DOCKER_HUB : name;
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The part before the first slash is a host where it can't be the first part of a Docker Hub repository. */
function splitDomain(text: string): { readonly domain: string | undefined; readonly remainder: string } {
  const [first, rest] = cut(text, '/');
  if (rest === undefined) return { domain: undefined, remainder: text };
  const isDomain = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  return isDomain ? { domain: first, remainder: rest } : { domain: undefined, remainder: text };
}

function canonicalHost(domain: string, text: string): string {
  const portAt = domain.startsWith('[') ? domain.indexOf(']:') + 1 : domain.indexOf(':');
  const name = portAt > 0 ? domain.slice(0, portAt) : domain;
  const port = portAt > 0 ? domain.slice(portAt + 1) : undefined;
  if (!HOST.test(name)) throw invalid(text, 'has a host that is neither a domain name nor an address');
  if (port !== undefined && !(PORT.test(port) && Number(port) <= 65_535)) {
    throw invalid(text, 'has a port that is not a number between 1 and 65535');
  }
  const lower = domain.toLowerCase();
  // `2130706433`, `0x7f.1` and `[0:0::1]` are other spellings of an address: policies and address rules must not
  // see another host than the connection does.
  const url = URL.parse(`https://${name}`);
  if (url === null || url.hostname !== name.toLowerCase()) {
    throw invalid(text, 'has a host in an unusual spelling; write the address in its canonical form');
  }
  // Lower-cased it would read as the first part of a Docker Hub repository, which is somewhere else.
  if (!/[.:]/.test(lower) && lower !== 'localhost') {
    throw invalid(text, 'has a host in upper case without a dot or port; write the full host name');
  }
  const canonical = canonicalRegistry(lower);
  // containerd would leave the name as it is, which is nothing that Docker Hub has.
  if (canonical === DOCKER_HUB && port !== undefined) {
    throw invalid(text, 'names Docker Hub with a port; write docker.io');
  }
  return canonical;
}

/** Cuts at the first separator; the second part is undefined where there is none. */
function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(text: string, what: string): CountersignError {
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return new CountersignError('REFERENCE_INVALID', `${JSON.stringify(shown)} ${what}`);
}
