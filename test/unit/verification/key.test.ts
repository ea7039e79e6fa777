import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../../src/errors.ts';
import { parseMutationKey, parseVerificationKey } from '../../../src/verification/key.ts';

const nginx = { repository: { host: 'docker.io', path: 'library/nginx' }, tag: '1.25' };

describe('parseVerificationKey', () => {
  it.each([
    ['nginx:1.25', undefined],
    ['[]nginx:1.25', undefined],
    ['[team-a]nginx:1.25', 'team-a'],
    ['[a]docker.io/library/nginx:1.25', 'a'],
  ])('%s', (key, namespace) => {
    expect(parseVerificationKey(key)).toEqual({ namespace, reference: nginx });
  });

  it.each([
    '[team-a',
    '[Team]nginx',
    '[-a]nginx',
    '[a.b]nginx',
    '[a b]nginx',
    '[[a]]nginx',
    `[${'a'.repeat(64)}]nginx`,
  ])('F7: %s names no namespace', (key) => {
    expect(() => parseVerificationKey(key)).toThrow(
      expect.objectContaining({ code: 'KEY_NAMESPACE_INVALID' }),
    );
  });

  it.each(['', '[team-a]', ' nginx', 'nginx\n', '[team-a] nginx', '[a][b]nginx', 'a'.repeat(2_000)])(
    'F5: %j has no image reference',
    (key) => {
      expect(() => parseVerificationKey(key)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
    },
  );

  it('throws nothing but its own errors, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `[${text}]x`),
        ),
        (key) => {
          try {
            parseVerificationKey(key);
          } catch (error) {
            expect(error).toBeInstanceOf(CountersignError);
          }
        },
      ),
    );
  });
});

describe('parseMutationKey', () => {
  it('takes an image', () => {
    expect(parseMutationKey('nginx:1.25')).toEqual(nginx);
  });

  it('F7: takes no namespace, for the author of the Pod would choose it', () => {
    expect(() => parseMutationKey('[other-team]nginx:1.25')).toThrow(
      expect.objectContaining({ code: 'KEY_NAMESPACE_INVALID' }),
    );
  });
});
