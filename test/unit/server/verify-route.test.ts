import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reason } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import type { KeyResult } from '../../../src/verification/service.ts';
import {
  fakeService,
  keyResult,
  REJECTED,
  UNAVAILABLE,
  VERIFIED,
} from '../../support/verification-service.ts';
import { post, providerRequest, testApp, VERIFY, values } from './inject.ts';

const BY_SYSTEM_ERROR = `${VERIFY}?failures=systemError`;

function verdictByName(key: string): KeyResult {
  if (key.startsWith('good')) return keyResult(key, VERIFIED, { subject: `${key}@sha256:1` });
  return keyResult(key, key.startsWith('late') ? UNAVAILABLE : REJECTED);
}

describe('a verified image', () => {
  it('is answered with a value that Ratify clients understand', async () => {
    const app = testApp({ service: fakeService({ verify: verdictByName }) });

    const answer = await post(app, VERIFY, providerRequest(['good:1']), { 'x-trace-id': 'trace-1' });

    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderResponse',
      response: {
        idempotent: false,
        systemError: '',
        items: [
          {
            key: 'good:1',
            value: {
              version: '0.2.0',
              isSuccess: true,
              traceID: 'trace-1',
              timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
              errors: [],
              system_error: '',
              subject: 'good:1@sha256:1',
              verifierReports: [],
            },
          },
        ],
      },
    });
  });
});

describe('failures as values', () => {
  it('gives a negative verdict no errors', async () => {
    const app = testApp({ service: fakeService({ verify: verdictByName }) });

    const [value] = values(await post(app, VERIFY, providerRequest(['bad:1'])));

    expect(value).toMatchObject({
      isSuccess: false,
      code: 'SIGNATURE_NOT_FOUND',
      message: 'SIGNATURE_NOT_FOUND: bad:1: No signature is attached',
      errors: [],
      system_error: '',
    });
  });

  it('says in the value that nobody could tell', async () => {
    const app = testApp({ service: fakeService({ verify: verdictByName }) });

    const answer = await post(app, VERIFY, providerRequest(['late:1']));

    expect(answer.body.response.systemError).toBe('');
    expect(answer.body.response.items[0]).not.toHaveProperty('error');
    expect(values(answer)[0]).toMatchObject({
      isSuccess: false,
      code: 'REGISTRY_UNREACHABLE',
      message: 'REGISTRY_UNREACHABLE: late:1: The connection to r was refused',
      errors: [
        ['late:1', expect.stringMatching(/^REGISTRY_UNREACHABLE: The connection to r was refused; Check/)],
      ],
    });
  });

  it('says in the value that the provider as a whole cannot answer', async () => {
    const systemError = reason('NO_POLICY', 'No Policy is loaded');
    const service = fakeService({ verify: (key) => keyResult(key, UNAVAILABLE, { systemError }) });

    const [value] = values(await post(testApp({ service }), VERIFY, providerRequest(['a'])));

    expect(value).toMatchObject({ isSuccess: false, code: 'NO_POLICY' });
    expect(value?.system_error).toMatch(/^NO_POLICY: No Policy is loaded; Apply/);
  });

  it('treats an unknown mode as this one, which is the one that every template can read', async () => {
    const app = testApp({ service: fakeService({ verify: verdictByName }) });

    const answer = await post(
      app,
      `${VERIFY}?failures=nonsense&failures=systemError`,
      providerRequest(['late:1']),
    );

    expect(values(answer)[0]?.isSuccess).toBe(false);
  });
});

describe('failures as systemError', () => {
  it('answers what is finished, and names the rest', async () => {
    const app = testApp({ service: fakeService({ verify: verdictByName }) });

    const answer = await post(
      app,
      BY_SYSTEM_ERROR,
      providerRequest(['good:1', 'late:1', 'bad:1', 'late:2', 'late:1']),
    );

    expect(answer.status).toBe(200);
    expect(answer.body.response.items.map(({ key }) => key)).toEqual(['good:1', 'bad:1']);
    expect(values(answer).map(({ isSuccess }) => isSuccess)).toEqual([true, false]);
    expect(answer.body.response.systemError).toMatch(
      /^REGISTRY_UNREACHABLE: late:1, late:2: The connection to r was refused; Check/,
    );
  });

  it('has an empty systemError where everything is finished', async () => {
    const app = testApp({ service: fakeService({ verify: verdictByName }) });

    const answer = await post(app, BY_SYSTEM_ERROR, providerRequest(['good:1', 'bad:1']));

    expect(answer.body.response.systemError).toBe('');
  });

  it('names a bounded number of keys', async () => {
    const app = testApp({ service: fakeService({ verify: () => keyResult('', UNAVAILABLE) }) });
    const keys = Array.from({ length: 100 }, (_, index) => `late:${index}`);

    const answer = await post(app, BY_SYSTEM_ERROR, providerRequest(keys));

    expect(answer.body.response.systemError).toContain('late:31 and 68 more: The connection');
  });
});

