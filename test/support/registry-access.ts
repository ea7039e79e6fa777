import { onTestFinished } from 'vitest';
import type { Credential, CredentialSource, RegistryAccess } from '../../src/registry/access.ts';
import { createByteBudget } from '../../src/registry/byte-budget.ts';
import type { CallContext, RegistryClient } from '../../src/registry/client.ts';
import { anonymousCredentials } from '../../src/registry/docker-config.ts';
import { createRegistryClient, type RegistryClientOptions } from '../../src/registry/http-client.ts';

export const REPOSITORY = { host: 'registry.test', path: 'team/app' };

/** Access to a server on loopback, as a cluster-wide Store that lists it would give. */
export function accessTo(endpoint: string, view: Partial<RegistryAccess> = {}): RegistryAccess {
  return {
    host: REPOSITORY.host,
    endpoint: new URL(endpoint),
    allowPrivate: true,
    privateHosts: new Set(),
    plainHosts: view.privateHosts ?? new Set(),
    credentials: anonymousCredentials,
    cosignEnabled: true,
    fingerprint: `access to ${endpoint}`,
    ...view,
  };
}

export function credentialsOf(credential: Credential): CredentialSource {
  return { fingerprint: 'test', lookup: () => Promise.resolve(credential) };
}

export function basic(username: string, password: string): CredentialSource {
  return credentialsOf({ kind: 'basic', username, password });
}

/** A client that ends with the test. */
export function newClient(options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const client = createRegistryClient({ version: '0.0.0-test', ...options });
  onTestFinished(() => client.close());
  return client;
}

export function newCall(context: Partial<CallContext> = {}): CallContext {
  return { signal: AbortSignal.timeout(30_000), budget: createByteBudget(1024 * 1024), ...context };
}
