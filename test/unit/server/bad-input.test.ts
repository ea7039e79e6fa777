import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { fakeService } from '../../support/verification-service.ts';
import { type Answer, MUTATE, post, providerRequest, testApp, VERIFY } from './inject.ts';

function expectFailure(answer: Answer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.body).toEqual({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderResponse',
    response: {
      idempotent: true,
      items: [],
      systemError: expect.stringMatching(new RegExp(`^${code}: .+; .+`)),
    },
  });
}

const deep = `${'['.repeat(200)}${']'.repeat(200)}`;

describe.each([VERIFY, `${VERIFY}?failures=systemError`, MUTATE])('%s', (url) => {
  it.each([
    ['no body', ''],
    ['not JSON', 'keys=nginx'],
    ['cut short', '{"request":{"keys":["a"'],
    ['JSON with something behind it (B16)', `${providerRequest(['a'])}{}`],
    ['a byte order mark (B16)', `\uFEFF${providerRequest(['a'])}`],
    ['`keys` twice (B16)', '{"request":{"keys":["a"],"keys":["b"]}}'],
    ['`__proto__` (B16)', '{"__proto__":{"request":{"keys":["a"]}},"request":{"keys":["a"]}}'],
    ['a lone surrogate (B16)', '{"request":{"keys":["\\ud800"]}}'],
    ['a number beyond doubles (B16)', '{"n":1e400,"request":{"keys":["a"]}}'],
    ['deep nesting (E6)', `{"n":${deep},"request":{"keys":["a"]}}`],
    ['not UTF-8', Buffer.from('{"request":{"keys":["\xff"]}}', 'latin1')],
    ['null', 'null'],
    ['a list', '["a"]'],
    ['a string', '"a"'],
    ['no request', '{}'],
    ['request of another type', '{"request":["a"]}'],
    ['no keys', '{"request":{}}'],
    ['keys: null', providerRequest(null)],
    ['an empty list of keys', providerRequest([])],
    ['keys of another type', providerRequest('nginx')],
    ['an object of keys', providerRequest({ 0: 'nginx', length: 1 })],
    ['a key that is a number', providerRequest(['a', 1])],
    ['a key that is null', providerRequest([null])],
    ['a key that is an object', providerRequest([{}])],
    ['apiVersion of another type', '{"apiVersion":1,"request":{"keys":["a"]}}'],
    ['kind of another type', '{"kind":{},"request":{"keys":["a"]}}'],
  ])('answers %s with a ProviderResponse', async (_, payload) => {
    const service = fakeService();

    expectFailure(await post(testApp({ service }), url, payload), 400, 'REQUEST_INVALID');

    expect(service.asked).toEqual([]);
  });

  it('answers a body that is too large with a ProviderResponse', async () => {
    const payload = providerRequest(['a'.repeat(limits.requestBody)]);

    expectFailure(await post(testApp(), url, payload), 413, 'REQUEST_TOO_LARGE');
  });

  it('answers more keys than it could answer one by one with a ProviderResponse', async () => {
    const keys = Array.from({ length: limits.requestItems + 1 }, () => 'a');

    expectFailure(await post(testApp(), url, providerRequest(keys)), 413, 'REQUEST_TOO_LARGE');
  });

  it('E6: answers a body of too many tiny values with a ProviderResponse, and one of as many keys as are answered', async () => {
    const tiny = `{"x":[${'{},'.repeat(2_000_000)}{}]}`;
    expectFailure(await post(testApp(), url, tiny), 400, 'REQUEST_INVALID');
    const members = Array.from({ length: 500_000 }, (_, index) => `"${index}":0`);
    expectFailure(await post(testApp(), url, `{${members.join()}}`), 400, 'REQUEST_INVALID');
    const keys = Array.from({ length: limits.requestItems }, () => 'a');
    expect((await post(testApp(), url, providerRequest(keys))).status).toBe(200);
  });

  it.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'])(
    'reads JSON sent as %s',
    async (type) => {
      expect((await post(testApp(), url, providerRequest(['a']), { 'content-type': type })).status).toBe(200);
    },
  );

  it('answers a content type that is none with a ProviderResponse', async () => {
    expectFailure(
      await post(testApp(), url, providerRequest(['a']), { 'content-type': ';;' }),
      415,
      'REQUEST_INVALID',
    );
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'] as const)(
    'answers %s with a ProviderResponse',
    async (method) => {
      const { statusCode, headers, body } = await testApp().inject({ method, url } as { url: string });

      expectFailure({ status: statusCode, headers, body: JSON.parse(body) }, 405, 'METHOD_NOT_ALLOWED');
      expect(headers['allow']).toBe('POST');
    },
  );
});

