import { describe, expect, it } from 'vitest';
import type { Compilation } from '../../../src/config/compile.ts';
import { documents, governing, load, newKey, POLICY, scalar, verdictOf, verifier } from './harness.ts';

const BAD = '        tLogVerify: 7';

function states(compilation: Compilation): Record<string, string> {
  return Object.fromEntries(
    compilation.snapshot.resources.map(({ id, state }) => [`${id.kind}/${id.name}`, state]),
  );
}

function fingerprintOf(compilation: Compilation): string | undefined {
  const found = governing(compilation, 'nginx');
  return found.kind === 'governed' ? found.fingerprint : undefined;
}

function keyProvider(pem: string): string {
  return `
apiVersion: config.ratify.deislabs.io/v1beta1
kind: KeyManagementProvider
metadata: {name: k}
spec: {type: inline, parameters: {contentType: key, value: ${scalar(pem)}}}
`;
}

const KEYED = verifier({}).replace(/keyless: .*/, 'keys: [{provider: k}]');
const FROM_FILE = verifier({}).replace(/keyless: .*/, 'keys: [{file: /k.pub}]');

describe('a bad resource', () => {
  it('leaves its last good version in force', () => {
    const first = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({ policy: 'good' })) } });
    const second = load({
      yaml: { '/c/a.yaml': documents(POLICY, verifier({ policy: 'bad', more: BAD })) },
      previous: first,
    });
    expect(verdictOf(second, 'nginx')).toBe('governed v/good');
    expect(states(second)).toEqual({ 'Verifier/v': 'stale', 'Policy/ratify-policy': 'valid' });
    expect(second.snapshot.resources.find(({ state }) => state === 'stale')?.reasons).toMatchObject([
      { code: 'FIELD_INVALID', message: expect.stringContaining('/c/a.yaml:') },
    ]);
    const third = load({
      yaml: { '/c/a.yaml': documents(POLICY, verifier({ policy: 'worse', more: BAD })) },
      previous: second,
    });
    expect(verdictOf(third, 'nginx')).toBe('governed v/good');
    const mended = load({
      yaml: { '/c/a.yaml': documents(POLICY, verifier({ policy: 'new' })) },
      previous: third,
    });
    expect(verdictOf(mended, 'nginx')).toBe('governed v/new');
  });

  it('without one claims its scopes, and never gives way to a lax one (F8)', () => {
    const yaml = {
      '/c/a.yaml': documents(POLICY, verifier({ name: 'lax' })),
      '/c/b.yaml': verifier({ name: 'strict', scope: 'a.io/prod/*', more: BAD }),
    };
    const compilation = load({ yaml });
    expect(verdictOf(compilation, 'a.io/prod/x')).toBe('invalid POLICY_INVALID');
    expect(verdictOf(compilation, 'a.io/test/x')).toBe('governed lax/p');
    expect(states(compilation)).toMatchObject({ 'Verifier/strict': 'invalid', 'Verifier/lax': 'valid' });
  });

  it('claims everything where its scopes can not be read', () => {
    const yaml = {
      '/c/a.yaml': documents(POLICY, verifier({ name: 'lax' })),
      '/c/b.yaml': verifier({ name: 'strict', scope: '*.prod.io' }),
    };
    expect(verdictOf(load({ yaml }), 'a.io/x')).toBe('invalid POLICY_INVALID');
  });

  it('keeps what its broken YAML still names', () => {
    const first = load({ yaml: { '/c/p.yaml': POLICY, '/c/v.yaml': verifier({}) } });
    const second = load({
      yaml: { '/c/p.yaml': POLICY, '/c/v.yaml': verifier({}).replace('keyless: {', 'keyless: {{') },
      previous: first,
    });
    expect(states(second)).toMatchObject({ 'Verifier/v': 'stale' });
    expect(verdictOf(second, 'nginx')).toBe('governed v/p');
  });

  it('keeps what is missing from a file that can not be read', () => {
    const first = load({ yaml: { '/c/p.yaml': POLICY, '/c/v.yaml': verifier({}) } });
    for (const broken of [
      load({ yaml: { '/c/p.yaml': POLICY, '/c/v.yaml': 'a: *b' }, previous: first }),
      load({ yaml: { '/c/p.yaml': POLICY }, unreadable: ['/c/v.yaml'], previous: first }),
    ]) {
      expect(states(broken)).toEqual({ 'Verifier/v': 'stale', 'Policy/ratify-policy': 'valid' });
      expect(verdictOf(broken, 'nginx')).toBe('governed v/p');
    }
    const folder = load({ yaml: {}, unreadable: ['/c'], previous: first });
    expect(states(folder)).toEqual({ 'Verifier/v': 'stale', 'Policy/ratify-policy': 'stale' });
    expect(verdictOf(folder, 'nginx')).toBe('governed v/p');
  });

  it('is gone when it was deleted', () => {
    const first = load({ yaml: { '/c/p.yaml': POLICY, '/c/v.yaml': verifier({}) } });
    const second = load({ yaml: { '/c/p.yaml': POLICY }, previous: first });
    expect(verdictOf(second, 'nginx')).toBe('system NO_VERIFIER');
    expect(second.lastGood.size).toBe(1);
  });

  it('that nobody could read at the start blocks everything, once the Policy says that anything is judged', () => {
    const yaml = { '/c/a.yaml': documents(POLICY, verifier({})) };
    expect(verdictOf(load({ yaml, unreadable: ['/d'] }), 'nginx')).toBe('invalid POLICY_INVALID');
    expect(verdictOf(load({ yaml: {}, unreadable: ['/d'] }), 'nginx')).toBe('system NO_POLICY');
  });
});

