import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts';
import { Authenticator, type RegistryAuthentication } from './authentication.ts';
import { type ContentDescriptor, ContentStore, type StoredManifest } from './content-store.ts';
import { answerReferrers } from './referrers.ts';
import { type RegistryRequest, readRequest } from './registry-request.ts';

/** A misbehaviour: another answer, a connection cut off, or no answer at all until the registry is closed. */
export type Fault = Answer | 'reset' | 'hang';

export interface DemoRegistryOptions {
  /** Optional. Whether the referrers API exists; without it clients fall back to tags. Default true. */
  readonly referrersApi?: boolean;
  /** Optional. Descriptors on one page of the referrers API. Default 100. */
  readonly referrersPageSize?: number;
  /** Optional. Default: everybody may pull. */
  readonly authentication?: RegistryAuthentication;
  /** Optional. PEM; default: plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Optional. Asked before every request is answered; undefined lets it be answered honestly. */
  readonly onRequest?: (request: RegistryRequest) => Fault | undefined;
}

interface LoggedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** HTTP status; 0 where the connection was reset or left hanging. */
  readonly status: number;
}

interface ManifestToPush {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly tag?: string;
}

/** A read-only OCI registry over HTTP, filled from within the process. */
export interface DemoRegistry {
  /** `http://127.0.0.1:PORT`. @throws Error before `start` */
  readonly url: string;
  /** `127.0.0.1:PORT`. @throws Error before `start` */
  readonly host: string;
  readonly referrersApi: boolean;
  /** Everything that was asked, in the order of arrival; may be emptied. */
  readonly requests: LoggedRequest[];
  /** Listens on 127.0.0.1. Port 0 (the default) is any free one. */
  start(port?: number): Promise<void>;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
  push(repository: string, manifest: ManifestToPush): StoredManifest;
  pushBlob(bytes: Uint8Array, mediaType?: string): ContentDescriptor;
  /** What is stored, by tag or digest. */
  manifest(repository: string, reference: string): StoredManifest | undefined;
  blob(digest: string): Uint8Array | undefined;
}

export function createDemoRegistry(options: DemoRegistryOptions = {}): DemoRegistry {
  const { referrersApi = true, referrersPageSize = 100, onRequest, tls } = options;
  const store = new ContentStore();
  const authenticator = options.authentication && new Authenticator(options.authentication);
  const requests: LoggedRequest[] = [];
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    // A client that hangs up is no failure of the registry.
    serve(message, response).catch(() => response.destroy());
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener);

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = readRequest(message);
    const reply = onRequest?.(request) ?? answer(request);
    const { method, path } = request;
    requests.push({ method, path, status: typeof reply === 'string' ? 0 : reply.status });
    if (reply === 'hang') return;
    if (reply === 'reset') {
      message.socket.destroy();
      return;
    }
    await send(response, reply, method === 'HEAD');
  }

  function answer(request: RegistryRequest): Answer {
    const { target, method } = request;
    if (method !== 'GET' && method !== 'HEAD')
      return errorAnswer(405, 'UNSUPPORTED', 'this registry is read-only');
    if (target.kind === 'token' && authenticator !== undefined) return authenticator.answerToken(request);
    const refusal = authenticator?.refuse(request, registry.url);
    if (refusal !== undefined) return refusal;
    switch (target.kind) {
      case 'ping':
        return jsonAnswer({});
      case 'manifest':
        return answerManifest(store, target.repository, target.reference);
      case 'blob':
        return answerBlob(store, target.reference);
      case 'referrers':
        if (!referrersApi) return errorAnswer(404, 'UNSUPPORTED', 'this registry has no referrers API');
        return answerReferrers(store, {
          repository: target.repository,
          digest: target.reference,
          parameters: request.query,
          pageSize: referrersPageSize,
        });
      default:
        return errorAnswer(404, 'UNSUPPORTED', 'no such endpoint');
    }
  }

  const registry: DemoRegistry = {
    referrersApi,
    requests,
    get host() {
      const address = server.address() as AddressInfo | null;
      if (address === null) throw new Error('the demo registry is not started');
      return `127.0.0.1:${address.port}`;
    },
    get url() {
      return `${tls === undefined ? 'http' : 'https'}://${registry.host}`;
    },
    start(port = 0) {
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
    push: (repository, { bytes, mediaType, tag }) => store.putManifest(repository, bytes, mediaType, tag),
    pushBlob: (bytes, mediaType = 'application/octet-stream') => ({
      mediaType,
      size: bytes.length,
      digest: store.putBlob(bytes),
    }),
    manifest: (repository, reference) => store.manifest(repository, reference),
    blob: (digest) => store.blob(digest),
  };
  return registry;
}

function answerManifest(store: ContentStore, repository: string, reference: string): Answer {
  const manifest = store.manifest(repository, reference);
  if (manifest === undefined) {
    if (!store.has(repository)) return errorAnswer(404, 'NAME_UNKNOWN', 'repository not known');
    return errorAnswer(404, 'MANIFEST_UNKNOWN', 'manifest not known');
  }
  return {
    status: 200,
    headers: { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest },
    body: manifest.bytes,
  };
}

function answerBlob(store: ContentStore, digest: string): Answer {
  const blob = store.blob(digest);
  if (blob === undefined) return errorAnswer(404, 'BLOB_UNKNOWN', 'blob not known');
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'docker-content-digest': digest },
    body: blob,
  };
}

async function send(response: ServerResponse, answer: Answer, headOnly: boolean): Promise<void> {
  const { body = '' } = answer;
  const streamed = typeof body !== 'string' && !(body instanceof Uint8Array);
  const length = streamed ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(answer.status, { ...length, ...answer.headers });
  if (headOnly) response.end();
  else if (streamed) await pipeline(Readable.from(body), response);
  else response.end(body);
}
