import { randomUUID } from 'node:crypto';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerFactory,
  fastify,
  LogController,
} from 'fastify';
import type { Clock } from '../clock.ts';
import { reason } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { VerificationService } from '../verification/service.ts';
import {
  CONTENT_TYPE,
  connectionFailureOf,
  endWithFailure,
  type Failure,
  failureBody,
  failureOf,
} from './failure.ts';
import { addMutateRoute } from './mutate-route.ts';
import { MUTATE_PATH, VERIFY_PATH } from './provider-protocol.ts';
import { DEFAULT_TRACE_ID_HEADERS, incomingTraceId } from './trace-id.ts';
import { addVerifyRoute } from './verify-route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Monotonic milliseconds of the clock. */
    arrival: number;
    /** The caller's, else one of our own. */
    traceId: string;
  }
}

export interface AppOptions {
  readonly service: VerificationService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds from the arrival of a request to its answer. Optional, 1900: below a Provider timeout of 2 s. */
  readonly verifyDeadlineMs?: number;
  /** Optional, 750: below the mutating webhook's 1 s, which Gatekeeper spends only in part on the provider. */
  readonly mutateDeadlineMs?: number;
  /** Names of request headers that carry a trace id, the first one that is there counts. Optional. */
  readonly traceIdHeaders?: readonly string[];
  /** Optional: `inject()` needs none. */
  readonly serverFactory?: FastifyServerFactory;
}

/**
 * The provider as an application that does not listen yet. Whatever is sent to it, the answer is a ProviderResponse:
 * Gatekeeper takes any other JSON, of any status code, for an answer without errors.
 */
export function createApp(options: AppOptions): FastifyInstance {
  const { clock, logger, metrics, traceIdHeaders = DEFAULT_TRACE_ID_HEADERS } = options;
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    bodyLimit: limits.requestBody,
    // Fastify would answer in JSON of its own; it is the listener that decides when to stop.
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => sendFailure(reply, failureOf(error)),
    clientErrorHandler(error, socket) {
      logger.debug({ code: error.code }, 'connection without a valid request');
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      // Go keeps connections in its pool that it opened and then did not need. One that has yet to ask anything is
      // not late, and an answer on it would meet the first request that is sent there.
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) return;
      endWithFailure(socket, connectionFailureOf(error));
    },
    ...(options.serverFactory !== undefined && { serverFactory: options.serverFactory }),
  });

  // The body is JSON whatever its type says, and is parsed by the routes: an unknown path is 404 with any body.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.decorateRequest('arrival', 0);
  app.decorateRequest('traceId', '');
  app.addHook('onRequest', async (request, reply) => {
    request.arrival = clock.monotonic();
    request.traceId = incomingTraceId(request.headers, traceIdHeaders) ?? request.id;
    reply.type(CONTENT_TYPE);
  });

  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error);
    const { code, message } = failure.reason;
    metrics.refusal(code);
    const ids = { requestId: request.id, traceId: request.traceId };
    if (failure.status >= 500) logger.error({ ...ids, code, err: error }, 'request failed');
    else logger.warn({ ...ids, code, reason: message }, 'request refused');
    // Fastify wants to close the connection on a client that is still sending a body that is too large. That would
    // reset it, and the answer be lost; kept open, the rest is read and thrown away until the request times out.
    reply.removeHeader('connection');
    return sendFailure(reply, failure);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    if (path !== VERIFY_PATH && path !== MUTATE_PATH) {
      return sendFailure(reply, {
        status: 404,
        reason: reason('PATH_NOT_FOUND', 'There is nothing at this path'),
      });
    }
    const why = reason('METHOD_NOT_ALLOWED', `${request.method} is not a method of this path`);
    return sendFailure(reply.header('allow', 'POST'), { status: 405, reason: why });
  });

  const { verifyDeadlineMs = 1_900, mutateDeadlineMs = 750 } = options;
  addVerifyRoute(app, { ...options, deadlineMs: verifyDeadlineMs });
  addMutateRoute(app, { ...options, deadlineMs: mutateDeadlineMs });
  return app;
}

function sendFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  return reply.code(failure.status).type(CONTENT_TYPE).send(failureBody(failure.reason));
}
