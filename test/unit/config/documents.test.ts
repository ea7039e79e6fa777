import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readResources } from '../../../src/config/resource-reader.ts';
import { readYaml } from '../../../src/config/yaml-document.ts';
import { codes, documents, errors, load, POLICY, verdictOf, verifier } from './harness.ts';

describe('YAML documents', () => {
  it('are read from one file, and as JSON', () => {
    const json = JSON.stringify({
      apiVersion: 'config.ratify.deislabs.io/v1alpha1',
      kind: 'Policy',
      metadata: { name: 'ratify-policy' },
      spec: { type: 'configPolicy', parameters: { artifactVerificationPolicies: { default: 'all' } } },
    });
    const compilation = load({
      yaml: { '/c/p.json': json, '/c/v.yaml': documents('# nothing', verifier({}), '') },
    });
    expect(errors(compilation)).toEqual([]);
    expect(verdictOf(compilation, 'nginx')).toBe('governed v/p');
  });

  it('do not hide each other when one is broken', () => {
    const text = documents(
      POLICY,
      verifier({ name: 'one', scope: 'a.io/b' }),
      'spec: [1',
      verifier({ name: 'two', scope: 'a.io/c' }),
    );
    const { resources, unread } = readResources(readYaml('/c/x.yaml', text));
    expect(resources.map(({ id }) => id.name)).toEqual(['ratify-policy', 'one', 'two']);
    expect(unread).toEqual([
      expect.objectContaining({
        place: '/c/x.yaml',
        diagnostic: expect.objectContaining({ code: 'YAML_INVALID', file: '/c/x.yaml', line: 25 }),
      }),
    ]);
  });

  it('that are broken and say which resource they are make that one bad', () => {
    const broken = verifier({ name: 'strict', scope: 'a.io/b' }).replace('keyless: {', 'keyless: {{');
    const { bad, unread } = readResources(readYaml('/c/x.yaml', broken));
    expect(unread).toEqual([]);
    expect(bad).toMatchObject([{ id: { kind: 'Verifier', name: 'strict' }, claim: 'everything' }]);
  });

  it('that run into each other, for want of ---, are nobody in particular', () => {
    const { bad, resources, unread } = readResources(readYaml('/c/x.yaml', `${POLICY}${verifier({})}`));
    expect([resources, bad]).toEqual([[], []]);
    expect(unread.map(({ diagnostic }) => diagnostic.code)).toContain('YAML_INVALID');
  });

  it('with a bomb of aliases are refused', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`,
    );
    const text = `a0: &a0 [x]\n${levels.join('\n')}\n`;
    const { unread } = readResources(readYaml('/c/x.yaml', text));
    expect(unread).toMatchObject([{ diagnostic: { code: 'YAML_INVALID' } }]);
  });

  it('may use anchors as people do', () => {
    const text = verifier({ more: '        trustRoot: &x ""\n        rekorURL: *x' });
    expect(errors(load({ yaml: { '/c/v.yaml': text } }))).toEqual([]);
  });

  it('nested without end are refused (E6)', () => {
    const { unread } = readResources(readYaml('/c/x.yaml', '['.repeat(200_000)));
    expect(unread[0]).toMatchObject({ diagnostic: { code: 'YAML_INVALID' } });
    expect(unread.length).toBeLessThan(10);
  });

  it('never throw', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200, unit: fc.constantFrom(...'ab:-[]{}&*!|>\'"%@#,\n\t ?') }),
        (text) => {
          readResources(readYaml('/c/x.yaml', text));
        },
      ),
    );
  });
});

describe('resources', () => {
  it.each([
    ['text', 'RESOURCE_INVALID'],
    ['[1, 2]', 'RESOURCE_INVALID'],
    ['kind: Verifier', 'RESOURCE_INVALID'],
    ['apiVersion: config.ratify.deislabs.io/v1beta1', 'RESOURCE_INVALID'],
    [POLICY.replace('name: ratify-policy', 'labels: {}'), 'RESOURCE_INVALID'],
    [POLICY.replace('ratify-policy', 'Ratify_Policy'), 'RESOURCE_INVALID'],
    [POLICY.replace('kind: Policy', 'kind: NamespacedPolicy'), 'RESOURCE_INVALID'],
    [POLICY.replace('kind: Policy', 'kind: Policies'), 'KIND_UNSUPPORTED'],
    [POLICY.replace('config.ratify.deislabs.io', 'config.ratify.deislab.io'), 'KIND_UNSUPPORTED'],
    [POLICY.replace('config.ratify.deislabs.io/', ''), 'KIND_UNSUPPORTED'],
    [POLICY.replace('config.ratify.deislabs.io', 'config.ratify.dev'), 'KIND_UNSUPPORTED'],
    ['a: *nowhere', 'YAML_INVALID'],
  ])('that nobody can name block everything: %j', (text, code) => {
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({})), '/c/b.yaml': text } });
    expect(errors(compilation)).toMatchObject([{ code, file: '/c/b.yaml' }]);
    expect(verdictOf(compilation, 'nginx')).toBe('invalid POLICY_INVALID');
    expect(verdictOf(compilation, 'nginx', 'team-a')).toBe('invalid POLICY_INVALID');
  });

  it('of other programs are passed over with a note', () => {
    const yaml = {
      '/c/a.yaml': documents(POLICY, verifier({})),
      '/c/b.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n',
      '/c/c.yaml': POLICY.replace('kind: Policy', 'kind: CertificateStore'),
      '/c/d.yaml': POLICY.replace('config.ratify.deislabs.io/v1beta1', 'kyverno.io/v1'),
    };
    const compilation = load({ yaml });
    expect(compilation.diagnostics.filter(({ code }) => code === 'RESOURCE_IGNORED')).toMatchObject([
      { severity: 'warning', file: '/c/b.yaml', line: 2, field: 'kind' },
      { severity: 'warning', file: '/c/c.yaml', line: 3, field: 'kind' },
      { severity: 'warning', file: '/c/d.yaml', line: 3, field: 'kind' },
    ]);
    expect(verdictOf(compilation, 'nginx')).toBe('governed v/p');
  });

  it('of an unknown version are bad, by name', () => {
    const compilation = load({
      yaml: { '/c/a.yaml': documents(POLICY, verifier({ scope: 'a.io/b' }).replace('v1beta1', 'v2')) },
    });
    expect(errors(compilation)).toMatchObject([{ code: 'KIND_UNSUPPORTED', field: 'apiVersion', line: 11 }]);
    expect(verdictOf(compilation, 'a.io/b')).toBe('invalid POLICY_INVALID');
  });

  it('that are Verifiers of other signatures take no part', () => {
    const other = verifier({ name: 'notation', namespace: 'team-a' })
      .replace('name: cosign', 'name: notation')
      .replace(/trustPolicies:.*/s, 'trustPolicyDoc: {}');
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({}), other) } });
    expect(codes(compilation)).toContain('VERIFIER_IGNORED');
    expect(verdictOf(compilation, 'nginx', 'team-a')).toBe('governed v/p');
  });

  it.each([
    ['name: Notation', 'in any letter case'],
    ['name: x\n  type: SBOM', 'by type'],
    ['name: vulnerabilityreport', 'by name'],
    ['name: licensechecker\n  type: ""', 'by name, where the type is empty'],
  ])('that are Verifiers of a known other kind take no part: %j, %s', (fields) => {
    const other = verifier({ name: 'other' })
      .replace('name: cosign', fields)
      .replace(/trustPolicies:.*/s, 'trustPolicyDoc: {}');
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({}), other) } });
    expect(errors(compilation)).toEqual([]);
    expect(codes(compilation)).toContain('VERIFIER_IGNORED');
    expect(verdictOf(compilation, 'nginx')).toBe('governed v/p');
  });

  it.each([
    ['name: verifier-cosign', 'FIELD_INVALID'],
    ['name: cosign-strict', 'FIELD_INVALID'],
    ['name: Cosign', 'FIELD_INVALID'],
    ['name: cosign\n  type: sigstore', 'FEATURE_UNSUPPORTED'],
    ['name: mine', 'FEATURE_UNSUPPORTED'],
    ['name: notation', 'CONFIG_INVALID'],
    ['name: cosign\n  type: sbom', 'CONFIG_INVALID'],
    ['name: notation\n  type: cosign\n  Type: cosign', 'FIELD_AMBIGUOUS'],
    ['name: notation\n  Name: cosign', 'FIELD_AMBIGUOUS'],
    ['name: notation\n  type: 7', 'FIELD_INVALID'],
  ])('that may be Verifiers of cosign never give way to a lax one: %j', (fields, code) => {
    const strict = verifier({ name: 'strict', scope: 'a.io/b/*' }).replace('name: cosign', fields);
    const compilation = load({
      yaml: { '/c/a.yaml': documents(POLICY, verifier({ name: 'lax' })), '/c/b.yaml': strict },
    });
    expect(errors(compilation)).toContainEqual(expect.objectContaining({ code, file: '/c/b.yaml' }));
    expect(verdictOf(compilation, 'a.io/b/c')).toBe('invalid POLICY_INVALID');
    expect(verdictOf(compilation, 'a.io/c')).toBe('governed lax/p');
  });

  it.each(['name: notation\n  Parameters: {}', 'name: x\n  Name: cosign\n  type: notation'])(
    'of another kind with a field given twice are nobody in particular: %j',
    (fields) => {
      const text = verifier({ name: 'other' })
        .replace('name: cosign', fields)
        .replace(/trustPolicies:.*/s, 'trustPolicyDoc: {}');
      const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, verifier({})), '/c/b.yaml': text } });
      expect(errors(compilation)).toContainEqual(expect.objectContaining({ code: 'FIELD_AMBIGUOUS' }));
      expect(verdictOf(compilation, 'nginx')).toBe('invalid POLICY_INVALID');
    },
  );

  it.each(['apiVersion: v1\n', 'kind: Policy\n', 'metadata: {}\n'])(
    'with one field of the envelope given twice are ambiguous: %j',
    (more) => {
      const text = `${POLICY}${more.replace(/^./, (letter) => letter.toUpperCase())}`;
      expect(errors(load({ yaml: { '/c/a.yaml': text } }))).toMatchObject([{ code: 'FIELD_AMBIGUOUS' }]);
    },
  );

  it('with the same name spoil each other, whichever file they are in', () => {
    const yaml = {
      '/c/a.yaml': documents(POLICY, verifier({ scope: 'a.io/lax/*' })),
      '/c/b.yaml': verifier({ scope: 'a.io/strict/*' }),
      '/c/c.yaml': verifier({ name: 'other', scope: 'b.io/c' }),
    };
    const compilation = load({ yaml });
    expect(errors(compilation)).toMatchObject([
      { code: 'RESOURCE_DUPLICATE', file: '/c/b.yaml', field: 'metadata.name' },
    ]);
    expect(verdictOf(compilation, 'a.io/lax/x')).toBe('invalid POLICY_INVALID');
    expect(verdictOf(compilation, 'a.io/strict/x')).toBe('invalid POLICY_INVALID');
    expect(verdictOf(compilation, 'b.io/c')).toBe('governed other/p');
  });
});

/** As `kubectl get -o yaml` writes several resources. */
function listOf(kind: string, ...texts: readonly string[]): string {
  const items = texts.map((text) => `- ${text.trim().replaceAll('\n', '\n  ')}`);
  return `apiVersion: v1\nitems:\n${items.join('\n')}\nkind: ${kind}\nmetadata:\n  resourceVersion: ""\n`;
}

describe('a List', () => {
  const lax = verifier({ name: 'lax' });
  const strict = verifier({ name: 'strict', scope: 'a.io/b/*' });

  it.each(['List', 'VerifierList'])('of kind %s has resources in it', (kind) => {
    const compilation = load({
      yaml: { '/c/a.yaml': documents(POLICY, lax), '/c/b.yaml': listOf(kind, strict) },
    });
    expect(compilation.diagnostics.filter(({ code }) => code !== 'DIGEST_NOT_REQUIRED')).toEqual([]);
    expect(verdictOf(compilation, 'a.io/b/c')).toBe('governed strict/p');
  });

  it('tells the line of the file', () => {
    const broken = verifier({ name: 'strict', scope: 'a.io/b/*', more: '        scope: x' });
    const text = listOf('List', POLICY, broken);
    const compilation = load({ yaml: { '/c/a.yaml': lax, '/c/b.yaml': text } });
    const line = text.split('\n').findIndex((written) => written.includes('scope: x')) + 1;
    expect(errors(compilation)).toMatchObject([{ code: 'FIELD_UNKNOWN', file: '/c/b.yaml', line }]);
    expect(verdictOf(compilation, 'a.io/b/c')).toBe('invalid POLICY_INVALID');
  });

  it('in a List is read, and no deeper one', () => {
    const twice = listOf('List', listOf('List', strict));
    const yaml = { '/c/a.yaml': documents(POLICY, lax), '/c/b.yaml': twice };
    expect(verdictOf(load({ yaml }), 'a.io/b/c')).toBe('governed strict/p');
    const thrice = load({ yaml: { ...yaml, '/c/b.yaml': listOf('List', twice) } });
    expect(errors(thrice)).toMatchObject([{ code: 'RESOURCE_INVALID', file: '/c/b.yaml' }]);
    expect(verdictOf(thrice, 'a.io/b/c')).toBe('invalid POLICY_INVALID');
  });

  it.each([
    ['that holds itself', '&a {apiVersion: v1, kind: List, items: [*a, *a]}'],
    ['without items', 'apiVersion: v1\nkind: List\nitem: []'],
    ['with items given twice', 'apiVersion: v1\nkind: List\nitems: []\nItems: []'],
    ['with items that are no list', 'apiVersion: v1\nkind: List\nitems: {}'],
    ['with something else in it', 'apiVersion: v1\nkind: List\nitems: [text]'],
    ['with a kind of its own in any letter case', 'apiVersion: v1\nkind: list\nitems: [text]'],
    ['that is damaged', `${listOf('List', strict)}metadata: {}\n`],
  ])('%s may hold anything', (_what, text) => {
    const compilation = load({ yaml: { '/c/a.yaml': documents(POLICY, lax), '/c/b.yaml': text } });
    expect(errors(compilation).length).toBeGreaterThan(0);
    expect(verdictOf(compilation, 'nginx')).toBe('invalid POLICY_INVALID');
  });

  it('that is damaged keeps what it had', () => {
    const first = load({
      yaml: { '/c/a.yaml': documents(POLICY, lax), '/c/b.yaml': listOf('List', strict) },
    });
    const second = load({
      yaml: { '/c/a.yaml': documents(POLICY, lax), '/c/b.yaml': `${listOf('List', strict)}kind: List\n` },
      previous: first,
    });
    expect(verdictOf(second, 'a.io/b/c')).toBe('governed strict/p');
  });

  it('may be empty', () => {
    const text = 'apiVersion: v1\nkind: List\nitems: []\n';
    expect(errors(load({ yaml: { '/c/b.yaml': text } }))).toEqual([]);
  });
});
