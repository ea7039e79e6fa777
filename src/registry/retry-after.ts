/** An hour: what a server asks beyond is not worth telling. */
const MAX_SECONDS = 3_600;

/**
 * Reads a `Retry-After` header (RFC 9110 10.2.3): seconds or a date.
 *
 * @param now milliseconds since the epoch
 * @returns whole seconds, at most an hour; undefined where there is no such header or it can't be read
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1_000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MAX_SECONDS);
}
