import type { Clock } from '../clock.ts';
import { CountersignError } from '../errors.ts';

/**
 * Starts the work and waits for it until the deadline at most. The work is not stopped: what it finds out later is
 * there for the next request.
 * @param deadline monotonic milliseconds of the clock
 * @throws DEADLINE_EXCEEDED, or what the work throws
 */
export async function byDeadline<T>(deadline: number, clock: Clock, work: () => Promise<T>): Promise<T> {
  const left = Math.max(0, deadline - clock.monotonic());
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new CountersignError(
          'DEADLINE_EXCEEDED',
          'the verdict was not ready before the deadline; it is being worked on',
        ),
      );
    }, left);
  });
  try {
    return await Promise.race([work(), expiry]);
  } finally {
    clearTimeout(timer);
  }
}