describe('keys', () => {
  it('answers a key as often as it was asked, in order, and verifies it once', async () => {
    const service = fakeService({ verify: verdictByName });

    const answer = await post(testApp({ service }), VERIFY, providerRequest(['bad', 'good', 'bad', 'good']));

    expect(answer.body.response.items.map(({ key }) => key)).toEqual(['bad', 'good', 'bad', 'good']);
    expect(values(answer).map(({ isSuccess }) => isSuccess)).toEqual([false, true, false, true]);
    expect(service.asked).toEqual(['bad', 'good']);
  });

  it('answers ten thousand keys: the first thousand with a verdict, the others with why not (F4)', async () => {
    const service = fakeService();
    const keys = Array.from({ length: 10_000 }, (_, index) => `image:${index}`);

    const answer = await post(testApp({ service }), VERIFY, providerRequest(keys));

    expect(answer.status).toBe(200);
    expect(answer.body.response.items.map(({ key }) => key)).toEqual(keys);
    const answered = values(answer);
    expect(answered.slice(0, limits.requestKeys).every(({ isSuccess }) => isSuccess)).toBe(true);
    expect(answered.slice(limits.requestKeys).every(({ isSuccess }) => isSuccess === false)).toBe(true);
    expect(answered.at(-1)).toMatchObject({
      code: 'TOO_MANY_KEYS',
      errors: [['image:9999', expect.any(String)]],
    });
    expect(service.asked).toHaveLength(limits.requestKeys);
  });

  it('counts different keys, so that one key never has two answers', async () => {
    const keys = Array.from({ length: 10_000 }, () => 'image:1');

    const answered = values(await post(testApp(), VERIFY, providerRequest(keys)));

    expect(answered.every(({ isSuccess }) => isSuccess)).toBe(true);
  });

  it('refuses a key that is too long to be a reference, without asking', async () => {
    const service = fakeService();
    const long = 'a'.repeat(limits.keyLength + 1);

    const answer = await post(testApp({ service }), VERIFY, providerRequest([long, 'b']));

    expect(answer.body.response.items[0]?.key).toBe(long);
    expect(values(answer)[0]).toMatchObject({ isSuccess: false, code: 'REFERENCE_INVALID', errors: [] });
    expect(values(answer)[0]?.message?.length).toBeLessThan(256);
    expect(values(answer)[1]?.isSuccess).toBe(true);
    expect(service.asked).toEqual(['b']);
  });

  it('echoes the key that was asked, whatever the service says', async () => {
    const service = fakeService({ verify: () => keyResult('another', VERIFIED) });

    const answer = await post(testApp({ service }), VERIFY, providerRequest(['nginx']));

    expect(answer.body.response.items[0]?.key).toBe('nginx');
  });

  it('has one item for each of arbitrary keys, in order, byte for byte, with a boolean (property)', async () => {
    const app = testApp({ service: fakeService({ verify: verdictByName }) });
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '',
        '__proto__',
        'constructor',
        'toString',
        '\u0000',
        'good:1',
        ' good:1',
        'good:1\n',
        'é',
        'e\u0301',
      ),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(key, { minLength: 1, maxLength: 20 }), async (keys) => {
        const answer = await post(app, VERIFY, providerRequest(keys));

        expect(answer.status).toBe(200);
        expect(answer.body.response.items.map((item) => item.key)).toEqual(keys);
        for (const [index, value] of values(answer).entries()) {
          expect(value.isSuccess).toBe(keys[index]?.startsWith('good'));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a service that fails', () => {
  it('costs only the key for which it throws', async () => {
    const service = fakeService({
      verify: (key) => (key === 'bad' ? Promise.reject(new Error('boom')) : keyResult(key, VERIFIED)),
    });

    const answered = values(await post(testApp({ service }), VERIFY, providerRequest(['bad', 'good'])));

    expect(answered[0]).toMatchObject({ isSuccess: false, code: 'INTERNAL_ERROR' });
    expect(answered[1]).toMatchObject({ isSuccess: true });
  });

  it('costs only the keys for which it hangs, at the deadline', async () => {
    const service = fakeService({
      verify: (key) => (key === 'stuck' ? new Promise(() => {}) : keyResult(key, VERIFIED)),
    });
    const app = testApp({ service, verifyDeadlineMs: 50 });

    const answered = values(await post(app, VERIFY, providerRequest(['stuck', 'good'])));

    expect(answered[0]).toMatchObject({
      isSuccess: false,
      code: 'DEADLINE_EXCEEDED',
      errors: [['stuck', expect.any(String)]],
    });
    expect(answered[1]).toMatchObject({ isSuccess: true });
  });

  it('hands the deadline on, counted from the arrival of the request', async () => {
    const deadlines: number[] = [];
    const service = {
      ...fakeService(),
      verify: async (key: string, { deadline }: { deadline: number }) => {
        deadlines.push(deadline);
        return keyResult(key, VERIFIED);
      },
    };
    const clock = { now: () => 0, monotonic: () => 5_000 };

    await post(testApp({ service, clock }), VERIFY, providerRequest(['a', 'b']));

    expect(deadlines).toEqual([6_900, 6_900]);
  });
});

describe('telemetry', () => {
  it('leaves one line and one count for each distinct key', async () => {
    const lines: Record<string, unknown>[] = [];
    const metrics = createMetrics();
    const logger = createLogger({
      level: 'info',
      format: 'json',
      stream: { write: (line: string) => void lines.push(JSON.parse(line)) },
    });
    const app = testApp({ service: fakeService({ verify: verdictByName }), logger, metrics });

    await post(app, VERIFY, providerRequest(['bad:1', 'good:1', 'bad:1']), { 'x-trace-id': 't' });

    expect(lines.map(({ msg, key, verdict, traceId }) => [msg, key, verdict, traceId])).toEqual([
      ['verdict', 'bad:1', 'rejected', 't'],
      ['verdict', 'good:1', 'verified', 't'],
    ]);
    const { text } = await metrics.exposition('prometheus');
    expect(text).toContain('countersign_verdicts_total{kind="rejected",code="SIGNATURE_NOT_FOUND"} 1');
    expect(text).toContain('countersign_verdicts_total{kind="verified",code=""} 1');
    expect(text).toContain('ratify_verification_request_count 1');
  });
});
