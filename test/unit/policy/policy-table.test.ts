import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reason } from '../../../src/errors.ts';
import { createPolicyTable, type PolicyEntry, type PolicyMatch } from '../../../src/policy/policy-table.ts';
import type { Digest } from '../../../src/registry/digest.ts';
import { parseReference } from '../../../src/registry/reference.ts';
import { trustPolicy } from './builders.ts';

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const OTHER_DIGEST: Digest = `sha256:${'b'.repeat(64)}`;

/** A trust policy that is named after its Verifier. */
function valid(name: string, ...scopes: string[]): PolicyEntry {
  return { kind: 'valid', policy: trustPolicy({ name, verifier: { kind: 'Verifier', name }, scopes }) };
}

function invalid(name: string, scopes: readonly string[] | 'unreadable'): PolicyEntry {
  return {
    kind: 'invalid',
    resource: { kind: 'Verifier', name },
    scopes,
    reason: reason('PATTERN_INVALID', 'the pattern ( is not valid RE2', 'Close it.'),
  };
}

function find(entries: PolicyEntry[], image: string, resolved?: Digest): PolicyMatch {
  return createPolicyTable(entries).find(parseReference(image), resolved);
}

/** Names of the governing policies, or the kind of answer there is instead. */
function governing(entries: PolicyEntry[], image: string, resolved?: Digest): string {
  const match = find(entries, image, resolved);
  return match.kind === 'governed' ? match.policies.map(({ name }) => name).join() : match.kind;
}

describe('what a scope covers', () => {
  test.each([
    ['*', 'nginx'],
    ['nginx', 'nginx'],
    ['nginx', 'docker.io/library/nginx:1.25'],
    ['nginx', `nginx@${DIGEST}`],
    ['nginx', `nginx:1.25@${DIGEST}`],
    ['nginx:latest', 'nginx'],
    ['nginx:1.25', 'index.docker.io/nginx:1.25'],
    [`nginx@${DIGEST}`, `nginx:1.25@${DIGEST}`],
    ['ghcr.io/org/*', 'GHCR.io/org/app'],
    ['ghcr.io/org*', 'ghcr.io/organisation/app'],
    ['registry.corp:5*', 'registry.corp:5000/app'],
    ['ghcr.io/org/app:v1*', 'ghcr.io/org/app:v1.2'],
    ['ghcr.io/org/app@sha256:a*', `ghcr.io/org/app@${DIGEST}`],
    ['docker.io/library/ng*', 'nginx'],
    ['ghcr.io/org/app*', `ghcr.io/org/app@${DIGEST}`],
    ['ghcr.io/my_org/*', 'ghcr.io/my_org/my_repo:V1'],
  ])('%s covers %s', (scope, image) => {
    expect(governing([valid('p', scope)], image)).toBe('p');
  });

  test.each([
    ['ghcr.io/org/repo', 'ghcr.io/org/repo-evil'],
    ['ghcr.io/org/repo', 'ghcr.io/org/repo/evil'],
    ['ghcr.io/org/repo', 'ghcr.io/org/rep'],
    ['ghcr.io/org/*', 'ghcr.io/org'],
    ['ghcr.io/org/*', 'ghcr.io/org-evil/app'],
    ['ghcr.io/org/*', 'ghcr.io.evil/org/app'],
    ['ghcr.io/org/*', 'evil.io/ghcr.io/org/app'],
    ['registry.corp/*', 'registry.corp:5000/app'],
    ['nginx', 'docker.io/org/nginx'],
    ['nginx*', 'nginx'],
    ['nginx:1.25', 'nginx'],
    ['nginx:1.25', 'nginx:1.2'],
    ['nginx:1.2', 'nginx:1.25'],
    ['nginx:V1', 'nginx:v1'],
    // A tag beside a digest takes no part.
    ['nginx:1.25', `nginx:1.25@${DIGEST}`],
    ['ghcr.io/org/app:v1*', `ghcr.io/org/app:v1@${DIGEST}`],
    [`nginx@${DIGEST}`, 'nginx'],
    [`nginx@${DIGEST}`, `nginx@${OTHER_DIGEST}`],
    [`nginx@${DIGEST}`, `org/nginx@${DIGEST}`],
  ])('%s does not cover %s', (scope, image) => {
    expect(governing([valid('p', scope)], image)).toBe('ungoverned');
  });

  test('a scope never covers another repository', () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,4}(?:[._-][a-z0-9]{1,4})?$/);
    const repository = fc.tuple(component, component).map(([a, b]) => `ghcr.io/${a}/${b}`);
    const version = fc.constantFrom('', ':v1', ':latest', `@${DIGEST}`, `:v1@${DIGEST}`);
    const suffix = fc.constantFrom('-evil', '/evil', '.evil', '0', '_evil');

    fc.assert(
      fc.property(repository, version, suffix, version, (name, of, evil, asked) => {
        const policy = [valid('p', `${name}${of}`)];

        expect(governing(policy, `${name}${evil}${asked}`)).toBe('ungoverned');
        expect(governing(policy, `evil.io/${name.slice('ghcr.io/'.length)}${asked}`)).toBe('ungoverned');
        expect(governing(policy, `${name}${of}`)).toBe('p');
        expect(governing([valid('p', `${name}/*`)], `${name}${asked}`)).toBe('ungoverned');
        expect(governing([valid('p', `${name}/*`)], `${name}-evil/app${asked}`)).toBe('ungoverned');
        expect(governing([valid('p', `${name}/*`)], `${name}/app${asked}`)).toBe('p');
      }),
    );
  });
});

