import { MUTATE_PATH, VERIFY_PATH } from './provider-protocol.ts';

export interface ProviderManifestOptions {
  /** Where Gatekeeper reaches the server, e.g. `https://127.0.0.1:6001`. */
  readonly origin: string;
  /** Base64 of the PEM certificates that Gatekeeper is to trust. */
  readonly caBundle: string;
}

/**
 * YAML of the two Provider objects, with the names that Ratify's templates and mutations use. The timeouts are whole
 * seconds and must be there: Gatekeeper takes a missing one for none at all, and every call fails.
 */
export function providerManifests({ origin, caBundle }: ProviderManifestOptions): string {
  return [
    provider('ratify-provider', `${origin}${VERIFY_PATH}`, 2, caBundle),
    provider('ratify-mutation-provider', `${origin}${MUTATE_PATH}`, 1, caBundle),
  ].join('---\n');
}

function provider(name: string, url: string, timeout: number, caBundle: string): string {
  return `apiVersion: externaldata.gatekeeper.sh/v1beta1
kind: Provider
metadata:
  name: ${name}
spec:
  url: ${url}
  timeout: ${timeout}
  caBundle: ${caBundle}
`;
}
