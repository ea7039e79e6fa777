import { CountersignError } from '../errors.ts';
import { isJsonObject, parseStrictJson, StrictJsonError } from '../strict-json.ts';
import type { RegistryResponse } from './response.ts';

/** @throws REGISTRY_RESPONSE_INVALID where the body is no strictly valid JSON object */
export function readJsonObject(response: RegistryResponse): Readonly<Record<string, unknown>> {
  try {
    return parseJsonObject(response.body);
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    throw invalidResponse(response, error.message);
  }
}

/** @throws StrictJsonError */
export function parseJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const json = parseStrictJson(bytes);
  if (!isJsonObject(json)) throw new StrictJsonError('is no JSON object');
  return json;
}

/** @param what completes "the answer of HOST to PATH …" */
export function invalidResponse(response: RegistryResponse, what: string): CountersignError {
  const { host, pathname } = response.url;
  return new CountersignError('REGISTRY_RESPONSE_INVALID', `the answer of ${host} to ${pathname} ${what}`);
}
