import { setTimeout as delay } from 'node:timers/promises';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { abortError } from './abort.ts';
import type { RegistryAccess } from './access.ts';
import { type BackingOff, BackOff, type Failure, type Place } from './back-off.ts';
import type { CallContext } from './client.ts';
import { Connections, type ConnectionsOptions } from './connections.ts';
import { contactOf, redirectTarget } from './contact.ts';
import { HostQueue } from './host-queue.ts';
import { isOfHost, isPassing, networkError } from './network-error.ts';
import { headerOf, type RegistryResponse, retryAfterOf } from './response.ts';
import { type BodyBound, discardBody, readBody } from './response-body.ts';

export interface RegistryRequest {
  readonly access: RegistryAccess;
  /** What it is about, as the remote side names it: requests for different repositories take turns. */
  readonly repository: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly accept?: string;
  /** Value of the Authorization header; it does not follow a redirect to another scheme, host or port. */
  readonly authorization?: string;
  /** A form; such a request is not redirected. */
  readonly form?: URLSearchParams;
  readonly maxBytes: number;
  readonly overflow: BodyBound['overflow'];
  readonly call: CallContext;
}

/** One request as it went over the wire, for metrics. */
export interface RequestEvent {
  readonly host: string;
  readonly method: string;
  /** 0 where no answer came. */
  readonly status: number;
  readonly durationMs: number;
  /** Of the request that it was sent for. */
  readonly traceId: string | undefined;
}

export interface TransportOptions extends ConnectionsOptions {
  /** The program's version, for the User-Agent. */
  readonly version: string;
  readonly onRequest?: (event: RequestEvent) => void;
  /** Headers that carry a trace id, with their values. By default none is sent. */
  readonly traceHeaders?: (traceId: string) => Readonly<Record<string, string>>;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const BACKOFF_MS = 50;
/** Seconds that are waited at the wish of a server; who asks for more is asked again with the next verification. */
const MAX_WAIT = 1;

/**
 * Sends requests under the rules of who may be contacted, with bounds on everything: connections, time without a
 * byte, bytes, redirects, attempts.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #connections: Connections;
  readonly #queue = new HostQueue({
    concurrency: limits.registryConcurrency,
    waiting: limits.registryQueue,
  });
  readonly #backOff = new BackOff();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#connections = new Connections(options);
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  /** Hosts and repositories that are not asked at the moment. */
  backingOff(): readonly BackingOff[] {
    return this.#backOff.current();
  }

