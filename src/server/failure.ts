import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { CountersignError, type ErrorCode, type Reason, reason } from '../errors.ts';
import { providerResponse } from './provider-protocol.ts';
import { formatReason } from './reason-text.ts';

export const CONTENT_TYPE = 'application/json; charset=utf-8';

/** A request that was answered as a whole, with no item. */
export interface Failure {
  readonly status: number;
  readonly reason: Reason;
}

const STATUS: Partial<Record<ErrorCode, number>> = { REQUEST_INVALID: 400, REQUEST_TOO_LARGE: 413 };

/** The body of a failure. Always idempotent, so that Gatekeeper shows a mutation the error and not a missing flag. */
export function failureBody(why: Reason): string {
  return JSON.stringify(providerResponse({ idempotent: true, items: [], systemError: formatReason(why) }));
}

/** What an error that ended a request means for the client. Its own message stays in the log unless it is ours. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CountersignError) {
    return { status: STATUS[error.code] ?? 500, reason: error.reason };
  }
  const status = statusCodeOf(error);
  if (status === 413) {
    return { status, reason: reason('REQUEST_TOO_LARGE', 'The body is larger than what is read') };
  }
  if (status >= 400 && status < 500) {
    return {
      status,
      reason: reason('REQUEST_INVALID', `The request is not valid HTTP: ${STATUS_CODES[status]}`),
    };
  }
  return { status: 500, reason: reason('INTERNAL_ERROR', 'The request could not be processed') };
}

/** What ended a connection before there was a request (`clientError` of node:http). */
export function connectionFailureOf(error: NodeJS.ErrnoException): Failure {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, reason: reason('REQUEST_INVALID', 'The request was not received in time') };
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, reason: reason('REQUEST_INVALID', 'The header of the request is too large') };
    default:
      return { status: 400, reason: reason('REQUEST_INVALID', 'The request is not valid HTTP') };
  }
}

/** Answers on a connection that has no response object, and closes it. */
export function endWithFailure(socket: Duplex & { destroySoon?(): void }, failure: Failure): void {
  if (socket.writable) {
    const body = failureBody(failure.reason);
    socket.write(
      `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}\r\n` +
        `Content-Type: ${CONTENT_TYPE}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n` +
        `Connection: close\r\n\r\n${body}`,
    );
  }
  // Destroys once what was written has left; a plain destroy could cut it off.
  if (socket.destroySoon === undefined) socket.destroy();
  else socket.destroySoon();
}

function statusCodeOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : 500;
}