describe('which scope decides', () => {
  const levels = [
    valid('all', '*'),
    valid('host', 'ghcr.io/*'),
    valid('org', 'ghcr.io/org/*'),
    valid('repository', 'ghcr.io/org/app'),
    valid('tag', 'ghcr.io/org/app:v1'),
    valid('digest', `ghcr.io/org/app@${DIGEST}`),
  ];

  test.each([
    ['quay.io/a', 'all'],
    ['ghcr.io/a', 'host'],
    ['ghcr.io/org/other', 'org'],
    ['ghcr.io/org/app:v2', 'repository'],
    [`ghcr.io/org/app:v1@${OTHER_DIGEST}`, 'repository'],
    ['ghcr.io/org/app:v1', 'tag'],
    [`ghcr.io/org/app@${DIGEST}`, 'digest'],
  ])('for %s it is %s, whatever the order of the entries', (image, name) => {
    expect(governing(levels, image)).toBe(name);
    expect(governing(levels.toReversed(), image)).toBe(name);
  });

  test('a repository is more specific than any prefix', () => {
    const entries = [valid('repository', 'ghcr.io/org/app'), valid('prefix', 'ghcr.io/org/app:v*')];

    expect(governing(entries, 'ghcr.io/org/app:v1')).toBe('repository');
  });

  test('the longest of several prefixes decides, of tags and digests too', () => {
    const entries = [
      valid('short', 'ghcr.io/org/app*'),
      valid('tags', 'ghcr.io/org/app:v*'),
      valid('digests', 'ghcr.io/org/app@sha256:*'),
    ];

    expect(governing(entries, 'ghcr.io/org/app:v1')).toBe('tags');
    expect(governing(entries, 'ghcr.io/org/app:w1')).toBe('short');
    expect(governing(entries, 'ghcr.io/org/app:v1', DIGEST)).toBe('digests');
    expect(governing(entries, 'ghcr.io/org/a')).toBe('ungoverned');
  });

  test('a digest that a tag resolved to takes part beside the tag', () => {
    expect(governing(levels, 'ghcr.io/org/app:v1', DIGEST)).toBe('digest');
    expect(governing(levels, 'ghcr.io/org/app:v1', OTHER_DIGEST)).toBe('tag');
    expect(governing(levels, 'ghcr.io/org/app:v2', OTHER_DIGEST)).toBe('repository');
    expect(governing(levels, `ghcr.io/org/app@${OTHER_DIGEST}`, DIGEST)).toBe('repository');
  });

  test('a reference without tag and digest is governed by its repository', () => {
    const { repository } = parseReference('ghcr.io/org/app');

    expect(createPolicyTable(levels).find({ repository })).toMatchObject({
      scope: { text: 'ghcr.io/org/app' },
    });
  });

  test('all policies with the most specific scope take part, however they spell it', () => {
    const entries = [valid('a', 'nginx'), valid('b', 'docker.io/library/nginx'), valid('c', 'docker.io/*')];

    expect(find(entries, 'nginx')).toMatchObject({
      kind: 'governed',
      scope: { text: 'nginx' },
      policies: [{ name: 'a' }, { name: 'b' }],
    });
  });

  test('agrees with a look at every scope', () => {
    const text = fc
      .tuple(
        fc.stringMatching(/^[ab]{1,3}$/),
        fc.constantFrom('', '*', '/*', ':a', ':ab', ':a*', '-b', '-b*', ':*'),
      )
      .map(([path, end]) => `r.io/${path}${end}`);
    const image = fc
      .tuple(
        fc.stringMatching(/^[ab]{1,3}$/),
        fc.constantFrom('', '/a', '-b'),
        fc.constantFrom('a', 'ab', 'b'),
      )
      .map(([path, more, tag]) => `r.io/${path}${more}:${tag}`);

    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 8 }), image, (scopes, reference) => {
        const rank = (scope: string) => {
          if (scope === reference) return 3_000;
          if (scope === reference.slice(0, reference.lastIndexOf(':'))) return 2_000;
          return scope.endsWith('*') && reference.startsWith(scope.slice(0, -1)) ? scope.length : 0;
        };
        const best = scopes.toSorted((a, b) => rank(b) - rank(a)).at(0) ?? '';
        const match = find(
          scopes.map((scope) => valid(scope, scope)),
          reference,
        );

        if (rank(best) === 0) expect(match.kind).toBe('ungoverned');
        else expect(match).toMatchObject({ kind: 'governed', scope: { text: best } });
      }),
    );
  });

  test('a valid entry with a malformed scope is refused', () => {
    expect(() => createPolicyTable([valid('p', 'a*b')])).toThrow(
      expect.objectContaining({ code: 'SCOPE_INVALID' }),
    );
  });
});

