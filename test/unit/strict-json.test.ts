import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { parseStrictJson, StrictJsonError } from '../../src/strict-json.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('parseStrictJson', () => {
  it.each([
    ['{}', {}],
    ['null', null],
    [
      ' [1, -2.5e3, "a\\"b", {"a": {"a": 1}, "b": [{"a": 2}]}] ',
      [1, -2500, 'a"b', { a: { a: 1 }, b: [{ a: 2 }] }],
    ],
    ['{"a" \n:\t"b:c","c":"{[","d":"\\\\"}', { a: 'b:c', c: '{[', d: '\\' }],
    ['{"":1}', { '': 1 }],
    ['"\\ud83d\\ude00"', '😀'],
    ['{"constructor":1,"toString":2}', { constructor: 1, toString: 2 }],
  ])('reads %s', (text, value) => {
    expect(parseStrictJson(text)).toEqual(value);
    expect(parseStrictJson(Buffer.from(text))).toEqual(value);
  });

  it.each([
    ['a duplicate key', '{"a":1,"b":{},"a":2}', 'contains the key "a" twice'],
    ['a duplicate key in another spelling', '{"a":1,"\\u0061":2}', 'contains the key "a" twice'],
    ['a duplicate key after nested objects', '[{"a":{"a":[{"a":1}]},"a" : 2}]', 'contains the key "a" twice'],
    ['__proto__', '{"__proto__":{"x":1}}', 'contains the key "__proto__"'],
    ['__proto__ in another spelling', '{"\\u005f_proto__":1}', 'contains the key "__proto__"'],
    ['trailing data', '{} {}', 'is not valid JSON'],
    ['a trailing bracket', '{}]', 'is not valid JSON'],
    ['a trailing comma', '[1,]', 'is not valid JSON'],
    ['single quotes', "{'a':1}", 'is not valid JSON'],
    ['a comment', '{}//', 'is not valid JSON'],
    ['NaN', '[NaN]', 'is not valid JSON'],
    ['nothing', '', 'is not valid JSON'],
    ['an unterminated string', '{"a', 'is not valid JSON'],
    ['an unterminated escape', '"\\', 'is not valid JSON'],
    ['a control character in a key', '{"a\n":1}', 'is not valid JSON'],
    ['a byte order mark', '\uFEFF{}', 'starts with a byte order mark'],
    ['a lone surrogate', '"\uD800"', 'contains a lone surrogate'],
    ['an escaped lone surrogate', '{"a":"\\udc00"}', 'contains a lone surrogate'],
    ['an escaped lone surrogate in a key', '{"\\uD800":1}', 'contains a lone surrogate'],
    ['a number beyond a double', '[1e400]', 'contains a number that is too large'],
    ['a negative number beyond a double', '{"a":-1e400}', 'contains a number that is too large'],
    ['deep nesting', '['.repeat(65) + ']'.repeat(65), 'is nested deeper than 64 levels'],
  ])('B16: refuses %s', (_, text, message) => {
    expect(() => parseStrictJson(text)).toThrow(new StrictJsonError(message));
  });

  it('B16: refuses bytes that are not UTF-8, and a byte order mark in bytes', () => {
    expect(() => parseStrictJson(bytes(0x22, 0xff, 0x22))).toThrow('is not valid UTF-8');
    expect(() => parseStrictJson(bytes(0x22, 0xc0, 0xaf, 0x22))).toThrow('is not valid UTF-8');
    expect(() => parseStrictJson(bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d))).toThrow('byte order mark');
  });

  it('E6: refuses a hundred thousand levels without running out of stack', () => {
    expect(() => parseStrictJson('[{"a":'.repeat(100_000))).toThrow('nested deeper than 64');
    expect(() => parseStrictJson('[[[]]]', { maxDepth: 2 })).toThrow('nested deeper than 2');
    expect(parseStrictJson('[[[]]]', { maxDepth: 3 })).toEqual([[[]]]);
  });

  it('E6: counts values, and members, before it builds any', () => {
    expect(parseStrictJson('{"a":[1,true,"b",null,{}]}', { maxValues: 7 })).toEqual({
      a: [1, true, 'b', null, {}],
    });
    for (const text of [
      '{"a":[1,true,"b",null,{}]}',
      '[[],[],[],[],[],[]]',
      '[1,2,3,4,5,6]',
      '"a":'.repeat(7),
    ]) {
      expect(() => parseStrictJson(text, { maxValues: 6 })).toThrow('has more than 6 values');
    }
    const many = `[${'{},'.repeat(limits.jsonValues)}{}]`;
    expect(() => parseStrictJson(many)).toThrow(`has more than ${limits.jsonValues} values`);
    // Nothing behind the limit is looked at.
    expect(() => parseStrictJson(`${many.slice(0, -1)}\u0000`)).toThrow('values');
  });

  it('does not quote the text in its message', () => {
    expect(() => parseStrictJson('{"token": secret}')).toThrow(new StrictJsonError('is not valid JSON'));
  });

  it('reads every value that JSON.stringify writes', () => {
    const plain = fc
      .jsonValue({ maxDepth: 8 })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(plain, (value) => {
        const text = JSON.stringify(value);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('throws nothing but StrictJsonError, whatever it is given, and accepts nothing that JSON.parse refuses', () => {
    const fragments = [
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      'a',
      '1e999',
      '-',
      ' ',
      'null',
      '\\ud800',
      '\uFEFF',
    ];
    const soup = fc.oneof(
      fc.array(fc.constantFrom(...fragments)).map((parts) => parts.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(soup, (text) => {
        try {
          expect(parseStrictJson(text)).toEqual(JSON.parse(text));
        } catch (error) {
          expect(error).toBeInstanceOf(StrictJsonError);
        }
      }),
    );
  });
});
