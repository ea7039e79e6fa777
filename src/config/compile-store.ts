import { X509Certificate } from 'node:crypto';
import { formatResource, type ResourceId } from '../policy/resource.ts';
import type { CredentialSource } from '../registry/access.ts';
import { classifyHost } from '../registry/address.ts';
import type { FieldPath } from './diagnostic.ts';
import { type FileContents, resolvePath } from './referenced-files.ts';
import { canonicalHost } from './registry-host.ts';
import type { ResourceOf } from './resource.ts';
import type { RegistryEntry } from './schema/store.ts';
import type { Report } from './settle.ts';

/** How one host is reached. */
export interface Route {
  readonly endpoint: URL;
  readonly ca?: string;
  /** The Store has its own endpoint or certificate authorities for it. */
  readonly remapped: boolean;
}

export interface CompiledStore {
  readonly id: ResourceId;
  readonly cosignEnabled: boolean;
  readonly useHttp: boolean;
  readonly credentials: CredentialSource;
  /** By canonical host. */
  readonly routes: ReadonlyMap<string, Route>;
}

/** What a Store is compiled with. */
export interface StoreContext {
  readonly files: FileContents;
  /** @param path absolute; undefined for the default docker config */
  readonly credentials: (path: string | undefined) => CredentialSource;
  /** The cluster-wide Store that lists a host, for namespaced Stores. */
  readonly listedBy: (host: string) => ResourceId | undefined;
  /** The cluster-wide Verifier that governs the namespace and has a scope for images of this host, for namespaced Stores. */
  readonly singledOutBy: (host: string, namespace: string) => ResourceId | undefined;
  readonly report: Report;
}

const PARAMETERS: FieldPath = ['spec', 'parameters'];

export function compileStore(
  resource: ResourceOf<'Store'>,
  context: StoreContext,
): CompiledStore | undefined {
  const { id, origin, spec } = resource;
  const { cosignEnabled, useHttp, authProvider, registries } = spec.parameters;
  if (useHttp) {
    const message =
      'every registry of this Store is asked over plain http, where anybody on the way can answer';
    context.report({ path: [...PARAMETERS, 'useHttp'], code: 'PLAIN_HTTP', message });
  }
  const routes = new Map<string, Route>();
  let complete = true;
  for (const [index, entry] of registries.entries()) {
    const path = [...PARAMETERS, 'registries', index];
    const host = compileHost(entry.host, [...path, 'host'], context.report);
    const route = host === undefined ? undefined : compileRoute(resource, entry, host, path, context);
    if (host !== undefined && routes.has(host)) {
      context.report({
        path: [...path, 'host'],
        code: 'CONFIG_INVALID',
        message: `the host ${host} is listed twice`,
      });
    }
    if (host === undefined || route === undefined) complete = false;
    else routes.set(host, route);
  }
  if (!complete) return undefined;
  const configPath = authProvider?.configPath;
  const credentials = context.credentials(
    configPath === undefined ? undefined : resolvePath(origin, configPath),
  );
  return { id, cosignEnabled, useHttp, credentials, routes };
}

/** The endpoint of a host that no Store gives another one. */
export function defaultEndpoint(host: string, plainHttp: boolean): URL {
  // What answers at docker.io itself is a web site.
  return new URL(`${plainHttp ? 'http' : 'https'}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`);
}

function compileHost(host: string, path: FieldPath, report: Report): string | undefined {
  const canonical = canonicalHost(host);
  if (canonical !== undefined) return canonical;
  report({
    path,
    code: 'FIELD_INVALID',
    message: `${JSON.stringify(host.slice(0, 100))} is not a host that an image can name`,
    remediation:
      'Write it as image references do: host or host:port, with a dot or a port, without https://.',
  });
  return undefined;
}

