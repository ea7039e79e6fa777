import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkScopes } from '../../../src/policy/scope-rules.ts';

/** Problems as `policy.scope message`. */
function problemsOf(...policies: string[][]): string[] {
  const named = policies.map((scopes, index) => ({ name: `p${index}`, scopes }));
  return checkScopes(named).map(({ policy, scope, reason }) => {
    expect(reason.code).toBe('SCOPE_INVALID');
    return `${policy}.${scope} ${reason.message}`;
  });
}

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('checkScopes', () => {
  test('has nothing to say about scopes that stand apart', () => {
    expect(
      problemsOf(
        ['ghcr.io/org/*', 'ghcr.io/organisation/*', 'docker.io/library/*'],
        ['ghcr.io/other', 'ghcr.io/other-one', 'quay.io/a:v1', 'quay.io/a:v2'],
      ),
    ).toEqual([]);
    expect(problemsOf()).toEqual([]);
    expect(problemsOf([])).toEqual([]);
  });

  test('allows * of one policy beside the scopes of others', () => {
    expect(problemsOf(['*'], ['ghcr.io/org/*', 'nginx'])).toEqual([]);
  });

  test('allows a repository beside tags and digests of it', () => {
    expect(problemsOf(['nginx'], ['nginx:1.25', `docker.io/library/nginx@${DIGEST}`])).toEqual([]);
  });

  test('reports malformed scopes where they stand', () => {
    expect(problemsOf(['nginx', ''], ['a*b'])).toEqual([
      '0.1 scope value cannot be empty in trust policy p0',
      '1.0 invalid scope a*b for trust policy p1',
    ]);
  });

  test('reports * that is there twice', () => {
    const message = 'global wildcard character * can only be used once';

    expect(problemsOf(['*'], ['*'])).toEqual([`1.0 ${message}`]);
    expect(problemsOf(['*', '*'])).toEqual([`0.1 ${message}`]);
  });

  test('reports * that is not alone in its policy', () => {
    expect(problemsOf(['nginx', '*'])).toEqual([
      '0.1 global wildcard character * cannot be used with other scopes within the same trust policy p0',
    ]);
  });

  test.each([
    ['nginx', 'nginx'],
    ['nginx', 'docker.io/library/nginx'],
    ['ghcr.io/org/*', 'GHCR.io/org/*'],
    [`ghcr.io/a@${DIGEST}`, `ghcr.io/a:v1@${DIGEST}`],
  ])('reports %s and %s as duplicates, within a policy and across', (a, b) => {
    expect(problemsOf([a, b])).toEqual([`0.1 duplicate scope ${b} for trust policy p0`]);
    expect(problemsOf([a], [b])).toEqual([`1.0 duplicate scope ${b} for trust policy p1`]);
  });

  test.each([
    ['ghcr.io/org*', 'ghcr.io/org/*'],
    ['ghcr.io/*', 'ghcr.io/org/app'],
    ['ghcr.io/*', 'ghcr.io/org/app:v1'],
    ['ghcr.io/org/app*', 'ghcr.io/org/app'],
    ['ghcr.io/org/app:v*', 'ghcr.io/org/app:v1'],
    ['ghcr.io/org/app@*', `ghcr.io/org/app@${DIGEST}`],
    ['docker.io/library/*', 'nginx'],
    ['ghcr.io/org/app', 'ghcr.io/org/app:v*'],
    ['localhost:5000/app', 'localhost:5000/app@sha256:*'],
    ['localhost:5*', 'localhost:5000/app'],
  ])('reports %s and %s as overlapping, in either order', (a, b) => {
    expect(problemsOf([a], [b])).toEqual([`1.0 overlapping scopes ${a} and ${b} for trust policy p1`]);
    expect(problemsOf([b, a])).toEqual([`0.1 overlapping scopes ${b} and ${a} for trust policy p0`]);
  });

  test('reports everything that a prefix covers, in the order of the configuration', () => {
    expect(problemsOf(['ghcr.io/z', 'quay.io/a'], ['ghcr.io/*', 'ghcr.io/b/*'], ['ghcr.io/a'])).toEqual([
      '1.0 overlapping scopes ghcr.io/z and ghcr.io/* for trust policy p1',
      '1.1 overlapping scopes ghcr.io/* and ghcr.io/b/* for trust policy p1',
      '2.0 overlapping scopes ghcr.io/* and ghcr.io/a for trust policy p2',
    ]);
  });

  test('finds an overlap if and only if two scopes have one', () => {
    const name = fc.stringMatching(/^[ab]{1,3}$/);
    const text = fc
      .tuple(name, fc.constantFrom('', '*', '/*', ':a', ':a*', '-b', '-b*', '.a'))
      .map(([path, end]) => `r.io/${path}${end}`);

    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 6 }), (scopes) => {
        const pairs = scopes.flatMap((a) => scopes.filter((b) => b !== a).map((b) => [a, b] as const));
        const overlapping = pairs.some(
          ([a, b]) =>
            (a.endsWith('*') && b.startsWith(a.slice(0, -1))) ||
            (!/[:*]/.test(a) && b.startsWith(`${a}:`) && b.endsWith('*')),
        );

        expect(problemsOf(scopes).length > 0).toBe(overlapping);
      }),
    );
  });
});
