import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseStrictJson, StrictJsonError } from '../strict-json.ts';

export const VERIFY_PATH = '/ratify/gatekeeper/v1/verify';
export const MUTATE_PATH = '/ratify/gatekeeper/v1/mutate';

/** Gatekeeper's template reads exactly one of the two; a mutation demands a string as value. */
export interface ProviderItem {
  readonly key: string;
  readonly value?: unknown;
  readonly error?: string;
}

/** What Gatekeeper decodes, whatever the status code is. */
export interface ProviderResponse {
  readonly apiVersion: 'externaldata.gatekeeper.sh/v1beta1';
  readonly kind: 'ProviderResponse';
  readonly response: {
    /** Whether asking twice gives the same answer: Gatekeeper refuses mutations without it, and else ignores it. */
    readonly idempotent: boolean;
    readonly items: readonly ProviderItem[];
    /** Empty where all is well. Gatekeeper never caches it. */
    readonly systemError: string;
  };
}

/**
 * Gatekeeper takes JSON without these fields for an empty answer, and templates take an empty answer for a good one:
 * so all of them always stand there.
 */
export function providerResponse(response: ProviderResponse['response']): ProviderResponse {
  return { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderResponse', response };
}

/**
 * The keys of a ProviderRequest, as they stand there. `apiVersion` and `kind` may say what they like, as with Ratify,
 * as long as they are strings. Checked by hand, since it stops at the first of what may be millions of wrong keys.
 *
 * @throws REQUEST_INVALID, REQUEST_TOO_LARGE
 */
export function parseProviderRequest(body: unknown): readonly string[] {
  if (!(body instanceof Uint8Array) || body.length === 0) throw invalid('The request has no body');
  const document = parseBody(body);
  if (!isObject(document)) throw invalid('The body is not a JSON object');
  for (const field of ['apiVersion', 'kind']) {
    const value = document[field] ?? '';
    if (typeof value !== 'string') throw invalid(`\`${field}\` is not a string`);
  }
  const request = document['request'] ?? {};
  if (!isObject(request)) throw invalid('`request` is not an object');
  const keys = request['keys'] ?? [];
  if (!Array.isArray(keys)) throw invalid('`request.keys` is not a list');
  if (keys.length === 0) throw invalid('`request.keys` names no image');
  if (keys.length > limits.requestItems) {
    const message = `\`request.keys\` has ${keys.length} keys, more than the ${limits.requestItems} that are answered`;
    throw new CountersignError('REQUEST_TOO_LARGE', message);
  }
  const wrong = keys.findIndex((key) => typeof key !== 'string');
  if (wrong !== -1) throw invalid(`\`request.keys[${wrong}]\` is not a string`);
  return keys;
}

function parseBody(body: Uint8Array): unknown {
  try {
    return parseStrictJson(body);
  } catch (error) {
    if (error instanceof StrictJsonError) throw invalid(`The body ${error.message}`, error);
    throw error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, cause?: unknown): CountersignError {
  return new CountersignError('REQUEST_INVALID', message, { cause });
}
