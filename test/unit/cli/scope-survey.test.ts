import { describe, expect, it } from 'vitest';
import { nearScopes, type WrittenScope } from '../../../src/cli/scope-survey.ts';
import { parseReference } from '../../../src/registry/reference.ts';

function near(image: string, ...scopes: string[]): string[] {
  const written: WrittenScope[] = scopes.map((scope) => ({ scope, policy: 'p', verifier: 'Verifier v' }));
  return nearScopes(written, parseReference(image)).map(
    ({ scope, covers }) => `${covers ? '+' : '-'} ${scope}`,
  );
}

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('scopes near an image', () => {
  it('those that cover it stand first', () => {
    expect(
      near(
        'ghcr.io/acme/app:v1',
        'ghcr.io/acme/api',
        '*',
        'ghcr.io/acme/*',
        'ghcr.io/acme/app:v1',
        'quay.io/x',
      ),
    ).toEqual(['+ *', '+ ghcr.io/acme/*', '+ ghcr.io/acme/app:v1', '- ghcr.io/acme/api']);
  });

  it('cover it by its digest, its tag or its repository', () => {
    const scopes = [`ghcr.io/a/b@${DIGEST}`, 'ghcr.io/a/b:v1', 'ghcr.io/a/b', 'ghcr.io/a/b:v2'];
    expect(near(`ghcr.io/a/b:v1@${DIGEST}`, ...scopes).slice(0, 3)).toEqual(
      scopes.slice(0, 3).map((scope) => `+ ${scope}`),
    );
  });

  it('a look-alike is near, and does not cover it', () => {
    expect(near('ghcr.io/acme/app-evil', 'ghcr.io/acme/app')).toEqual(['- ghcr.io/acme/app']);
  });

  it('are a few of many, and none that begin otherwise', () => {
    expect(near('ghcr.io/a/app', 'ghcr.io/a/1', 'ghcr.io/a/2', 'ghcr.io/a/3', 'ghcr.io/a/4')).toHaveLength(3);
    expect(near('ghcr.io/a/app', 'quay.io/a/app')).toEqual([]);
  });

  it('what cannot be read takes no part', () => {
    expect(near('ghcr.io/a/app', 'ghcr.io/**', '')).toEqual([]);
  });
});
