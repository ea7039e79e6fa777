import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endsInsideName, namedHost, parseScope, singlesOut } from '../../../src/policy/scope.ts';
import { formatReference, parseReference } from '../../../src/registry/reference.ts';

const HEX = 'a'.repeat(64);

function scope(text: string) {
  return parseScope(text, 'release');
}

describe('parseScope', () => {
  test.each([
    ['*', 'all', ''],
    // Exact scopes are normalised as references are.
    ['nginx', 'repository', 'docker.io/library/nginx'],
    ['docker.io/nginx', 'repository', 'docker.io/library/nginx'],
    ['index.docker.io/library/nginx', 'repository', 'docker.io/library/nginx'],
    ['org/app', 'repository', 'docker.io/org/app'],
    ['GHCR.io/org/my_repo', 'repository', 'ghcr.io/org/my_repo'],
    ['localhost:5000/app', 'repository', 'localhost:5000/app'],
    ['registry.corp:5000/team/latest', 'repository', 'registry.corp:5000/team/latest'],
    ['nginx:1.25', 'tag', 'docker.io/library/nginx:1.25'],
    ['nginx:latest', 'tag', 'docker.io/library/nginx:latest'],
    ['registry.corp:5000/team/app:V1_rc', 'tag', 'registry.corp:5000/team/app:V1_rc'],
    [`ghcr.io/org/app@sha256:${HEX}`, 'digest', `ghcr.io/org/app@sha256:${HEX}`],
    // A tag beside a digest takes no part.
    [`ghcr.io/org/app:v1@sha256:${HEX}`, 'digest', `ghcr.io/org/app@sha256:${HEX}`],
    // Prefixes are normalised as the references that begin with them.
    ['ghcr.io/org/*', 'prefix', 'ghcr.io/org/'],
    ['ghcr.io/org*', 'prefix', 'ghcr.io/org'],
    ['GHCR.IO/org/*', 'prefix', 'ghcr.io/org/'],
    ['GHCR*', 'prefix', 'ghcr'],
    ['registry.corp:5*', 'prefix', 'registry.corp:5'],
    ['index.docker.io/library/*', 'prefix', 'docker.io/library/'],
    ['index.docker.io/*', 'prefix', 'docker.io/'],
    ['library/*', 'prefix', 'docker.io/library/'],
    ['bitnami/*', 'prefix', 'docker.io/bitnami/'],
    ['bitnami/ng*', 'prefix', 'docker.io/bitnami/ng'],
    ['library/redis:*', 'prefix', 'docker.io/library/redis:'],
    ['docker.io/nginx:1.*', 'prefix', 'docker.io/library/nginx:1.'],
    ['docker.io/nginx@*', 'prefix', 'docker.io/library/nginx@'],
    ['localhost:*', 'prefix', 'localhost:'],
    ['ghcr.io/org/app:V1*', 'prefix', 'ghcr.io/org/app:V1'],
    ['ghcr.io/org/app@sha256:*', 'prefix', 'ghcr.io/org/app@sha256:'],
    ['localhost:5000/app:v*', 'prefix', 'localhost:5000/app:v'],
  ])('reads %s as %s %s', (text, kind, canonical) => {
    expect(scope(text)).toMatchObject({ text, kind, canonical });
  });

  test('says when a scope is empty', () => {
    expect(() => scope('')).toThrow(
      expect.objectContaining({
        code: 'SCOPE_INVALID',
        message: 'scope value cannot be empty in trust policy release',
      }),
    );
  });

  test.each([
    'ghcr.io/*/app',
    '*/app',
    '**',
    'ghcr.io/org/ app',
    'ghcr.io/org/app\n',
    'ghcr.io/org/app?',
    'ghcr.io/org/[ab]*',
    'https://ghcr.io/org/app',
    'ghcr.io/org/appé',
    'ghcr.io/Org/app',
    'ghcr.io/org/',
    'ghcr.io//app',
    'ghcr.io/org/app:',
    'ghcr.io/org/app@sha256:abc',
    `ghcr.io/org/app@sha256:${HEX.toUpperCase()}`,
    HEX,
    '/app*',
    'a@b/app*',
    'ghcr..io/app*',
    'ghcr.io:0/app*',
    'ghcr.io/Org/*',
    'ghcr.io/Org/app:v*',
    'Library/*',
    'ghcr.io/org/app:v1@sha256:*',
    // No image is called so, and most were meant for Docker Hub.
    'docker.io/nginx*',
    'registry-1.docker.io/nginx*',
    'nginx:*',
    'nginx:1.2*',
    'my_registry*',
    'redis@sha256:*',
    'index.docker.io*',
    'ghcr.io:443*',
    'ghcr.io//app*',
    'ghcr.io/org/app:v1/x*',
    'ghcr.io/org/app@md5:*',
    'ghcr.io/org/app@sha256:xyz*',
  ])('refuses %j', (text) => {
    expect(() => scope(text)).toThrow(
      expect.objectContaining({
        code: 'SCOPE_INVALID',
        message: expect.stringContaining(`invalid scope ${text} for trust policy release`),
      }),
    );
  });

  test('says why where the text alone does not show it', () => {
    expect(() => scope('ghcr.io/Org/*')).toThrow(
      /for trust policy release: the name of a repository is lower case/,
    );
    expect(() => scope('ghcr.io/org/app:')).toThrow(/for trust policy release: .* has a tag/);
    expect(() => scope('docker.io/nginx*')).toThrow(
      /write docker\.io\/library\/nginx\* .* docker\.io\/nginx\/\*/,
    );
    expect(() => scope('nginx:1*')).toThrow(/write docker\.io\/library\/nginx:1\*/);
    expect(() => scope('index.docker.io*')).toThrow(/write docker\.io\/\*/);
  });
});