describe('what Ratify accepts', () => {
  it.each([
    ['neither apiVersion nor kind', '{"request":{"keys":["a"]}}'],
    ['both null', '{"apiVersion":null,"kind":null,"request":{"keys":["a"]}}'],
    [
      'another version',
      '{"apiVersion":"externaldata.gatekeeper.sh/v1alpha1","kind":"x","request":{"keys":["a"]}}',
    ],
    ['fields that nobody knows', '{"request":{"keys":["a"],"more":[1,{}]},"more":null}'],
    ['white space around', ` \n${providerRequest(['a'])}\r\n`],
  ])('accepts %s', async (_, payload) => {
    expect((await post(testApp(), VERIFY, payload)).status).toBe(200);
  });
});

describe('other paths', () => {
  it.each([
    '/',
    '/ratify/gatekeeper/v2/verify',
    `${VERIFY}/`,
    '/ratify/gatekeeper/v1/VERIFY',
    '/%2e%2e/x',
    '/?a=b',
  ])('answers %s with a ProviderResponse, whatever the body', async (path) => {
    expectFailure(await post(testApp(), path, 'not JSON'), 404, 'PATH_NOT_FOUND');
  });

  it('answers a path that is no URL with a ProviderResponse', async () => {
    expectFailure(await post(testApp(), '/%zz', ''), 400, 'REQUEST_INVALID');
  });
});

describe('a crash', () => {
  it('is answered with a ProviderResponse that tells no internals', async () => {
    const clock = {
      now: () => 0,
      monotonic: () => {
        throw new Error('secret');
      },
    };

    const answer = await post(testApp({ clock }), VERIFY, providerRequest(['a']));

    expectFailure(answer, 500, 'INTERNAL_ERROR');
    expect(answer.body.response.systemError).not.toContain('secret');
  });
});

describe('trace ids', () => {
  it.each([
    ['the header', { 'x-trace-id': 'abc-1' }, 'abc-1'],
    [
      'the trace id of a traceparent',
      { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
      '4bf92f3577b34da6a3ce929d0e0e4736',
    ],
  ])('takes %s over', async (_, headers, expected) => {
    const answer = await post(testApp(), VERIFY, providerRequest(['a']), headers);

    expect(answer.body.response.items[0]?.value).toMatchObject({ traceID: expected });
  });

  it.each([
    ['none is sent', {}],
    ['it is no trace id', { 'x-trace-id': 'a b' }],
    ['it is too long', { 'x-trace-id': 'a'.repeat(129) }],
    ['the traceparent is malformed', { traceparent: '00-xyz' }],
  ])('makes one of its own where %s', async (_, headers: Record<string, string>) => {
    const answer = await post(testApp(), VERIFY, providerRequest(['a']), headers);

    expect(answer.body.response.items[0]?.value).toMatchObject({
      traceID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('reads other headers where they are configured', async () => {
    const app = testApp({ traceIdHeaders: ['X-B3-TraceId'] });

    const answer = await post(app, VERIFY, providerRequest(['a']), {
      'x-b3-traceid': 'b3',
      'x-trace-id': 'no',
    });

    expect(answer.body.response.items[0]?.value).toMatchObject({ traceID: 'b3' });
  });
});
