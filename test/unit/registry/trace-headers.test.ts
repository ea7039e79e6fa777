import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { traceHeaders } from '../../../src/registry/trace-headers.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('trace headers', () => {
  it('are none where none are configured', () => {
    expect(traceHeaders([], TRACE)).toEqual({});
  });

  it('have the id as it is, and a traceparent of its own', () => {
    const headers = traceHeaders(['X-Request-Id', 'traceparent'], TRACE);

    expect(headers).toEqual({
      'X-Request-Id': TRACE,
      traceparent: expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`)),
    });
  });

  it('take a UUID for a W3C trace id, and leave traceparent out for what is none', () => {
    const uuid = randomUUID();

    expect(traceHeaders(['traceparent'], uuid)['traceparent']).toContain(uuid.replaceAll('-', ''));
    expect(traceHeaders(['traceparent'], 'abc')).toEqual({});
    expect(traceHeaders(['traceparent'], '0'.repeat(32))).toEqual({});
  });
});