describe('F8: a broken strict policy never gives way to a lax one', () => {
  test('on the same scope, whichever comes first', () => {
    const entries = [valid('lax', 'ghcr.io/org/*'), invalid('strict', ['ghcr.io/org/*'])];

    expect(find(entries, 'ghcr.io/org/app')).toEqual({
      kind: 'invalid',
      reason: reason(
        'POLICY_INVALID',
        'Verifier strict is invalid, and it claims ghcr.io/org/*: PATTERN_INVALID: the pattern ( is not valid RE2',
        'Close it.',
      ),
    });
    expect(governing(entries.toReversed(), 'ghcr.io/org/app')).toBe('invalid');
  });

  test.each(['*', 'ghcr.io/*', 'ghcr.io/org/*', 'ghcr.io/org/app'])(
    'where the lax one has the wider scope %s',
    (lax) => {
      expect(
        governing([valid('lax', lax), invalid('strict', ['ghcr.io/org/app:v1'])], 'ghcr.io/org/app:v1'),
      ).toBe('invalid');
    },
  );

  test('where nobody else governs', () => {
    expect(governing([invalid('strict', ['ghcr.io/org/*'])], 'ghcr.io/org/app')).toBe('invalid');
  });

  test('where some of its scopes, or all, or none can be read', () => {
    for (const scopes of ['unreadable', ['quay.io/a', 'a*b'], []] as const) {
      const entries = [valid('lax', 'ghcr.io/org/app:v1'), invalid('strict', scopes)];

      expect(find(entries, 'ghcr.io/org/app:v1')).toMatchObject({
        kind: 'invalid',
        reason: {
          code: 'POLICY_INVALID',
          message: expect.stringContaining(
            'Verifier strict is invalid, and which images it governs cannot be told',
          ),
        },
      });
    }
  });

  test('names the first of several whose scopes cannot be read', () => {
    const match = find([invalid('a', 'unreadable'), invalid('b', 'unreadable')], 'nginx');

    expect(match).toMatchObject({ reason: { message: expect.stringContaining('Verifier a is invalid') } });
  });

  test('but it takes no part where it would take none if it were valid', () => {
    const entries = [valid('specific', 'ghcr.io/org/app'), invalid('wide', ['*', 'ghcr.io/org/*'])];

    expect(governing(entries, 'ghcr.io/org/app')).toBe('specific');
    expect(governing(entries, 'ghcr.io/org/other')).toBe('invalid');
    expect(governing(entries, 'quay.io/a')).toBe('invalid');
    expect(governing([valid('p', 'ghcr.io/a'), invalid('q', ['quay.io/*'])], 'ghcr.io/b')).toBe('ungoverned');
  });

  test('adding an invalid entry never lets another policy govern', () => {
    const scopes = fc.uniqueArray(
      fc.constantFrom('*', 'r.io/*', 'r.io/a/*', 'r.io/a/b', 'r.io/a/b:v1', 'r.io/b', `r.io/a/b@${DIGEST}`),
      { maxLength: 4 },
    );
    const image = fc.constantFrom(
      'r.io/a/b:v1',
      'r.io/a/b',
      'r.io/a/c',
      'r.io/b',
      'x.io/a',
      `r.io/a/b@${DIGEST}`,
    );

    fc.assert(
      fc.property(scopes, scopes, image, (lax, strict, asked) => {
        const before = governing([valid('lax', ...lax)], asked);
        const healthy = governing([valid('lax', ...lax), valid('strict', ...strict)], asked);
        const broken = governing([valid('lax', ...lax), invalid('strict', strict)], asked);

        expect([before, 'invalid']).toContain(broken);
        if (healthy.includes('strict')) expect(broken).toBe('invalid');
      }),
    );
  });
});