describe('namedHost', () => {
  test.each([
    ['registry.corp/team/*', 'registry.corp'],
    ['registry.corp/*', 'registry.corp'],
    ['Registry.corp:5000/app', 'registry.corp:5000'],
    ['10.0.0.1/app:v1', '10.0.0.1'],
    ['localhost/app', 'localhost'],
    ['index.docker.io/library/*', 'docker.io'],
  ])('%s names %s', (text, host) => {
    expect(namedHost(scope(text))).toBe(host);
  });

  test.each([
    '*',
    'registry.corp*',
    'registry.corp:5000*',
    'registry.corp',
    'nginx',
    'library/nginx',
    'library/*',
  ])('%s names no host', (text) => {
    expect(namedHost(scope(text))).toBeUndefined();
  });
});

describe('endsInsideName', () => {
  test.each(['ghcr.io/org*', 'ghcr.io/org/app*', 'ghcr*', 'registry.corp:5000*', 'registry.corp:5000/a*'])(
    '%s does',
    (text) => {
      expect(endsInsideName(scope(text))).toBe(true);
    },
  );

  test.each([
    '*',
    'ghcr.io/org/*',
    'ghcr.io/*',
    'ghcr.io/org/app',
    'ghcr.io/org/app:v1*',
    'ghcr.io/org/app@*',
  ])('%s does not', (text) => {
    expect(endsInsideName(scope(text))).toBe(false);
  });
});

describe('singlesOut', () => {
  test.each([
    ['ghcr.io/org/*', 'ghcr.io'],
    ['ghcr.io/org/app', 'ghcr.io'],
    ['ghcr.io*', 'ghcr.io'],
    ['ghcr*', 'ghcr.io'],
    ['bitnami/*', 'docker.io'],
    ['nginx', 'docker.io'],
  ])('%s is for some images of %s', (text, host) => {
    expect(singlesOut(scope(text), host)).toBe(true);
  });

  test.each([
    ['*', 'ghcr.io'],
    ['ghcr.io/org/*', 'ghcr.i'],
    ['ghcr.io/org/*', 'ghcr.io:5000'],
    ['ghcr.io.evil/*', 'ghcr.io'],
    ['quay*', 'ghcr.io'],
  ])('%s is not for images of %s in particular', (text, host) => {
    expect(singlesOut(scope(text), host)).toBe(false);
  });
});

describe('a prefix', () => {
  const component = fc.stringMatching(/^[a-z]{1,3}(?:[-.][a-z]{1,2})?$/);
  const host = fc.constantFrom('', 'docker.io/', 'ghcr.io/', 'localhost:5000/');
  const version = fc.constantFrom('', ':v1.2', `@sha256:${HEX}`);

  test('with a slash covers every image whose spelling begins with it, or is refused', () => {
    fc.assert(
      fc.property(host, component, component, version, fc.nat(), (registry, first, second, end, cut) => {
        const image = `${registry}${first}/${second}${end}`;
        const start = image.indexOf('/') + 1 + (cut % (image.length - image.indexOf('/')));
        const text = `${image.slice(0, start)}*`;
        const reference = formatReference(parseReference(image));
        let canonical: string;
        try {
          ({ canonical } = scope(text));
        } catch {
          return;
        }
        expect(reference.startsWith(canonical)).toBe(true);
      }),
    );
  });
});
