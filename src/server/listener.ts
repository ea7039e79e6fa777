import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { FastifyServerFactory } from 'fastify';
import { reason } from '../errors.ts';
import { type AppOptions, createApp } from './app.ts';
import { ConnectionLimit } from './connections.ts';
import { endWithFailure } from './failure.ts';
import { describeHandshakeFailure } from './handshake-failure.ts';
import { listen } from './listen.ts';
import type { TlsMaterial } from './tls.ts';

export interface ListenerOptions extends Omit<AppOptions, 'serverFactory'> {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: TlsMaterial;
  /** Connections above which the one that is idle for longest is closed. Optional, 1000. */
  readonly maxConnections?: number;
  /** Milliseconds for a client to finish its TLS handshake. Optional, 10000. */
  readonly handshakeMs?: number;
  /** Milliseconds for which `close` goes on answering. Optional, 5000. */
  readonly closingMs?: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** For handshakes from now on; connections that stand stay as they are. */
  useTls(material: TlsMaterial): void;
  /**
   * Goes on answering for a while, since a cluster takes its time to send requests elsewhere, and asks the clients to
   * close their connections meanwhile; then stops.
   */
  close(): Promise<void>;
}

const DEFAULT_CONNECTIONS = 1_000;
const DEFAULT_HANDSHAKE_MS = 10_000;
const DEFAULT_CLOSING_MS = 5_000;
/** For answers that are still being written when the listener stops. */
const LAST_ANSWERS_MS = 2_000;

/** Gatekeeper keeps idle connections for 90 s. It must be the one to close them, or it may write into a closed one. */
const KEEP_ALIVE_MS = 95_000;
/** A request is a few kilobytes from within the cluster; who takes longer is holding the connection on purpose. */
const REQUEST_MS = 10_000;
/** No connection is silent for longer, in whatever state: no answer takes that long. */
const SILENCE_MS = 120_000;

/**
 * Serves the provider by https.
 * @throws SETTING_INVALID where the address cannot be listened on
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { maxConnections = DEFAULT_CONNECTIONS, closingMs = DEFAULT_CLOSING_MS } = options;
  let closing = false;
  /** One an address: a name may stand for several. */
  const servers: Server[] = [];
  const connections = new ConnectionLimit(maxConnections);
  const app = createApp({
    ...options,
    serverFactory: ((handler: RequestListener) => {
      const server = createTlsServer(options);
      servers.push(server);
      server.on('request', (_request, response) => {
        if (closing) response.setHeader('connection', 'close');
      });
      connections.follow(server);
      server.on('request', handler);
      // RFC 9110, 10.1.1: an expectation that a server does not know may be ignored; Node would answer without a body.
      server.on('checkExpectation', (request, response) => server.emit('request', request, response));
      return server;
    }) as FastifyServerFactory,
  });
  await listen(app, options, (url) => `serving the provider at ${url.replace('http://', 'https://')}`);
  const { address, port } = app.server.address() as AddressInfo;

  return {
    host: address,
    port,
    useTls(material) {
      for (const server of servers) server.setSecureContext(material.serverOptions);
    },
    async close() {
      closing = true;
      await new Promise((resolve) => setTimeout(resolve, closingMs));
      const stragglers = setTimeout(() => connections.closeAll(), LAST_ANSWERS_MS);
      await app.close();
      clearTimeout(stragglers);
    },
  };
}

function createTlsServer({ tls, logger, handshakeMs = DEFAULT_HANDSHAKE_MS }: ListenerOptions): Server {
  const server = createServer({
    ...tls.serverOptions,
    handshakeTimeout: handshakeMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    // Node would answer a request without it by itself, with an empty body.
    requireHostHeader: false,
  });
  server.setTimeout(SILENCE_MS);
  // Before node:https passes it on as a failed request: an answer would wait for the end of a handshake that has none.
  server.prependListener('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const cause = describeHandshakeFailure(error, socket);
    const fields = { client: socket.remoteAddress, code: error.code };
    if (cause === undefined) logger.debug(fields, 'TLS handshake broken off');
    else logger.warn(fields, `TLS handshake failed: ${cause}`);
    socket.destroy();
  });
  server.on('connect', (_request: unknown, socket: Duplex) => {
    const why = reason('METHOD_NOT_ALLOWED', 'CONNECT is not a method of this server');
    endWithFailure(socket, { status: 405, reason: why });
  });
  return server;
}
