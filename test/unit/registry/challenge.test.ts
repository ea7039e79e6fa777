import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../src/registry/challenge.ts';

function read(header: string | string[] | undefined): unknown {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe('parseChallenges', () => {
  it.each([
    ['nothing', undefined, []],
    ['an empty header', '', []],
    [
      'the usual',
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:a/b:pull,push',
          },
        ],
      ],
    ],
    ['any letter case', 'BEARER Realm="r"', [['bearer', { realm: 'r' }]]],
    ['spaces around', 'Bearer  realm = "r" ,  service="s"', [['bearer', { realm: 'r', service: 's' }]]],
    [
      'values without quotes',
      'Bearer realm=https://a.io/t,service=s',
      [['bearer', { realm: 'https://a.io/t', service: 's' }]],
    ],
    ['escapes', 'Basic realm="a \\"b\\" \\\\"', [['basic', { realm: 'a "b" \\' }]]],
    [
      'several in one header',
      'Basic realm="x", Bearer realm="r",scope="a, b", Digest nonce=n',
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'r', scope: 'a, b' }],
        ['digest', { nonce: 'n' }],
      ],
    ],
    [
      'several headers',
      ['Basic realm="x"', 'Bearer realm="r"'],
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'r' }],
      ],
    ],
    [
      'a token68',
      'Negotiate YII=, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['a scheme alone', 'Basic', [['basic', {}]]],
    ['a realm twice', 'Bearer realm="a",realm="b"', []],
    ['parameters without a scheme', 'realm="a"', []],
    [
      'an open quote',
      'Bearer realm="a',
      [
        ['bearer', {}],
        ['realm', {}],
      ],
    ],
  ])('reads %s', (_, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it('E5: is linear and never throws', () => {
    for (const text of [
      'Bearer a="\\'.repeat(2_000),
      ' ,'.repeat(8_000),
      `Bearer a="${'\\a'.repeat(8_000)}`,
      'a'.repeat(16_000),
    ]) {
      expect(() => parseChallenges(text)).not.toThrow();
    }
    const parts = ['Bearer', ' ', ',', '=', '"', '\\', 'realm', 'a', '\t', 'é'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 30 }), (list) => {
        expect(Array.isArray(parseChallenges(list.join('')))).toBe(true);
      }),
    );
  });
});
