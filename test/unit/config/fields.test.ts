import { describe, expect, it } from 'vitest';
import { closestName } from '../../../src/config/closest-name.ts';
import { codes, errors, governing, load, POLICY, verifier } from './harness.ts';

describe('the spelling of fields', () => {
  it('is of no account in letter case', () => {
    const text = verifier({})
      .replace('trustPolicies', 'TRUSTpolicies')
      .replace('certificateOIDCIssuer', 'certificateOidcIssuer')
      .replace('spec:', 'Spec:')
      .replace('artifactTypes', 'artifacttypes');
    const compilation = load({ yaml: { '/c/a.yaml': POLICY, '/c/v.yaml': text } });
    expect(errors(compilation)).toEqual([]);
    expect(governing(compilation, 'nginx').kind).toBe('governed');
  });

  it('reads null as not given, as Go does', () => {
    const text = verifier({ more: '        keys:\n        rekorURL: null' });
    expect(errors(load({ yaml: { '/c/v.yaml': text } }))).toEqual([]);
  });

  it('is ambiguous with two spellings in one object (B16)', () => {
    const text = verifier({ more: '        tLogVerify: true\n        tlogverify: false' });
    expect(errors(load({ yaml: { '/c/v.yaml': text } }))).toEqual([
      expect.objectContaining({
        code: 'FIELD_AMBIGUOUS',
        field: 'spec.parameters.trustPolicies[0].tlogverify',
        line: 14,
        message: 'the field tLogVerify is written twice, as "tLogVerify" and as "tlogverify"',
      }),
    ]);
  });

  it.each([
    ['tlogVerfy: false', 'tLogVerify'],
    ['scope: [x]', 'scopes'],
    ['requireDigests: true', 'requireDigest'],
    ['trust_root: x', 'trustRoot'],
  ])('is unknown and suggested for %s (A3)', (more, suggestion) => {
    const [found] = errors(load({ yaml: { '/c/v.yaml': verifier({ more: `        ${more}` }) } }));
    expect(found).toMatchObject({ code: 'FIELD_UNKNOWN', line: 13 });
    expect(found?.message).toContain(`did you mean "${suggestion}"?`);
  });

  it('names all fields where nothing comes near', () => {
    const [found] = errors(load({ yaml: { '/c/v.yaml': verifier({ more: '        annotations: {}' }) } }));
    expect(found).toMatchObject({ code: 'FIELD_UNKNOWN' });
    expect(found?.message).not.toContain('did you mean');
    expect(found?.remediation).toContain('name, version, scopes');
  });

  it.each(['__proto__', 'constructor', '<<'])('is unknown for %s', (name) => {
    const text = verifier({ more: `        ${name}: {tLogVerify: false}` });
    expect(codes(load({ yaml: { '/c/v.yaml': text } }))).toContain('FIELD_UNKNOWN');
  });

  it('leaves alone what the API server adds', () => {
    const text = `${POLICY}status: {issuccess: true}\n`.replace(
      '{name: ratify-policy}',
      '{name: ratify-policy, uid: x, managedFields: [{a: b}], labels: {any: thing}}',
    );
    expect(errors(load({ yaml: { '/c/v.yaml': text } }))).toEqual([]);
  });
});

describe('the type of a field', () => {
  it.each([
    [verifier({}).replace('["*"]', '"*"'), 'scopes', 'must be a list, not the text "*"'],
    [verifier({}).replace('["*"]', '[7]'), 'scopes[0]', 'must be a text, not the number 7'],
    [
      verifier({}).replace(/keyless: .*/, 'keyless: [a]'),
      'keyless',
      'must be a mapping of fields, not a list',
    ],
    [
      verifier({}).replace(/keyless: .*/, 'keys: [k]'),
      'keys[0]',
      'must be a mapping of fields, not the text "k"',
    ],
    [
      verifier({}).replace('"a@b.c"', '{a: b}'),
      'keyless.certificateIdentity',
      'must be a text, not a mapping of fields',
    ],
    [
      verifier({ more: '        requireDigest: 1' }),
      'requireDigest',
      'must be true or false, not the number 1',
    ],
    [verifier({ more: '        version: true' }), 'version', 'must be a text, not true'],
  ])('is told where it is another one: %#', (text, field, message) => {
    expect(errors(load({ yaml: { '/c/v.yaml': text } }))).toMatchObject([
      { code: 'FIELD_INVALID', field: `spec.parameters.trustPolicies[0].${field}`, message },
    ]);
  });

  it.each([
    [verifier({}).replace(/spec:.*/s, 'spec:'), 'spec', 'spec is required'],
    [verifier({}).replace(/ {2}parameters:.*/s, ''), 'spec.parameters', 'parameters are required'],
    [verifier({}).replace(/spec:.*/s, 'spec: 7'), 'spec', 'must be a mapping of fields, not the number 7'],
    [`${verifier({})}\nextra: 1`, 'extra', '"extra" is not a field here'],
  ])('is told of the resource itself: %#', (text, field, message) => {
    expect(errors(load({ yaml: { '/c/v.yaml': text } }))[0]).toMatchObject({
      field,
      message: expect.stringContaining(message),
    });
  });
});

describe('closestName', () => {
  it('finds what was meant and nothing far-fetched', () => {
    const known = ['scopes', 'keyless', 'trustRoot'];
    expect(closestName('Scope', known)).toBe('scopes');
    expect(closestName('trustroots', known)).toBe('trustRoot');
    expect(closestName('annotations', known)).toBeUndefined();
    expect(closestName('x'.repeat(100_000), known)).toBeUndefined();
  });
});
