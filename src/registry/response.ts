import { CountersignError } from '../errors.ts';
import { parseRetryAfter } from './retry-after.ts';

/** An answer, read to its end. The bodies of errors are not read: they hold nothing that is decided upon. */
export interface RegistryResponse {
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** The value of a header that must not be repeated; where it is, it counts as absent. */
export function headerOf(response: Pick<RegistryResponse, 'headers'>, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The media type without parameters, lower case; empty where there is none. */
export function mediaTypeOf(response: Pick<RegistryResponse, 'headers'>): string {
  const [type = ''] = (headerOf(response, 'content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** Seconds that the answer asks to wait for. */
export function retryAfterOf(response: Pick<RegistryResponse, 'headers'>): number | undefined {
  return parseRetryAfter(headerOf(response, 'retry-after'), Date.now());
}

/** What a status means that the caller has no use for. */
export function statusError(response: RegistryResponse, what: string): CountersignError {
  const { status, url } = response;
  if (status === 401 || status === 403) {
    return new CountersignError('REGISTRY_UNAUTHORIZED', `${url.host} refuses ${what} with status ${status}`);
  }
  const retryAfter = retryAfterOf(response);
  return new CountersignError(
    status === 429 ? 'REGISTRY_THROTTLED' : 'REGISTRY_ERROR',
    `${url.host} answers ${what} with status ${status}`,
    retryAfter === undefined ? {} : { retryAfter },
  );
}
