import { RE2JS } from 're2js';
import { CountersignError, reasonOf } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Matcher } from './trust-policy.ts';

/** Equal byte for byte: no case folding, no trimming, no trailing slash forgiven. */
export function exactMatcher(text: string): Matcher {
  return matcher('exact', text, (value) => value === text);
}

/**
 * The pattern (Go RE2 syntax) matches some part of the value, as cosign reads its `…RegExp` fields.
 * @throws PATTERN_INVALID
 */
export function anywhereMatcher(pattern: string): Matcher {
  const compiled = compile(pattern);
  return matcher('anywhere', pattern, (value) => compiled.test(value));
}

/**
 * The pattern (Go RE2 syntax) matches all of the value: `a|b` is neither `ab` nor `b` and a line feed.
 * @throws PATTERN_INVALID
 */
export function wholeMatcher(pattern: string): Matcher {
  const compiled = compile(pattern);
  // Anchored by the engine: text put around the pattern could be undone by the pattern, `(?m)` or `x)|(y`.
  return matcher('whole', pattern, (value) => compiled.testExact(value));
}

function matcher(kind: Matcher['kind'], text: string, test: (value: string) => boolean): Matcher {
  return { kind, text, matches: (value) => value.length <= limits.identityLength && test(value) };
}

function compile(pattern: string): RE2JS {
  if (pattern === '') throw new CountersignError('PATTERN_INVALID', 'the pattern is empty');
  if (pattern.length > limits.patternLength) {
    throw new CountersignError(
      'PATTERN_INVALID',
      `the pattern has ${pattern.length} characters; at most ${limits.patternLength} are accepted`,
    );
  }
  const compiled = parse(pattern);
  // Matching is linear in the value, but by this factor: `(.?){1000}` ten times over takes a second a value.
  const size = compiled.programSize();
  if (size > limits.patternProgram) {
    throw new CountersignError(
      'PATTERN_INVALID',
      `the pattern ${abridged(pattern)} compiles to ${size} instructions; at most ${limits.patternProgram} are accepted`,
      { remediation: 'Use smaller repeat counts, or split the pattern into several identities.' },
    );
  }
  return compiled;
}

function parse(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new CountersignError(
      'PATTERN_INVALID',
      `the pattern ${abridged(pattern)} is not valid RE2: ${reasonOf(error).message}`,
      { cause: error },
    );
  }
}

function abridged(pattern: string): string {
  return pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern;
}
