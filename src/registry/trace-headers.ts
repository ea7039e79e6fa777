import { randomBytes } from 'node:crypto';

/** W3C Trace Context, 3.2.2.3: sixteen bytes, not all zero. A UUID is one without its hyphens. */
const W3C_TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

/**
 * The headers that pass a trace id on. It stands in each as it is; in `traceparent` only where it has the form that is
 * demanded there.
 */
export function traceHeaders(names: readonly string[], traceId: string): Record<string, string> {
  const entries = names.map((name): [string, string | undefined] =>
    name.toLowerCase() === 'traceparent' ? [name, traceparent(traceId)] : [name, traceId],
  );
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function traceparent(traceId: string): string | undefined {
  const id = traceId.replaceAll('-', '');
  return W3C_TRACE_ID.test(id) ? `00-${id}-${randomBytes(8).toString('hex')}-00` : undefined;
}
