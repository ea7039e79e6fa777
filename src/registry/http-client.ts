import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { RegistryAccess } from './access.ts';
import { apiUrl, remoteName } from './api-url.ts';
import { AuthorizedTransport, type UnauthorizedRequest } from './authorized-transport.ts';
import type { BackingOff } from './back-off.ts';
import type { CallContext, RegistryClient } from './client.ts';
import type { Descriptor, Listed, Manifest } from './descriptor.ts';
import { type Digest, digestOf, isDigest } from './digest.ts';
import { invalidResponse } from './json-body.ts';
import { INDEX_MEDIA_TYPE, MANIFEST_TYPES, readManifest } from './manifest-body.ts';
import { isTag, type Reference, type Repository, repositoryName } from './reference.ts';
import { isUnsupported, nextPage, readReferrers } from './referrers-page.ts';
import { headerOf, mediaTypeOf, type RegistryResponse, statusError } from './response.ts';
import { Transport, type TransportOptions } from './transport.ts';

export type RegistryClientOptions = TransportOptions;

export interface HttpClient extends RegistryClient {
  /** Registries, and single repositories, that are not asked at the moment. */
  backingOff(): readonly BackingOff[];
  /** Ends the connections; requests that are under way fail. */
  close(): Promise<void>;
}

/** Answers to HEAD that say "not this way" rather than "no". */
const HEAD_UNSUPPORTED: ReadonlySet<number> = new Set([400, 405, 406, 501]);

/** The registry client that speaks HTTP. */
export function createRegistryClient(options: RegistryClientOptions): HttpClient {
  return new HttpRegistryClient(new Transport(options));
}

type Question = Pick<UnauthorizedRequest, 'access' | 'method' | 'accept' | 'maxBytes' | 'overflow' | 'call'>;

class HttpRegistryClient implements HttpClient {
  readonly #transport: Transport;
  readonly #authorized: AuthorizedTransport;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#authorized = new AuthorizedTransport(transport);
  }

  backingOff(): readonly BackingOff[] {
    return this.#transport.backingOff();
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async resolve(
    access: RegistryAccess,
    reference: Reference & { readonly tag: string },
    call: CallContext,
  ): Promise<Digest | undefined> {
    const { repository, tag } = reference;
    const question = manifestQuestion(access, 'HEAD', call, limits.manifest);
    const response = await this.#ask(question, repository, `manifests/${checkedTag(tag)}`);
    if (response.status === 404) return undefined;
    if (response.status !== 200 && !HEAD_UNSUPPORTED.has(response.status)) {
      throw statusError(response, `a request for ${repositoryName(repository)}:${tag}`);
    }
    const digest = headerOf(response, 'docker-content-digest');
    const isUsable = response.status === 200 && MANIFEST_TYPES.includes(mediaTypeOf(response));
    // Unproven, but everything after is addressed by it: a lie leads to another image, not to another verdict.
    if (isUsable && digest !== undefined && isDigest(digest)) return digest;
    return (await this.manifest(access, repository, tag, call, limits.manifest))?.digest;
  }

  async manifest(
    access: RegistryAccess,
    repository: Repository,
    reference: Digest | string,
    call: CallContext,
    maxBytes: number = limits.signatureManifest,
  ): Promise<Manifest | undefined> {
    const expected = isDigest(reference) ? reference : undefined;
    const question = manifestQuestion(access, 'GET', call, maxBytes);
    const response = await this.#ask(question, repository, `manifests/${expected ?? checkedTag(reference)}`);
    if (response.status === 404) return undefined;
    if (response.status !== 200) {
      throw statusError(response, `a request for the manifest ${reference} of ${repositoryName(repository)}`);
    }
    // Before anything is read out of it.
    if (expected !== undefined) checkDigest(response, expected);
    return readManifest(response);
  }

  async blob(
    access: RegistryAccess,
    repository: Repository,
    descriptor: Descriptor,
    maxBytes: number,
    call: CallContext,
  ): Promise<Uint8Array | undefined> {
    const { digest, size } = descriptor;
    if (!isDigest(digest)) {
      throw new CountersignError(
        'REGISTRY_RESPONSE_INVALID',
        `a descriptor of ${access.host} has no valid digest`,
      );
    }
    if (size > maxBytes) {
      throw new CountersignError(
        'LIMIT_EXCEEDED',
        `the blob ${digest} has ${size} bytes; at most ${maxBytes} are read`,
      );
    }
    const overflow = 'REGISTRY_RESPONSE_INVALID';
    const question = { access, method: 'GET', maxBytes: size, overflow, call } as const;
    const response = await this.#ask(question, repository, `blobs/${digest}`);
    if (response.status === 404) return undefined;
    if (response.status !== 200) {
      throw statusError(response, `a request for the blob ${digest} of ${repositoryName(repository)}`);
    }
    if (response.body.byteLength !== size) {
      throw invalidResponse(response, `has ${response.body.byteLength} bytes, its descriptor says ${size}`);
    }
    checkDigest(response, digest);
    return response.body;
  }

  async referrers(
    access: RegistryAccess,
    repository: Repository,
    digest: Digest,
    call: CallContext,
  ): Promise<readonly Listed[] | undefined> {
    const question = {
      access,
      repository: remoteName(access, repository),
      method: 'GET',
      accept: INDEX_MEDIA_TYPE,
      maxBytes: limits.referrersPage,
      overflow: 'LIMIT_EXCEEDED',
      call,
    } as const;
    const listing = apiUrl(access, repository, 'referrers/');
    const found: Listed[] = [];
    const seen = new Set<string>();
    let url: URL | undefined = apiUrl(access, repository, `referrers/${digest}`);
    while (url !== undefined) {
      seen.add(url.href);
      const response = await this.#authorized.send({ ...question, url });
      if (seen.size === 1 && isUnsupported(response)) return undefined;
      if (response.status !== 200) throw statusError(response, `a request for the referrers of ${digest}`);
      found.push(...readReferrers(response));
      url = nextPage(response, url, listing);
      if (url !== undefined && seen.has(url.href))
        throw invalidResponse(response, 'links back to a page already read');
      if (found.length > limits.referrers || (url !== undefined && seen.size === limits.referrersPages)) {
        throw new CountersignError(
          'LIMIT_EXCEEDED',
          `more is attached to ${repositoryName(repository)}@${digest} than the ${limits.referrers} artifacts ` +
            `on ${limits.referrersPages} pages that are read`,
        );
      }
    }
    return found;
  }

  #ask(question: Question, repository: Repository, resource: string): Promise<RegistryResponse> {
    const { access } = question;
    const url = apiUrl(access, repository, resource);
    return this.#authorized.send({ ...question, repository: remoteName(access, repository), url });
  }
}

function manifestQuestion(
  access: RegistryAccess,
  method: 'GET' | 'HEAD',
  call: CallContext,
  maxBytes: number,
): Question {
  const accept = MANIFEST_TYPES.join(', ');
  return { access, method, accept, maxBytes, overflow: 'LIMIT_EXCEEDED', call };
}

/** A tag becomes a part of a URL. */
function checkedTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw new CountersignError(
    'REFERENCE_INVALID',
    `${JSON.stringify(tag.slice(0, 100))} is neither a tag nor a digest`,
  );
}

function checkDigest(response: RegistryResponse, expected: Digest): void {
  const actual = digestOf(response.body);
  if (actual !== expected) throw invalidResponse(response, `has the digest ${actual}, not ${expected}`);
}
