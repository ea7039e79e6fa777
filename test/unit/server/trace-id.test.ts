import { describe, expect, it } from 'vitest';
import { incomingTraceId } from '../../../src/server/trace-id.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('an incoming trace id', () => {
  it('is that of the first header that has a usable one', () => {
    const headers = { 'x-trace-id': 'two words', traceparent: `00-${TRACE}-b7ad6b7169203331-01`, other: 'x' };

    expect(incomingTraceId(headers, ['X-Trace-Id', 'traceparent', 'other'])).toBe(TRACE);
    expect(incomingTraceId(headers, ['x-trace-id'])).toBeUndefined();
  });
});
