import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../../src/errors.ts';
import { formatReference, parseReference, repositoryName } from '../../../src/registry/reference.ts';

const HEX = 'a'.repeat(64);
const DIGEST = `sha256:${HEX}`;

describe('parseReference', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.25', 'docker.io/library/nginx:1.25'],
    [`nginx@${DIGEST}`, `docker.io/library/nginx@${DIGEST}`],
    [`nginx:1.25@${DIGEST}`, `docker.io/library/nginx:1.25@${DIGEST}`],
    ['org/app', 'docker.io/org/app:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['registry-1.docker.io/org/app', 'docker.io/org/app:latest'],
    ['registry.hub.docker.com/library/nginx', 'docker.io/library/nginx:latest'],
    ['Docker.IO/nginx', 'docker.io/library/nginx:latest'],
    ['library/nginx', 'docker.io/library/nginx:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['registry/app', 'docker.io/registry/app:latest'],
    ['registry:5000/app', 'registry:5000/app:latest'],
    ['GHCR.io/org/app', 'ghcr.io/org/app:latest'],
    ['ghcr.io:443/org/app', 'ghcr.io/org/app:latest'],
    ['10.0.0.1:443/app', '10.0.0.1/app:latest'],
    ['[::1]:443/app', '[::1]/app:latest'],
    ['localhost:443/app', 'localhost/app:latest'],
    ['registry:443/app', 'registry:443/app:latest'],
    ['ghcr.io:8443/org/app', 'ghcr.io:8443/org/app:latest'],
    ['ghcr.io/org/deep/er/app:v1.0_x-y', 'ghcr.io/org/deep/er/app:v1.0_x-y'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['[2001:db8::1]/app', '[2001:db8::1]/app:latest'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000/app:latest'],
    ['a--b.io/a---b/c__d/e.f/g_h', 'a--b.io/a---b/c__d/e.f/g_h:latest'],
    ['host.io/app:TAG_with.Upper-Case', 'host.io/app:TAG_with.Upper-Case'],
    ['host.io/app:_x', 'host.io/app:_x'],
    [`${HEX}:tag`, `docker.io/library/${HEX}:tag`],
    [`library/${HEX}`, `docker.io/library/${HEX}:latest`],
    [`host.io/app:${'t'.repeat(128)}`, `host.io/app:${'t'.repeat(128)}`],
    [`r.io/${'a'.repeat(250)}`, `r.io/${'a'.repeat(250)}:latest`],
  ])('reads %s as %s', (text, canonical) => {
    expect(formatReference(parseReference(text))).toBe(canonical);
  });

  it.each([
    ['nothing', ''],
    ['a slash', '/'],
    ['a leading slash', '/nginx'],
    ['a trailing slash', 'nginx/'],
    ['an empty component', 'ghcr.io//app'],
    ['an upper-case repository', 'Nginx'],
    ['an upper-case path', 'ghcr.io/Org/app'],
    ['an upper-case host without dot, which would become a Docker Hub path', 'Host/app'],
    ['a path that climbs', 'ghcr.io/org/../app'],
    ['a dot component', 'ghcr.io/./app'],
    ['a port with a path that climbs', 'host:5000/..'],
    ['a bare id', HEX],
    ['an empty tag', 'nginx:'],
    ['two tags', 'nginx:a:b'],
    ['a tag with a slash', 'nginx:a/b'],
    ['a tag that starts with a dash', 'nginx:-a'],
    ['a tag of 129 characters', `nginx:${'t'.repeat(129)}`],
    ['an empty digest', 'nginx@'],
    ['two digests', `nginx@${DIGEST}@${DIGEST}`],
    ['D6: a short digest', `nginx@sha256:${'a'.repeat(63)}`],
    ['D6: an upper-case digest', `nginx@sha256:${'A'.repeat(64)}`],
    ['D6: a digest that climbs', 'nginx@sha256:../../x'],
    ['another algorithm', `nginx@sha512:${'a'.repeat(128)}`],
    ['a digest before the tag', `nginx@${DIGEST}:tag`],
    ['a newline at the end', 'nginx\n'],
    ['a newline at the end of the tag', 'nginx:1\n'],
    ['a newline at the end of the digest', `nginx@${DIGEST}\n`],
    ['a newline in the host', 'ghcr.io\n/app'],
    ['a leading space', ' nginx'],
    ['a tab', 'nginx\t:1'],
    ['a no-break space', 'nginx\u00a0'],
    ['NUL', 'nginx\0'],
    ['a Cyrillic letter in the host', 'ghcr.і\u043e/app'],
    ['a Kelvin sign, which lower-cases to k', '\u212aube.io/app'],
    ['fullwidth letters', 'ｇhcr.io/app'],
    ['a percent escape', 'ghcr.io/org%2fapp'],
    ['a scheme', 'https://ghcr.io/org/app'],
    ['user info', 'user@ghcr.io/app'],
    ['user info with password', 'user:pass@ghcr.io/app'],
    ['a query', 'ghcr.io/app?x=1'],
    ['a fragment', 'ghcr.io/app#x'],
    ['a backslash', 'ghcr.io\\evil/app'],
    ['a namespace key', '[team]nginx'],
    ['a zone', '[fe80::1%eth0]/app'],
    ['an address that is none', '[::1::2]/app'],
    ['an address without brackets', '::1/app'],
    ['an open bracket', '[::1/app'],
    ['an address in long form', '[0:0:0:0:0:0:0:1]/app'],
    ['a short IPv4 address', '127.1/app'],
    ['a hexadecimal IPv4 address', '0x7f.0.0.1/app'],
    ['a decimal IPv4 address', '2130706433:80/app'],
    ['an octal IPv4 address', '0177.0.0.1/app'],
    ['an IPv4 address that is none', '999.1.1.1/app'],
    ['a trailing dot', 'ghcr.io./app'],
    ['a host with an underscore', 'my_host.io/app'],
    ['a host label that starts with a dash', '-a.io/app'],
    ['an empty port', 'host.io:/app'],
    ['Docker Hub with a port', 'docker.io:443/nginx'],
    ['port zero', 'host.io:0/app'],
    ['a port above 65535', 'host.io:65536/app'],
    ['a port with a leading zero', 'host.io:05000/app'],
    ['a port with a letter', 'host.io:5a/app'],
    ['a name of 256 characters', `r.io/${'a'.repeat(251)}`],
    ['a very long text', `nginx:${'a'.repeat(100_000)}`],
  ])('F5: refuses %s', (_, text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ name: 'CountersignError', code: 'REFERENCE_INVALID' }),
    );
  });

  it('E5: is linear on separators that never end', () => {
    for (const text of [
      'a',
      'a-'.repeat(500),
      `${'a'.repeat(500)}${'-'.repeat(500)}`,
      `a${'_'.repeat(900)}!`,
    ]) {
      expect(() => parseReference(`ghcr.io/${text}!`)).toThrow(CountersignError);
    }
  });

  it('keeps the parts apart', () => {
    expect(parseReference(`GHCR.io:8443/org/app:v1@${DIGEST}`)).toEqual({
      repository: { host: 'ghcr.io:8443', path: 'org/app' },
      tag: 'v1',
      digest: DIGEST,
    });
    expect(parseReference(`app@${DIGEST}`)).not.toHaveProperty('tag');
    expect(parseReference('app')).not.toHaveProperty('digest');
    expect(repositoryName(parseReference('nginx').repository)).toBe('docker.io/library/nginx');
  });

  it('shortens a long text in its message', () => {
    expect(() => parseReference(`a!${'b'.repeat(500)}`)).toThrow(/^.{0,250}$/);
  });

  it('reads what it writes as the same reference', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
    const host = fc.oneof(
      fc.constantFrom('', 'localhost/', 'docker.io/', '[::1]:5000/', '10.0.0.1/', 'registry:5000/'),
      fc.tuple(label, fc.constantFrom('.io', '.example.com', '.CORP:8443')).map(([a, b]) => `x${a}${b}/`),
    );
    const path = fc.array(fc.stringMatching(/^[a-z0-9]+((\.|_|__|-{1,3})[a-z0-9]+){0,2}$/), {
      minLength: 1,
      maxLength: 3,
    });
    const tag = fc.oneof(fc.constant(''), fc.stringMatching(/^:[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/));
    const digest = fc.constantFrom('', `@${DIGEST}`);
    fc.assert(
      fc.property(host, path, tag, digest, (h, p, t, d) => {
        const text = `${h}${p.join('/')}${t}${d}`;
        fc.pre(text.length < 255 && !(h === '' && p[0]?.includes('.')) && !/^[0-9a-f]{64}$/.test(text));
        const reference = parseReference(text);
        expect(parseReference(formatReference(reference))).toEqual(reference);
      }),
    );
  });

  it('answers any text with a canonical reference or REFERENCE_INVALID', () => {
    const parts = [
      'a',
      'A',
      '.',
      ':',
      '/',
      '@',
      '-',
      '_',
      '[',
      ']',
      '::1',
      'docker.io',
      'sha256:',
      HEX,
      ' ',
      '%',
      '5000',
    ];
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          const reference = parseReference(input);
          expect(formatReference(reference)).toMatch(/^[\x21-\x7e]+$/);
          expect(parseReference(formatReference(reference))).toEqual(reference);
        } catch (error) {
          expect(error).toMatchObject({ code: 'REFERENCE_INVALID' });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