function compileRoute(
  resource: ResourceOf<'Store'>,
  entry: RegistryEntry,
  host: string,
  path: FieldPath,
  context: StoreContext,
): Route | undefined {
  const { report } = context;
  const plainHttp = entry.plainHttp ?? resource.spec.parameters.useHttp;
  const endpoint =
    entry.endpoint === undefined
      ? defaultEndpoint(host, plainHttp)
      : compileEndpoint(entry.endpoint, [...path, 'endpoint'], report);
  const ca = compileAuthorities(resource, entry, path, context);
  if (endpoint === undefined || ca === undefined) return undefined;
  const remapped = entry.endpoint !== undefined || ca !== '';
  if (endpoint.protocol === 'http:' && (entry.plainHttp === true || entry.endpoint !== undefined)) {
    const field = entry.endpoint === undefined ? 'plainHttp' : 'endpoint';
    const message = `the registry ${host} is asked over plain http, where anybody on the way can answer`;
    report({ path: [...path, field], code: 'PLAIN_HTTP', message });
  }
  if (resource.id.namespace !== undefined) {
    const refusal =
      refuseTenantRoute(host, endpoint, remapped, context) ??
      (remapped ? refuseRemapping(host, resource.id.namespace, context) : undefined);
    if (refusal !== undefined) report({ path, code: 'TENANT_FORBIDDEN', message: refusal });
  }
  return { endpoint, remapped, ...(ca === '' ? {} : { ca }) };
}

function refuseTenantRoute(
  host: string,
  endpoint: URL,
  remapped: boolean,
  context: StoreContext,
): string | undefined {
  const listedBy = context.listedBy(host);
  if (listedBy !== undefined) {
    return remapped
      ? `${host} is listed by the cluster-wide ${formatResource(listedBy)}, so no namespace may give it another endpoint or certificate authority`
      : undefined;
  }
  return classifyHost(endpoint.hostname) === 'public'
    ? undefined
    : `a namespaced resource may not contact the private address ${endpoint.host}`;
}

/** The cluster's trust policy would judge what a namespace puts in the place of the registry that it was written for. */
function refuseRemapping(host: string, namespace: string, context: StoreContext): string | undefined {
  const verifier = context.singledOutBy(host, namespace);
  return (
    verifier &&
    `${host} is in a scope of the cluster-wide ${formatResource(verifier)}, which governs this namespace, so it may not have another endpoint or certificate authority here`
  );
}

function compileEndpoint(text: string, path: FieldPath, report: Report): URL | undefined {
  const invalid = (message: string) => {
    report({
      path,
      code: 'FIELD_INVALID',
      message,
      remediation: 'Write https://host, https://host:port or https://host/prefix.',
    });
    return undefined;
  };
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return invalid('endpoint is not an http or https URL');
  }
  // Not shown: it may hold a password.
  if (url.username !== '' || url.password !== '') {
    return invalid('endpoint has a user name or password; credentials belong into the docker config');
  }
  if (url.search !== '' || url.hash !== '') return invalid(`endpoint ${url.host} has a query or fragment`);
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** @returns PEM certificates, empty for none */
function compileAuthorities(
  resource: ResourceOf<'Store'>,
  entry: RegistryEntry,
  path: FieldPath,
  { files, report }: StoreContext,
): string | undefined {
  const field = entry.caFile === undefined ? 'ca' : 'caFile';
  let pem = entry.ca ?? '';
  if (entry.caFile !== undefined) {
    const content = files.get(resolvePath(resource.origin, entry.caFile));
    if (content?.kind !== 'text') {
      const why = content?.why ?? 'it was not read';
      const message = `the certificate authorities ${entry.caFile} can't be read: ${why}`;
      report({ path: [...path, field], code: 'FILE_UNREADABLE', message });
      return undefined;
    }
    pem = content.text;
  } else if (entry.ca === undefined) {
    return '';
  }
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length > 0 && blocks.every(isCertificate)) return `${blocks.join('\n')}\n`;
  report({
    path: [...path, field],
    code: 'FIELD_INVALID',
    message: `${field} of the registry ${entry.host} does not hold PEM certificates`,
    remediation: 'Give one or more blocks from BEGIN CERTIFICATE to END CERTIFICATE.',
  });
  return undefined;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
