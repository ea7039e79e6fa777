import { Agent, request } from 'undici';
import { expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { VerificationValue } from '../../src/server/response-item.ts';
import { attack } from '../support/attack.ts';
import { setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { MUTATE_PATH, VERIFY_PATH } from '../support/test-provider.ts';

attack(
  'F4',
  'one bad key would take the others of its request along, or a key would be missing from the answer',
  () => {
    const setUp = setUpAttack();

    async function judge(keys: readonly string[]): Promise<readonly string[]> {
      const { items, systemError } = await setUp.provider.post(VERIFY_PATH, keys);
      expect(systemError).toBe('');
      expect(items.map(({ key }) => key)).toEqual(keys);
      for (const { value } of items) expect(value).toMatchObject({ isSuccess: expect.any(Boolean) });
      return items.map(({ value }) => verdictOf(value as VerificationValue));
    }

    const ODD = [
      '',
      ' ',
      '\t',
      '\0',
      '\u2028',
      '\u202E',
      '\u{1F600}',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'toString',
      '[object Object]',
      '[]',
      '[',
      ']',
      '@',
      ':',
      '/',
      '"',
      '\\',
      '{"key":"x"}',
      'a'.repeat(1_000_000),
    ];

    it('twin: an honest key alone', async () => {
      expect(await judge([setUp.signed().key])).toEqual(['verified']);
    });

    it('odd keys get an answer of their own, and the honest one beside them its own', async () => {
      const [first, last] = [setUp.signed().key, setUp.signed('legacy').key];
      const verdicts = await judge([first, ...ODD, last]);
      expect([verdicts.at(0), verdicts.at(-1)]).toEqual(['verified', 'verified']);
      for (const verdict of verdicts.slice(1, -1)) {
        expect(verdict).toMatch(/^rejected (REFERENCE_INVALID|KEY_NAMESPACE_INVALID|NO_MATCHING_POLICY)$/);
      }
    });

    it('a bad signature, a missing image and an unsigned one take no one along', async () => {
      const copied = setUp.image();
      setUp.attach(copied, setUp.bundle(setUp.image()));
      const keys = [
        copied.key,
        setUp.image().key,
        setUp.signed().key,
        `${setUp.host}/acme/app:missing`,
        `${setUp.host}/acme/app@sha256:${'0'.repeat(64)}`,
        'ghcr.io/other/image:v1',
      ];
      expect(await judge(keys)).toEqual([
        'rejected SUBJECT_MISMATCH',
        'rejected SIGNATURE_NOT_FOUND',
        'verified',
        'rejected IMAGE_NOT_FOUND',
        'rejected SIGNATURE_NOT_FOUND',
        'rejected NO_MATCHING_POLICY',
      ]);
    });

    it('a key that comes twice, and keys that mean the same, are answered as often and as they were written', async () => {
      const { digest } = setUp.signed('bundle', 'acme/app', 'f04');
      const name = `${setUp.host}/acme/app`;
      const keys = [
        `${name}@${digest}`,
        `${name}:f04@${digest}`,
        `${name}:other@${digest}`,
        `[]${name}@${digest}`,
        `[team-a]${name}@${digest}`,
        `${name}:f04`,
        `${name}@${digest}`,
        `${name}@${digest} `,
        `${name}@${digest}`,
      ];
      const verdicts = await judge(keys);
      expect(verdicts).toEqual(
        keys.map((key) => (key.endsWith(' ') ? 'rejected REFERENCE_INVALID' : 'verified')),
      );
    });

    it('10,000 keys: the first ones are judged, the others told so', async () => {
      const honest = setUp.signed().key;
      const many = Array.from({ length: 10_000 }, (_, index) => `${setUp.host}/acme/app:-${index}`);
      const verdicts = await judge([honest, ...many, honest]);
      expect([verdicts.at(0), verdicts.at(-1)]).toEqual(['verified', 'verified']);
      const others = verdicts.slice(1, -1);
      expect(others.slice(0, limits.requestKeys - 1)).toEqual(
        Array(limits.requestKeys - 1).fill('rejected REFERENCE_INVALID'),
      );
      expect(others.slice(limits.requestKeys - 1)).toEqual(
        Array(10_001 - limits.requestKeys).fill('unavailable TOO_MANY_KEYS'),
      );
    });

    it.each([VERIFY_PATH, MUTATE_PATH])(
      'more keys than are answered at all: a system error, %s',
      async (path) => {
        const keys = Array<string>(limits.requestItems + 1).fill(setUp.signed().key);
        const { items, systemError } = await setUp.provider.post(path, keys);
        expect(items).toEqual([]);
        expect(systemError).toMatch(/^REQUEST_TOO_LARGE/);
      },
    );

    it('a mutation: one bad key has an error and no value, the other a value and no error', async () => {
      const image = setUp.signed('bundle', 'acme/f04-mutated', 'v1');
      const keys = [`${setUp.host}/acme/f04-mutated:v1`, '', 'no image', `${setUp.host}/acme/f04-mutated:v1`];
      const { items } = await setUp.provider.post(MUTATE_PATH, keys);
      expect(items.map(({ key }) => key)).toEqual(keys);
      expect(items.map(({ value }) => value)).toEqual([image.key, undefined, undefined, image.key]);
      expect(items.map(({ error }) => error?.split(':')[0])).toEqual([
        undefined,
        'REFERENCE_INVALID',
        'REFERENCE_INVALID',
        undefined,
      ]);
    });

    it.each([
      ['half of a character', '{"request":{"keys":["KEY","\\ud800"]}}'],
      ['a key that is no text', '{"request":{"keys":["KEY",1]}}'],
      ['a key that is nothing', '{"request":{"keys":["KEY",null]}}'],
      ['keys within keys', '{"request":{"keys":["KEY",["KEY"]]}}'],
      ['two lists of keys', '{"request":{"keys":["KEY"],"keys":[]}}'],
      ['an object of keys', '{"request":{"keys":{"0":"KEY","length":1}}}'],
      ['no keys', '{"request":{"keys":[]}}'],
      ['nothing', ''],
    ])('a request with %s: no item and a system error', async (_, text) => {
      const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
      const body = text.replaceAll('KEY', setUp.signed().key);
      const answer = await request(`${setUp.provider.url}${VERIFY_PATH}`, {
        method: 'POST',
        body,
        dispatcher,
      });
      const { response } = (await answer.body.json()) as {
        response: { items: unknown; systemError: string };
      };
      await dispatcher.close();
      expect(response.items).toEqual([]);
      expect(response.systemError).toMatch(/^REQUEST_INVALID/);
    });
  },
);
