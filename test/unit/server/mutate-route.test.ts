import { describe, expect, it } from 'vitest';
import { reason } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { fakeService } from '../../support/verification-service.ts';
import { MUTATE, post, providerRequest, testApp } from './inject.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('mutate', () => {
  it('answers a string for each key, marked as idempotent', async () => {
    const answer = await post(testApp(), MUTATE, providerRequest(['b:1', 'a:1', 'b:1']));

    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.body.response).toEqual({
      idempotent: true,
      systemError: '',
      items: [
        { key: 'b:1', value: `b:1@${DIGEST}` },
        { key: 'a:1', value: `a:1@${DIGEST}` },
        { key: 'b:1', value: `b:1@${DIGEST}` },
      ],
    });
  });

  it('answers a failure with an error and no value', async () => {
    const service = fakeService({
      pin: (key) =>
        key === 'gone:1'
          ? { key, error: reason('IMAGE_NOT_FOUND', 'The tag 1 does not exist') }
          : { key, value: 'pinned' },
    });

    const { body } = await post(testApp({ service }), MUTATE, providerRequest(['gone:1', 'a:1']));

    expect(body.response.items).toEqual([
      { key: 'gone:1', error: expect.stringMatching(/^IMAGE_NOT_FOUND: The tag 1 does not exist; Check/) },
      { key: 'a:1', value: 'pinned' },
    ]);
    expect(body.response.idempotent).toBe(true);
  });

  it('answers in time where the service hangs, throws, or is asked too much', async () => {
    const service = fakeService({
      pin(key) {
        if (key === 'stuck') return new Promise(() => {});
        if (key === 'throws') throw new Error('boom');
        return { key, value: 'pinned' };
      },
    });
    const many = Array.from({ length: limits.requestKeys }, (_, index) => `image:${index}`);
    const app = testApp({ service, mutateDeadlineMs: 50 });

    const { body } = await post(
      app,
      MUTATE,
      providerRequest(['stuck', 'throws', 'x'.repeat(2_000), ...many]),
    );

    const { items } = body.response;
    expect(items).toHaveLength(many.length + 3);
    expect(items[0]).toEqual({ key: 'stuck', error: expect.stringMatching(/^DEADLINE_EXCEEDED: /) });
    expect(items[1]).toEqual({ key: 'throws', error: expect.stringMatching(/^INTERNAL_ERROR: /) });
    expect(items[2]).toEqual({
      key: 'x'.repeat(2_000),
      error: expect.stringMatching(/^REFERENCE_INVALID: /),
    });
    expect(items[3]).toEqual({ key: 'image:0', value: 'pinned' });
    expect(items.at(-1)).toEqual({ key: 'image:999', error: expect.stringMatching(/^TOO_MANY_KEYS: /) });
  });
});
