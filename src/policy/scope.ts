import { CountersignError, reasonOf } from '../errors.ts';
import { canonicalRegistry, formatReference, parseReference, repositoryName } from '../registry/reference.ts';

/** Which images a trust policy is for. */
export interface Scope {
  /** As the configuration spells it. */
  readonly text: string;
  /**
   * What the scope covers, most specific first: one digest; one tag of a repository; a repository with all its tags
   * and digests; everything that starts the same; everything.
   */
  readonly kind: 'digest' | 'tag' | 'repository' | 'prefix' | 'all';
  /**
   * What a reference is compared with: `host/path`, `host/path:tag` or `host/path@digest`, normalised as references are
   * (`nginx` is `docker.io/library/nginx`). Of a prefix what stands before its `*`; empty for `*` alone.
   */
  readonly canonical: string;
  /** The host, where the text spells it in full with `/` after it; canonical, with port if it has one. */
  readonly host?: string;
}

/** Ratify's characters, and upper case and `_` for tags. `*` stands at the end or nowhere. */
const SYNTAX = /^[A-Za-z0-9._\-:@/]*\*?$/;

/**
 * What a canonical host may begin with. A port only after what can't be a repository of Docker Hub: `nginx:1*` is more
 * likely to be meant for tags.
 */
const HOST_START = /^(?:[a-z0-9][a-z0-9.-]*|(?:localhost|[a-z0-9-]+\.[a-z0-9.-]+):[0-9]*)$/;

const SOME_DIGEST = `@sha256:${'0'.repeat(64)}`;

/**
 * Reads one scope:
 * - `*`: every image
 * - text that ends in `*`: every image whose `host/path:tag` or `host/path@digest` starts with it, wherever the prefix
 *   ends, so `ghcr.io/org*` covers `ghcr.io/organisation/app`. Normalised as the references that begin with it:
 *   `bitnami/*` is `docker.io/bitnami/*`. Without a slash it is the beginning of a host, so `nginx*` is no Docker Hub
 *   image. Refused where no reference begins so, and `docker.io/nginx*`, which may be meant for the image
 *   `docker.io/library/nginx` or for all images of `docker.io/nginx/`
 * - a reference without tag and digest: the whole repository
 * - a reference with tag, or with digest; a tag that stands beside a digest takes no part
 * @param policy name of the trust policy, for the message
 * @throws SCOPE_INVALID
 */
export function parseScope(text: string, policy: string): Scope {
  if (text === '') throw invalid(`scope value cannot be empty in trust policy ${policy}`);
  if (!SYNTAX.test(text)) throw invalid(`invalid scope ${text} for trust policy ${policy}`);
  if (text === '*') return { text, kind: 'all', canonical: '' };
  try {
    return text.endsWith('*') ? parsePrefix(text) : parseExact(text);
  } catch (error) {
    throw invalid(`invalid scope ${text} for trust policy ${policy}: ${reasonOf(error).message}`, error);
  }
}

/**
 * The host that a scope names, for the rule that a private address may be contacted only where somebody named its
 * host: `registry.corp/team/*` names one; `registry.corp*`, `nginx` and `*` name none.
 */
export function namedHost(scope: Scope): string | undefined {
  return scope.host;
}

/** Whether it is for images of this host, or some of them, and not just for all images there are. */
export function singlesOut({ kind, canonical }: Scope, host: string): boolean {
  return kind !== 'all' && (canonical.startsWith(`${host}/`) || host.startsWith(canonical));
}

/** Whether a prefix ends in the middle of a host or path component, and so covers longer names that start the same. */
export function endsInsideName(scope: Scope): boolean {
  return scope.kind === 'prefix' && versionOf(scope.canonical) === -1 && !scope.canonical.endsWith('/');
}

/** Where the `:` of the tag or the `@` of the digest stands in a canonical text, -1 without; a port is neither. */
export function versionOf(canonical: string): number {
  const start = canonical.indexOf('/') + 1;
  const offset = start === 0 ? -1 : canonical.slice(start).search(/[:@]/);
  return offset === -1 ? -1 : start + offset;
}

function parsePrefix(text: string): Scope {
  const prefix = text.slice(0, -1);
  const slash = prefix.indexOf('/');
  if (slash === -1) return parseHostPrefix(text, prefix.toLowerCase());
  const host = hostOf(prefix);
  const version = versionOf(prefix);
  const name = prefix.slice(host === undefined ? 0 : slash + 1, version === -1 ? undefined : version);
  const rest = version === -1 ? '' : prefix.slice(version);
  if (name !== name.toLowerCase()) throw invalid('the name of a repository is lower case');
  if (rest.startsWith(':') && rest.includes('@')) {
    throw invalid('a tag takes no part where a digest stands beside it');
  }
  if (host === 'docker.io' && rest === '' && /^[^/]+$/.test(name)) {
    throw invalid(
      `write docker.io/library/${name}* for the images of Docker Hub itself, or docker.io/${name}/* for those of ${name}`,
    );
  }
  // The reference grammar says what the images are called that begin so, and whether there can be any.
  const ending = endingOf(rest);
  const reference = parseReference(`${prefix}${ending}`);
  const complete = version === -1 ? repositoryName(reference.repository) : formatReference(reference);
  const canonical = complete.slice(0, complete.length - ending.length);
  return { text, kind: 'prefix', canonical, ...(host !== undefined && { host }) };
}

/** Without a slash it ends within the host. */
function parseHostPrefix(text: string, canonical: string): Scope {
  if (!HOST_START.test(canonical)) {
    throw invalid(
      `without / it stands for hosts, and ${canonical} does not plainly begin one; write docker.io/library/${canonical}* for images of Docker Hub, or the whole host and / after it`,
    );
  }
  const known = canonicalRegistry(canonical);
  if (known !== canonical) throw invalid(`images of ${canonical} are called ${known}/…; write ${known}/*`);
  return { text, kind: 'prefix', canonical };
}

/** What makes the beginning of a reference a whole one. Not `a` alone: Docker Hub puts `library/` before one component. */
function endingOf(version: string): string {
  if (version === '') return 'a/a';
  return version.startsWith(':') ? 'a' : SOME_DIGEST.slice(version.length);
}

function parseExact(text: string): Scope {
  const { repository, tag, digest } = parseReference(text);
  const name = repositoryName(repository);
  const host = hostOf(text);
  const common = { text, ...(host !== undefined && { host }) };
  if (digest !== undefined) return { ...common, kind: 'digest', canonical: `${name}@${digest}` };
  // The parser adds the tag `latest` where none is written; only a written one narrows the scope.
  if (tag !== undefined && text.endsWith(`:${tag}`)) {
    return { ...common, kind: 'tag', canonical: `${name}:${tag}` };
  }
  return { ...common, kind: 'repository', canonical: name };
}

/** Asks the reference grammar whether the first component is a host or, as in `library/nginx`, part of the path. */
function hostOf(text: string): string | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const { repository } = parseReference(`${text.slice(0, slash)}/any/image`);
  return repository.path === 'any/image' ? repository.host : undefined;
}

function invalid(message: string, cause?: unknown): CountersignError {
  return new CountersignError('SCOPE_INVALID', message, { cause });
}