  /**
   * Sends a request, again where the failure may be a passing one and time is left, and follows redirects.
   *
   * @returns the answer, whatever its status
   * @throws ADDRESS_FORBIDDEN, REDIRECT_FORBIDDEN, REGISTRY_UNREACHABLE, REGISTRY_RESPONSE_INVALID, LIMIT_EXCEEDED,
   *   DEADLINE_EXCEEDED; at once OVERLOADED, and REGISTRY_THROTTLED, REGISTRY_ERROR or REGISTRY_UNREACHABLE while the
   *   host or the repository is left alone
   */
  async send(request: RegistryRequest): Promise<RegistryResponse> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#follow(request);
      const { response, url } = outcome;
      const place = placeOf(request, url);
      const isAgain =
        mayPass(outcome) &&
        attempt < limits.registryAttempts &&
        !this.#backOff.isOnTrial(place) &&
        (await pause(attempt, request.call.signal, response));
      if (isAgain) continue;
      const failure = failureOf(outcome);
      if (failure !== undefined) this.#backOff.failed(place, failure);
      else if (response !== undefined) this.#backOff.answered(place);
      if (response === undefined) throw outcome.error;
      return response;
    }
  }

  /** Never rejects. */
  async #follow(request: RegistryRequest): Promise<Outcome> {
    let { url, authorization } = request;
    try {
      for (let redirects = 0; redirects <= limits.redirects; redirects += 1) {
        const response = await this.#exchange(request, url, authorization);
        const location = REDIRECTS.has(response.status) ? headerOf(response, 'location') : undefined;
        if (location === undefined) return { url, response };
        this.#backOff.answered(placeOf(request, url));
        if (request.form !== undefined) {
          throw new CountersignError(
            'REDIRECT_FORBIDDEN',
            `${url.host} redirects a request that carries credentials`,
          );
        }
        const target = redirectTarget(request.access, url, location);
        // Dropped for good, even where a later hop leads back (OCI distribution-spec: not across host boundaries).
        if (target.origin !== url.origin) authorization = undefined;
        url = target;
      }
      throw new CountersignError(
        'REGISTRY_RESPONSE_INVALID',
        `${request.url.host} redirects more than ${limits.redirects} times`,
      );
    } catch (error) {
      return { url, error };
    }
  }

  async #exchange(
    request: RegistryRequest,
    url: URL,
    authorization: string | undefined,
  ): Promise<RegistryResponse> {
    const { host } = url;
    const { signal, budget } = request.call;
    const contact = contactOf(request.access, url);
    const place = placeOf(request, url);
    this.#backOff.heed(place);
    try {
      return await this.#queue.run(host, [request.access.host, request.repository], signal, async () => {
        // It may have failed for others while this one waited.
        this.#backOff.heed(place);
        const dispatcher = this.#connections.dispatcher(url, contact);
        const start = performance.now();
        let status = 0;
        try {
          const answer = await dispatcher.request({
            origin: url.origin,
            path: url.pathname + url.search,
            method: request.method,
            headers: this.#headers(request, authorization),
            body: request.form?.toString() ?? null,
            headersTimeout: limits.registryIdle,
            bodyTimeout: limits.registryIdle,
            signal,
          });
          status = answer.statusCode;
          const isRead = request.method !== 'HEAD' && status >= 200 && status < 300;
          const bound = { host, maxBytes: request.maxBytes, overflow: request.overflow, budget };
          const body = isRead ? await readBody(answer, bound) : await discardBody(answer);
          return { url, status, headers: answer.headers, body };
        } finally {
          this.#options.onRequest?.({
            host,
            method: request.method,
            status,
            durationMs: performance.now() - start,
            traceId: request.call.traceId,
          });
        }
      });
    } catch (thrown) {
      throw errorOf(thrown, host, signal);
    }
  }

  #headers(request: RegistryRequest, authorization: string | undefined): Record<string, string> {
    const { traceId } = request.call;
    return {
      ...(traceId === undefined ? {} : this.#options.traceHeaders?.(traceId)),
      'user-agent': `countersign/${this.#options.version}`,
      // Sizes and digests are those of the bytes as stored.
      'accept-encoding': 'identity',
      ...(request.accept === undefined ? {} : { accept: request.accept }),
      ...(authorization === undefined ? {} : { authorization }),
      ...(request.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    };
  }
}

/** How a request ended, after redirects, and where. */
type Outcome =
  | { readonly url: URL; readonly response: RegistryResponse; readonly error?: undefined }
  | { readonly url: URL; readonly response?: undefined; readonly error: unknown };

function placeOf({ access, repository }: RegistryRequest, { host }: URL): Place {
  return { fingerprint: access.fingerprint, host, repository };
}

function mayPass({ response, error }: Outcome): boolean {
  return response === undefined ? isPassing(error) : isPassingStatus(response.status);
}

function isPassingStatus(status: number): boolean {
  // 501 says that the registry will never do it.
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

/** What counts against the host or the repository: 429, 5xx and failures of the network, nothing else. */
function failureOf({ response, error }: Outcome): Failure | undefined {
  if (response === undefined) {
    // Without a cause it is the back-off's own.
    const isOfNetwork =
      error instanceof CountersignError && error.code === 'REGISTRY_UNREACHABLE' && error.cause !== undefined;
    return isOfNetwork ? { code: error.code, what: error.message, ofHost: isOfHost(error) } : undefined;
  }
  const { status } = response;
  if (!isPassingStatus(status)) return undefined;
  const retryAfter = retryAfterOf(response);
  return {
    code: status === 429 ? 'REGISTRY_THROTTLED' : 'REGISTRY_ERROR',
    what: `status ${status}`,
    ofHost: status === 429 || retryAfter !== undefined,
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** @returns false where waiting makes no sense or time is up: what happened before stands */
async function pause(attempt: number, signal: AbortSignal, response?: RegistryResponse): Promise<boolean> {
  const asked = response && retryAfterOf(response);
  if (asked !== undefined && asked > MAX_WAIT) return false;
  const backoff = BACKOFF_MS * 3 ** (attempt - 1) * (0.5 + Math.random() / 2);
  try {
    await delay(Math.max(backoff, (asked ?? 0) * 1_000), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

function errorOf(thrown: unknown, host: string, signal: AbortSignal): unknown {
  if (thrown instanceof CountersignError) return thrown;
  return signal.aborted ? abortError(signal, host) : (networkError(thrown, host) ?? thrown);
}