describe('the nearest scopes of a reference that nothing governs', () => {
  function nearest(image: string, ...scopes: string[]): unknown {
    const match = find([valid('p', ...scopes)], image);
    return match.kind === 'ungoverned' ? match.nearest : match.kind;
  }

  test('are at most three, longest common beginning first, as the configuration spells them', () => {
    expect(
      nearest(
        'ghcr.io/org/app',
        'quay.io/*',
        'ghcr.io/other/*',
        'ghcr.io/org/application',
        'GHCR.io/org/ap',
        'nginx',
      ),
    ).toEqual(['ghcr.io/org/application', 'GHCR.io/org/ap', 'ghcr.io/other/*']);
  });

  test('tell a tag that is not covered from one that is', () => {
    expect(nearest('nginx:1.26', 'nginx:1.25', 'ghcr.io/*')).toEqual(['nginx:1.25']);
  });

  test('are none where nothing begins the same', () => {
    expect(nearest('ghcr.io/org/app', 'quay.io/*', 'nginx')).toEqual([]);
    expect(find([], 'nginx')).toEqual({ kind: 'ungoverned', nearest: [] });
  });

  test('are the best there are', () => {
    const name = fc.stringMatching(/^[abc]{1,4}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), name, (names, asked) => {
        const scopes = names.filter((text) => text !== asked).map((text) => `r.io/${text}`);
        const shared = (scope: string) => {
          let length = 0;
          while (length < scope.length && scope[length] === `r.io/${asked}:latest`[length]) length += 1;
          return length;
        };
        const found = nearest(`r.io/${asked}`, ...scopes);

        expect((found as string[]).map(shared)).toEqual(
          scopes
            .map(shared)
            .toSorted((a, b) => b - a)
            .slice(0, 3),
        );
      }),
    );
  });
});
