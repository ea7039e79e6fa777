import { CountersignError } from '../errors.ts';

/** What to throw for an aborted signal. Other reasons than a deadline belong to whoever aborted, and stay theirs. */
export function abortError(signal: AbortSignal, host: string): unknown {
  const { reason } = signal;
  const isDeadline = reason instanceof DOMException && reason.name === 'TimeoutError';
  if (!isDeadline) return reason;
  return new CountersignError('DEADLINE_EXCEEDED', `${host} did not answer in time`, { cause: reason });
}

/** Waits for shared work, no longer than the signal allows; the work itself goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal, host: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(abortError(signal, host));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
