import { CountersignError, type ErrorCode } from '../errors.ts';

interface FailureKind {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly what: string;
  /** Whether trying again at once may help. */
  readonly passing: boolean;
  /** Whether there was no way to send the request, so that no other one would fare better. */
  readonly unsent: boolean;
}

function unsent(pattern: RegExp, what: string, passing: boolean): FailureKind {
  return { pattern, code: 'REGISTRY_UNREACHABLE', what, passing, unsent: true };
}

function unanswered(pattern: RegExp, what: string, passing: boolean): FailureKind {
  return { pattern, code: 'REGISTRY_UNREACHABLE', what, passing, unsent: false };
}

/** By the codes of node:dns, node:net, node:tls (OpenSSL's verify errors) and undici; the first that matches counts. */
const KINDS: readonly FailureKind[] = [
  unsent(/^EAI_AGAIN$/, 'DNS gives no answer', true),
  unsent(/^(ENOTFOUND|ENODATA|EAI_)/, 'DNS does not know the name', false),
  unsent(/CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$|PRX_TLS/, 'TLS failed', false),
  unsent(/^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, 'timeout while connecting', false),
  unanswered(/^UND_ERR_(HEADERS|BODY)_TIMEOUT$/, 'timeout while waiting for the answer', false),
  // What undici's proxy agents throw where CONNECT is refused, and for status 407.
  unsent(/^UND_ERR_(PRX_CONN|ABORTED|INVALID_ARG)$/, 'the proxy refused the connection', false),
  unanswered(/^UND_ERR_(CLOSED|DESTROYED)$/, 'the client was closed', false),
  {
    pattern: /^(HPE_|UND_ERR_HEADERS_OVERFLOW)/,
    code: 'REGISTRY_RESPONSE_INVALID',
    what: 'the answer is not well-formed HTTP',
    passing: false,
    unsent: false,
  },
  unanswered(
    /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/,
    'the connection broke off',
    true,
  ),
  unsent(/^E[A-Z]+$/, 'no connection', true),
];

/**
 * Says which of name resolution, connection, TLS and time failed; and finds an error of our own that comes back as the
 * cause of another one.
 *
 * @returns undefined for what is no failure of the network but a defect of the program
 */
export function networkError(thrown: unknown, host: string): CountersignError | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if (error instanceof CountersignError) return error;
  }
  const code = codeOf(thrown);
  const kind = kindOf(thrown);
  return kind && new CountersignError(kind.code, `${host}: ${kind.what} (${code})`, { cause: thrown });
}

/** Whether it was a failure of the network that may be over already. */
export function isPassing(error: unknown): boolean {
  return error instanceof CountersignError && kindOf(error.cause)?.passing === true;
}

/** Whether it was a failure that any other request to this host would have met with as well. */
export function isOfHost(error: CountersignError): boolean {
  return kindOf(error.cause)?.unsent === true;
}

function kindOf(thrown: unknown): FailureKind | undefined {
  const code = codeOf(thrown);
  return KINDS.find(({ pattern }) => pattern.test(code));
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}
