import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Reason } from '../errors.ts';
import type { Signer } from '../verdict.ts';
import type { KeyResult, PinResult } from '../verification/service.ts';
import { redact } from './redaction.ts';
import { formatLogLine } from './text-line.ts';

export type { Logger } from 'pino';

type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export type LogFormat = 'json' | 'text';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** json: one object a line, for machines; text: one line an event, for people. */
  readonly format: LogFormat;
  /** Optional, the standard output. */
  readonly stream?: DestinationStream;
}

export function createLogger({ level, format, stream = destination(1) }: LoggerOptions): Logger {
  return pino(
    {
      level,
      // No process id and host name: whoever collects the logs of a cluster knows the Pod.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redact },
      serializers: { err: describeError, error: describeError },
    },
    format === 'json' ? stream : { write: (line: string) => stream.write(formatLogLine(line)) },
  );
}

/** The one line that a verdict leaves behind. */
export function logVerdict(logger: Logger, requestId: string, traceId: string, result: KeyResult): void {
  const { key, subject, verdict, systemError, cache, policies, durations } = result;
  const level = verdict.kind === 'unavailable' ? failureLevel(verdict.cause) : 'info';
  const fields = {
    requestId,
    traceId,
    key,
    subject,
    digest: subject?.split('@')[1],
    verdict: verdict.kind,
    ...describeVerdict(result),
    systemError: systemError?.code,
    signers: signersOf(result),
    policies,
    cache,
    durations: rounded(durations),
  };
  logger[level](fields, 'verdict');
}

/** Tenths of a millisecond: the rest is noise. */
function rounded(durations: KeyResult['durations']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(durations).map(([name, duration]) => [name, Math.round(duration * 10) / 10]),
  );
}

/** The one line that a key of a mutation leaves behind. */
export function logPin(logger: Logger, requestId: string, traceId: string, result: PinResult): void {
  const { key } = result;
  if ('error' in result) {
    const { code, message } = result.error;
    const level = failureLevel(result.error);
    logger[level]({ requestId, traceId, key, code, reason: message }, 'not pinned');
  } else {
    logger.info({ requestId, traceId, key, value: result.value }, 'pinned');
  }
}

/** The keys past the limit come in thousands, and each line says the same. */
function failureLevel({ code }: Reason): 'debug' | 'warn' {
  return code === 'TOO_MANY_KEYS' ? 'debug' : 'warn';
}

function describeVerdict({ verdict }: KeyResult) {
  switch (verdict.kind) {
    case 'verified':
      return {};
    case 'rejected':
      return { code: verdict.reasons[0].code, reason: verdict.reasons[0].message };
    case 'unavailable':
      return { code: verdict.cause.code, reason: verdict.cause.message };
  }
}

/** Everybody whose signature held, trusted or not. */
function signersOf({ verdict }: KeyResult): readonly string[] {
  const signers = verdict.reports.map(({ result }) =>
    result.kind === 'satisfied' ? result.signature.signer : result.signer,
  );
  return [...new Set(signers.filter((signer) => signer !== undefined).map(nameSigner))];
}

function nameSigner(signer: Signer): string {
  return signer.kind === 'keyless' ? `${signer.identity} (${signer.issuer})` : `key ${signer.name}`;
}

/** Not the properties that libraries hang on their errors: requests and their headers are among them. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return {
    type: error.name,
    ...('code' in error && { code: error.code }),
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
