import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer {
  /** `http://127.0.0.1:41234` */
  readonly origin: string;
  /** `127.0.0.1:41234` */
  readonly host: string;
  readonly port: number;
  /** In the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** `GET /v2/…`, one line a request. */
  lines(): string[];
}

export type Answer = (request: RecordedRequest, response: ServerResponse) => void;

/** A server on loopback that answers as it is told and notes what it was asked. Ends with the test. */
export async function startServer(answer: Answer, tls?: ServerOptions): Promise<TestServer> {
  const requests: RecordedRequest[] = [];
  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body };
    requests.push(request);
    answer(request, response);
  };
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    requests,
    lines: () => requests.map(({ method, url }) => `${method} ${url}`),
  };
}

/** Ends a response with a body, and a Content-Type unless it is empty. */
export function reply(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  response.writeHead(status, headers).end(body);
}
