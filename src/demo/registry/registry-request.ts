import type { IncomingMessage } from 'node:http';

/** What a request asks for, read from its path (distribution-spec, "Endpoints"). */
type RequestTarget =
  | { readonly kind: 'ping' }
  | { readonly kind: 'token' }
  | {
      readonly kind: 'manifest' | 'blob' | 'referrers';
      readonly repository: string;
      /** Tag or digest. */
      readonly reference: string;
    }
  | { readonly kind: 'unknown' };

export interface RegistryRequest {
  readonly method: string;
  /** As it was sent, with its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly target: RequestTarget;
}

const CONTENT_PATH = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/;
const KINDS = { manifests: 'manifest', blobs: 'blob', referrers: 'referrers' } as const;

export function readRequest(message: IncomingMessage): RegistryRequest {
  const path = message.url ?? '/';
  const [pathname = '', query] = path.split('?', 2);
  return {
    method: message.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: message.headers,
    target: targetOf(pathname),
  };
}

function targetOf(pathname: string): RequestTarget {
  if (pathname === '/v2/') return { kind: 'ping' };
  if (pathname === '/token') return { kind: 'token' };
  const [, repository, kind, reference] = CONTENT_PATH.exec(pathname) ?? [];
  if (repository === undefined || reference === undefined) return { kind: 'unknown' };
  return { kind: KINDS[kind as keyof typeof KINDS], repository, reference };
}
