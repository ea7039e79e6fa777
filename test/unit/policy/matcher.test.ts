import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { anywhereMatcher, exactMatcher, wholeMatcher } from '../../../src/policy/matcher.ts';

const invalidPattern = (message: RegExp) =>
  expect.objectContaining({ code: 'PATTERN_INVALID', message: expect.stringMatching(message) });

describe('exactMatcher', () => {
  test('matches the value and nothing else', () => {
    const matcher = exactMatcher('https://github.com/org/repo');

    expect(matcher).toMatchObject({ kind: 'exact', text: 'https://github.com/org/repo' });
    expect(matcher.matches('https://github.com/org/repo')).toBe(true);
  });

  // A1: a text is no pattern, and no part of another text. A4: no slash or case is forgiven.
  test.each([
    'https://github.com/org/repo-evil',
    'https://evil/?x=https://github.com/org/repo',
    'https://githubXcom/org/repo',
    'https://github.com/org/repo/',
    'https://github.com/Org/repo',
    'https://github.com/org/repo\n',
    ' https://github.com/org/repo',
    '',
  ])('does not match %j', (value) => {
    expect(exactMatcher('https://github.com/org/repo').matches(value)).toBe(false);
  });

  test('never matches what is longer than an identity may be', () => {
    const long = 'a'.repeat(limits.identityLength + 1);

    expect(exactMatcher(long).matches(long)).toBe(false);
    expect(exactMatcher(long.slice(1)).matches(long.slice(1))).toBe(true);
  });
});

describe('wholeMatcher', () => {
  test.each([
    ['a|ab', 'ab'],
    ['a|b', 'b'],
    ['a*?', 'aaa'],
    ['(?i)ABC', 'abc'],
    ['^abc$', 'abc'],
    ['(?P<owner>org)/.+', 'org/repo'],
    ['\\Aabc\\z', 'abc'],
    ['(?s)a.b', 'a\nb'],
  ])('%j matches all of %j', (pattern, value) => {
    expect(wholeMatcher(pattern).matches(value)).toBe(true);
  });

  test.each([
    ['a|b', 'ab'],
    ['a|b', 'xb'],
    ['a|b', 'ax'],
    ['a', 'a\n'],
    ['a$', 'a\n'],
    ['.*', 'a\nb'],
    ['(?m)^a$', 'a\nb'],
    ['(?m)^b$', 'a\nb'],
    ['https://github\\.com/org/.*', 'https://evil/?x=https://github.com/org/repo'],
    ['https://github\\.com/org/repo', 'https://github.com/org/repo-evil'],
  ])('A1: %j does not match all of %j', (pattern, value) => {
    expect(wholeMatcher(pattern).matches(value)).toBe(false);
  });

  test('whatever the pattern, the engine agrees with one that is anchored by text', () => {
    const pattern = fc
      .array(fc.constantFrom('a', 'b', '.', '|', '*', '+', '?', '(?m)', '(?i)', '^', '$', '(', ')', '[ab]'), {
        minLength: 1,
        maxLength: 8,
      })
      .map((parts) => parts.join(''))
      .filter((text) => compiles(text));
    const value = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '\n'), maxLength: 6 });

    fc.assert(
      fc.property(pattern, value, (text, sample) => {
        expect(wholeMatcher(text).matches(sample)).toBe(RE2JS.compile(`\\A(?:${text})\\z`).test(sample));
      }),
    );
  });
});

describe('anywhereMatcher', () => {
  test('matches a part of the value, as cosign does', () => {
    const matcher = anywhereMatcher('https://github.com/org/');

    expect(matcher).toMatchObject({ kind: 'anywhere', text: 'https://github.com/org/' });
    expect(matcher.matches('https://evil/?x=https://github.com/org/repo')).toBe(true);
    expect(matcher.matches('https://github.com/other')).toBe(false);
  });

  test('can be anchored by the pattern', () => {
    const matcher = anywhereMatcher('^https://github\\.com/org/[a-z]+$');

    expect(matcher.matches('https://github.com/org/repo')).toBe(true);
    expect(matcher.matches('https://github.com/org/repo\n')).toBe(false);
    expect(matcher.matches('x https://github.com/org/repo')).toBe(false);
  });

  test('never matches what is longer than an identity may be', () => {
    expect(anywhereMatcher('a').matches('a'.repeat(limits.identityLength + 1))).toBe(false);
    expect(wholeMatcher('a+').matches('a'.repeat(limits.identityLength + 1))).toBe(false);
  });

  test('E5: nested repeats are linear', () => {
    const value = 'a'.repeat(limits.identityLength);

    expect(wholeMatcher('(a+)+b').matches(value)).toBe(false);
    expect(anywhereMatcher('(a|a)*b').matches(value)).toBe(false);
  });
});

describe.each([
  ['anywhereMatcher', anywhereMatcher],
  ['wholeMatcher', wholeMatcher],
])('%s refuses', (_, create) => {
  test.each([
    ['look-ahead', '(?=a)a', /is not valid RE2: .*\(\?=/],
    ['look-behind', '(?<=a)b', /is not valid RE2/],
    ['a back-reference', '(a)\\1', /is not valid RE2: .*\\1/],
    ['an open group', 'a(', /the pattern a\( is not valid RE2: .*missing closing \)/],
    ['a group that closes what is around it', 'a)|(b', /is not valid RE2: .*unexpected \)/],
    ['an empty pattern', '', /the pattern is empty/],
    ['a pattern that is too long', 'a'.repeat(limits.patternLength + 1), /4097 characters; at most 4096/],
    ['a long invalid pattern, and abridges it', `${'a'.repeat(200)}(`, /the pattern a{100}… is not valid/],
    ['a pattern that is costly to match', '(.?){1000}'.repeat(9), /instructions; at most 2048/],
  ])('%s', (_what, pattern, message) => {
    expect(() => create(pattern)).toThrow(invalidPattern(message));
  });
});

function compiles(pattern: string): boolean {
  try {
    return RE2JS.compile(pattern) !== undefined;
  } catch {
    return false;
  }
}
