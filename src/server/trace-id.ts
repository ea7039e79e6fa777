import type { IncomingHttpHeaders } from 'node:http';

export const DEFAULT_TRACE_ID_HEADERS = ['x-trace-id', 'traceparent'] as const;

/** Printable ASCII of reasonable length: it goes into logs and answers. */
const TRACE_ID = /^[\x21-\x7e]{1,128}$/;

/** W3C Trace Context: version, trace-id, parent-id, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/**
 * The trace id that the caller sent in the first of `names` that has a usable one; of a `traceparent`, the trace id
 * alone.
 */
export function incomingTraceId(headers: IncomingHttpHeaders, names: readonly string[]): string | undefined {
  for (const name of names) {
    const header = headers[name.toLowerCase()];
    if (typeof header !== 'string') continue;
    const id = name.toLowerCase() === 'traceparent' ? TRACEPARENT.exec(header)?.[1] : header;
    if (id !== undefined && TRACE_ID.test(id)) return id;
  }
  return undefined;
}