describe('what a Verifier rests on', () => {
  it('stays as it was when a key becomes bad', () => {
    const key = newKey();
    const first = load({ yaml: { '/c/a.yaml': documents(POLICY, KEYED, keyProvider(key)) } });
    const second = load({
      yaml: { '/c/a.yaml': documents(POLICY, KEYED, keyProvider('no key')) },
      previous: first,
    });
    expect(states(second)).toEqual({
      'KeyManagementProvider/k': 'stale',
      'Verifier/v': 'valid',
      'Policy/ratify-policy': 'valid',
    });
    expect(governing(second, 'nginx')).toMatchObject({
      policies: [{ signedBy: { kind: 'keys', keys: [{ name: 'k', pem: key }] } }],
    });
  });

  it('is missed when a key is deleted: taking a key away takes its trust away', () => {
    const first = load({ yaml: { '/c/a.yaml': documents(POLICY, KEYED, keyProvider(newKey())) } });
    const second = load({ yaml: { '/c/a.yaml': documents(POLICY, KEYED) }, previous: first });
    expect(verdictOf(second, 'nginx')).toBe('invalid POLICY_INVALID');
  });

  it('is a file as it was when it could still be read', () => {
    const files = { '/k.pub': newKey() };
    const yaml = { '/c/a.yaml': documents(POLICY, FROM_FILE) };
    const first = load({ yaml, files });
    expect(verdictOf(first, 'nginx')).toBe('governed v/p');
    const second = load({ yaml, previous: first });
    expect(states(second)).toMatchObject({ 'Verifier/v': 'stale' });
    expect(fingerprintOf(second)).toBe(fingerprintOf(first));
    expect(verdictOf(load({ yaml }), 'nginx')).toBe('invalid POLICY_INVALID');
  });

  it('changes the fingerprint when it changes (F1)', () => {
    const yaml = { '/c/a.yaml': documents(POLICY, FROM_FILE) };
    const fingerprintWith = (pem: string, version = '1') =>
      fingerprintOf(load({ yaml, files: { '/k.pub': pem }, version }));
    const [a, b] = [newKey(), newKey()];
    expect(fingerprintWith(a)).toBe(fingerprintWith(a));
    expect(new Set([fingerprintWith(a), fingerprintWith(b), fingerprintWith(a, '2')]).size).toBe(3);
  });
});

describe('a Policy', () => {
  it.each([
    ['another name', POLICY.replace('ratify-policy', 'my-policy'), 'CONFIG_INVALID'],
    ['rego', POLICY.replace('config-policy', 'rego-policy'), 'FEATURE_UNSUPPORTED'],
    ['another type', POLICY.replace('config-policy', 'wasm'), 'FIELD_INVALID'],
    ['no parameters', POLICY.replace(/ {2}parameters.*/, ''), 'FIELD_INVALID'],
    ['another value', POLICY.replace('default: any', 'default: most'), 'FIELD_INVALID'],
    ['another artifact type', POLICY.replace('default: any', 'application/x: any'), 'CONFIG_INVALID'],
  ])('with %s lets nothing be judged', (_what, text, code) => {
    const compilation = load({ yaml: { '/c/a.yaml': documents(text, verifier({})) } });
    expect(compilation.diagnostics).toContainEqual(expect.objectContaining({ code, severity: 'error' }));
    expect(verdictOf(compilation, 'nginx')).toBe('system NO_POLICY');
  });

  it('of the wrong name does no harm beside the right one', () => {
    const compilation = load({
      yaml: { '/c/a.yaml': documents(POLICY.replace('ratify-policy', 'other'), POLICY, verifier({})) },
    });
    expect(verdictOf(compilation, 'nginx')).toBe('governed v/p');
  });
});
