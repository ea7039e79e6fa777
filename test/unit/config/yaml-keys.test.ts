import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../src/config/yaml-document.ts';

/** What is said about a text that is no resource. */
function problems(text: string): readonly string[] {
  const { unread, resources } = readYaml('x.yaml', text);
  const damage = resources.flatMap((resource) => resource.damage);
  return [...unread.map(({ diagnostic }) => diagnostic), ...damage].map(
    ({ line, message }) => `${line}: ${message}`,
  );
}

describe('keys of a YAML map', () => {
  it.each([
    ['the same text', 'a: 1\nb: 2\na: 3\n', '3: the key "a" stands twice in one map'],
    ['the same text in quotes', '{a: 1, "a": 2}', '1: the key "a" stands twice in one map'],
    [
      'a number and its text, which are one key in JSON',
      '1: a\n"1": b\n',
      '2: the key "1" stands twice in one map',
    ],
    ['deep inside', 'x:\n  - y: {z: 1, z: 2}\n', '2: the key "z" stands twice in one map'],
    ['a list', '[1]: a\n', '1: a key is a collection or an alias instead of a text'],
    ['a map', '? {a: b}\n: c\n', '1: a key is a collection or an alias instead of a text'],
    ['an alias for a list', 'a: &x [1]\n*x : b\n', '2: a key is a collection or an alias instead of a text'],
  ])('are texts, each once: %s', (_what, text, problem) => {
    expect(problems(text)).toContain(problem);
  });

  it('may be the same in different maps', () => {
    expect(problems('a: {b: 1}\nc: {b: 1}\n')).toEqual([]);
  });

  // Each took seconds, and twice as much of it minutes; here the timeout of the test would tell.
  it.each([
    ['maps that are keys of each other', `${'{'.repeat(400)}a: b`],
    ['explicit keys of explicit keys', `${'? '.repeat(400)}a: b`],
    ['tens of thousands of keys', Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n')],
  ])('cost what they weigh: %s', (_what, text) => {
    expect(() => readYaml('x.yaml', text)).not.toThrow();
  });
});
