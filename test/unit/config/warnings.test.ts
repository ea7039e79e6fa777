import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createCredentialSources } from '../../../src/config/credential-sources.ts';
import { documents, load, newKey, POLICY, verifier } from './harness.ts';

function warnings(text: string): readonly (readonly [string, string | undefined])[] {
  return load({
    yaml: { '/c/a.yaml': documents(POLICY, text) },
    files: { '/k.pub': newKey() },
  }).diagnostics.map(({ code, field }) => [code, field]);
}

const AT = 'spec.parameters.trustPolicies[0]';

describe('warnings', () => {
  it('say that tags are admitted', () => {
    expect(warnings(verifier({}))).toEqual([['DIGEST_NOT_REQUIRED', AT]]);
    expect(warnings(verifier({ more: '        requireDigest: true' }))).toEqual([]);
    const legacy = verifier({}).replace(/trustPolicies:.*/s, 'key: /k.pub');
    expect(warnings(legacy)).toEqual([['DIGEST_NOT_REQUIRED', 'spec.parameters.key']]);
  });

  it.each([
    ['a.io/b*', true],
    ['a.io*', true],
    ['a.io/b/*', false],
    ['a.io/b:v1*', false],
    ['a.io/b', false],
    ['*', false],
  ])('say of the scope %s that it covers longer names: %s', (scope, warned) => {
    const found = warnings(verifier({ scope, more: '        requireDigest: true' }));
    expect(found).toEqual(warned ? [['SCOPE_UNBOUNDED', `${AT}.scopes[0]`]] : []);
  });

  it.each([
    ['a.io/b*', 'Write a.io/b/* '],
    ['bitnami/b*', 'Write bitnami/b/* '],
    ['a.io*', 'Write a.io/* '],
    // What these would become is another place, or none.
    ['nginx*', 'Write the whole host'],
    ['a.io/b-*', 'End the prefix with a whole name'],
  ])('suggest for the scope %s what works', (scope, suggestion) => {
    const { diagnostics } = load({ yaml: { '/c/v.yaml': verifier({ scope }) } });
    const found = diagnostics.find(({ code }) => code === 'SCOPE_UNBOUNDED');
    expect(found?.remediation).toContain(suggestion);
  });

  it('say that a pattern of Ratify matches anywhere, and nothing of a pattern that matches as a whole', () => {
    const keyless = (text: string) =>
      warnings(
        verifier({ more: '        requireDigest: true' }).replace(/keyless: .*/, `keyless: {${text}}`),
      );
    expect(keyless('certificateIdentityRegExp: "a", certificateOIDCIssuerRegExp: "^b"')).toEqual([
      ['PATTERN_UNANCHORED', `${AT}.keyless.certificateOIDCIssuerRegExp`],
      ['PATTERN_UNANCHORED', `${AT}.keyless.certificateIdentityRegExp`],
    ]);
    expect(keyless('certificateIdentityRegExp: "^a$", certificateOIDCIssuer: b')).toEqual([]);
    expect(
      keyless('identities: [{issuerRegExp: "a", identityRegExp: "b"}, {issuer: c, identity: d}]'),
    ).toEqual([]);
  });
});

describe('credential sources', () => {
  it('are one for each docker config', () => {
    const sources = createCredentialSources({ DOCKER_CONFIG: '/d' }, homedir());
    expect(sources('/x')).toBe(sources('/x'));
    expect(sources(undefined)).toBe(sources(undefined));
    const others = createCredentialSources({}, '/home/somebody');
    const prints = [sources('/x'), sources(undefined), others(undefined)].map(
      ({ fingerprint }) => fingerprint,
    );
    expect(new Set(prints).size).toBe(3);
  });
});
