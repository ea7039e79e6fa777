import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { errors, load, POLICY } from './harness.ts';

const HEAD = `apiVersion: config.ratify.deislabs.io/v1beta1
kind: Verifier
metadata: {name: v}
spec:
  name: cosign
  artifactTypes: application/vnd.dev.cosign.artifact.sig.v1+json
  parameters:
`;
const TRUST_POLICIES = `${HEAD}    trustPolicies:
`;
const KEYLESS = 'keyless: {certificateIdentity: i, certificateOIDCIssuer: o}';
const AT = 'spec.parameters.trustPolicies[0]';

interface Case {
  readonly what: string;
  readonly yaml: string;
  readonly message: string;
  readonly field: string;
  readonly line: number;
  readonly code?: string;
}

const cases: readonly Case[] = [
  {
    what: '1: an empty list of trust policies',
    yaml: `${HEAD}    trustPolicies: []\n`,
    message: 'Failed to create trust policies: policy configuration not found',
    field: 'spec.parameters.trustPolicies',
    line: 8,
  },
  {
    what: '2: two trust policies of one name',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: [a.io/b], ${KEYLESS}}\n      - {name: p, scopes: [a.io/c], ${KEYLESS}}\n`,
    message: 'Failed to create trust policies: duplicate policy name p',
    field: 'spec.parameters.trustPolicies[1].name',
    line: 10,
  },
  {
    what: '3: an unknown version',
    yaml: `${TRUST_POLICIES}      - name: p\n        version: 2.0.0\n        scopes: ["*"]\n        ${KEYLESS}\n`,
    message: 'Invalid trust policy p: unsupported version 2.0.0',
    field: `${AT}.version`,
    line: 10,
  },
  {
    what: '4: no name',
    yaml: `${TRUST_POLICIES}      - scopes: ["*"]\n        ${KEYLESS}\n`,
    message: 'name parameter is required in trust policy configuration',
    field: `${AT}.name`,
    line: 9,
    code: 'FIELD_INVALID',
  },
  {
    what: '4: an empty name',
    yaml: `${TRUST_POLICIES}      - scopes: ["*"]\n        name: ""\n        ${KEYLESS}\n`,
    message: 'name parameter is required in trust policy configuration',
    field: `${AT}.name`,
    line: 10,
    code: 'FIELD_INVALID',
  },
  {
    what: '5: no scopes',
    yaml: `${TRUST_POLICIES}      - name: p\n        ${KEYLESS}\n`,
    message: 'scopes parameter is required in trust policy configuration p',
    field: `${AT}.scopes`,
    line: 9,
  },
  {
    what: '6: neither keys nor keyless',
    yaml: `${TRUST_POLICIES}      - name: p\n        scopes: ["*"]\n`,
    message: 'keys or keyless parameter is required in trust policy configuration p',
    field: AT,
    line: 9,
  },
  {
    what: '7: both keys and keyless',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keys: [{provider: k}], ${KEYLESS}}\n`,
    message: 'Only one of keys or keyless parameter is required in trust policy configuration p',
    field: AT,
    line: 9,
  },
  {
    what: '8: a key without provider or file',
    yaml: `${TRUST_POLICIES}      - name: p\n        scopes: ["*"]\n        keys:\n          - name: k\n`,
    message: 'Invalid trust policy p: key management provider name is required when not using file path',
    field: `${AT}.keys[0]`,
    line: 12,
  },
  {
    what: '9: a key with provider and file',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keys: [{provider: k, file: f}]}\n`,
    message: "Invalid trust policy p: 'name' and 'file' cannot be configured together",
    field: `${AT}.keys[0]`,
    line: 9,
  },
  {
    what: '9: a key with name and file',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keys: [{name: k, file: f}]}\n`,
    message: "Invalid trust policy p: 'name' and 'file' cannot be configured together",
    field: `${AT}.keys[0]`,
    line: 9,
  },
  {
    what: '10: a key version without name',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keys: [{provider: k, version: "1"}]}\n`,
    message: 'Invalid trust policy p: key name is required when key version is defined',
    field: `${AT}.keys[0].version`,
    line: 9,
  },
  {
    what: '11: no identity (A2, A5)',
    yaml: `${TRUST_POLICIES}      - name: p\n        scopes: ["*"]\n        keyless: {certificateOIDCIssuer: o}\n`,
    message: 'Invalid trust policy p: certificate identity or identity regex pattern is required',
    field: `${AT}.keyless`,
    line: 11,
  },
  {
    what: '12: no issuer (A2, A5)',
    yaml: `${TRUST_POLICIES}      - name: p\n        scopes: ["*"]\n        keyless: {certificateIdentity: i, certificateOIDCIssuer: ""}\n`,
    message: 'Invalid trust policy p: certificate OIDC issuer or issuer regex pattern is required',
    field: `${AT}.keyless`,
    line: 11,
  },
  {
    what: '13: identity and identity pattern',
    yaml: `${TRUST_POLICIES}      - name: p\n        scopes: ["*"]\n        keyless:\n          certificateOIDCIssuer: o\n          certificateIdentity: i\n          certificateIdentityRegExp: i\n`,
    message:
      'Invalid trust policy p: only one of certificate identity or identity regex pattern should be specified',
    field: `${AT}.keyless.certificateIdentityRegExp`,
    line: 14,
  },
  {
    what: '14: issuer and issuer pattern',
    yaml: `${TRUST_POLICIES}      - name: p\n        scopes: ["*"]\n        keyless:\n          certificateIdentity: i\n          certificateOIDCIssuer: o\n          certificateOIDCIssuerRegExp: o\n`,
    message:
      'Invalid trust policy p: only one of certificate OIDC issuer or issuer regex pattern should be specified',
    field: `${AT}.keyless.certificateOIDCIssuerRegExp`,
    line: 14,
  },
  {
    what: '15: a key file that is not there',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keys: [{file: /keys/cosign.pub}]}\n`,
    message: 'Invalid trust policy [p]: failed to load the key from file /keys/cosign.pub: it does not exist',
    field: `${AT}.keys[0].file`,
    line: 9,
    code: 'FILE_UNREADABLE',
  },
  {
    what: 'legacy key beside trustPolicies',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], ${KEYLESS}}\n    key: /k\n`,
    message:
      "'key' and 'rekorURL' are part of Cosign legacy configuration and cannot be used with `trustPolicies` parameter",
    field: 'spec.parameters.key',
    line: 10,
  },
  {
    what: 'legacy keyless, which would trust anyone (A5)',
    yaml: `${HEAD}    rekorURL: https://rekor.sigstore.dev\n`,
    message: 'neither trustPolicies nor key is given, so nothing says whose signatures are trusted',
    field: 'spec.parameters.rekorURL',
    line: 8,
  },
  {
    what: "a legacy log of one's own",
    yaml: `${HEAD}    key: /k\n    rekorURL: https://rekor.corp\n`,
    message:
      'the transparency log https://rekor.corp is not in the public-good trust root, and legacy configuration names no other',
    field: 'spec.parameters.rekorURL',
    line: 9,
  },
  {
    what: "a log of one's own without its trust root",
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], rekorURL: "https://rekor.corp", ${KEYLESS}}\n`,
    message:
      'Invalid trust policy p: the transparency log https://rekor.corp is not in the public-good trust root',
    field: `${AT}.rekorURL`,
    line: 9,
  },
  {
    what: 'identities beside certificate fields',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keyless: {certificateIdentity: i, identities: [{issuer: o, identity: i}]}}\n`,
    message: 'Invalid trust policy p: identities cannot be configured together with the certificate… fields',
    field: `${AT}.keyless.identities`,
    line: 9,
  },
  {
    what: 'an identity without issuer',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keyless: {identities: [{identity: i}]}}\n`,
    message: 'Invalid trust policy p: an identity needs exactly one of issuer and issuerRegExp',
    field: `${AT}.keyless.identities[0]`,
    line: 9,
  },
  {
    what: 'an identity with both spellings',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keyless: {identities: [{issuer: o, identity: i, identityRegExp: i}]}}\n`,
    message: 'Invalid trust policy p: an identity needs exactly one of identity and identityRegExp',
    field: `${AT}.keyless.identities[0]`,
    line: 9,
  },
  {
    what: 'a pattern that is not RE2 (E5)',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keyless: {certificateIdentityRegExp: "a(?=b)", certificateOIDCIssuer: o}}\n`,
    message: 'the pattern a(?=b) is not valid RE2',
    field: `${AT}.keyless.certificateIdentityRegExp`,
    line: 9,
    code: 'PATTERN_INVALID',
  },
  {
    what: 'a scope that overlaps',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["a.io/x/*"], ${KEYLESS}}\n      - {name: q, scopes: ["a.io/x/y"], ${KEYLESS}}\n`,
    message: 'overlapping scopes a.io/x/* and a.io/x/y for trust policy q',
    field: 'spec.parameters.trustPolicies[1].scopes[0]',
    line: 10,
    code: 'SCOPE_INVALID',
  },
  {
    what: 'a provider that does not exist',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keys: [{provider: k}]}\n`,
    message: 'Invalid trust policy [p]: failed to access key management provider k: it does not exist',
    field: `${AT}.keys[0]`,
    line: 9,
    code: 'REFERENCE_MISSING',
  },
  {
    what: 'a trust root that does not exist',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], trustRoot: t, ${KEYLESS}}\n`,
    message: 'Invalid trust policy [p]: failed to access key management provider t: it does not exist',
    field: `${AT}.trustRoot`,
    line: 9,
    code: 'REFERENCE_MISSING',
  },
  {
    what: 'more keys than are tried',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], keys: [${'{provider: k},'.repeat(limits.keysPerPolicy + 1)}]}\n`,
    message: `Invalid trust policy p: more than ${limits.keysPerPolicy} keys`,
    field: `${AT}.keys`,
    line: 9,
  },
  {
    what: "artifact types without cosign's",
    yaml: `${TRUST_POLICIES.replace(/artifactTypes: .*/, 'artifactTypes: application/vnd.cncf.notary.signature')}      - {name: p, scopes: ["*"], ${KEYLESS}}\n`,
    message: 'artifactTypes "application/vnd.cncf.notary.signature" has no type that cosign signs',
    field: 'spec.artifactTypes',
    line: 6,
  },
  {
    what: 'no artifact types',
    yaml: `${TRUST_POLICIES.replace(/ {2}artifactTypes: .*\n/, '')}      - {name: p, scopes: ["*"], ${KEYLESS}}\n`,
    message: 'missing artifactTypes in verifier config',
    field: 'spec.artifactTypes',
    line: 4,
    code: 'FIELD_INVALID',
  },
  {
    what: 'no name',
    yaml: `${TRUST_POLICIES.replace(/ {2}name: cosign\n/, '')}      - {name: p, scopes: ["*"], ${KEYLESS}}\n`,
    message: 'The name field is required in the Cosign Verifier configuration',
    field: 'spec.name',
    line: 4,
    code: 'FIELD_INVALID',
  },
  {
    what: 'a truth value that YAML 1.2 reads as text',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], tLogVerify: yes, ${KEYLESS}}\n`,
    message: 'must be true or false, not the text "yes"',
    field: `${AT}.tLogVerify`,
    line: 9,
    code: 'FIELD_INVALID',
  },
  {
    what: 'nested signatures',
    yaml: `${TRUST_POLICIES}      - {name: p, scopes: ["*"], ${KEYLESS}}\n    nestedArtifactTypes: [x]\n`,
    message: 'nestedArtifactTypes asks for signatures of signatures, which are not verified',
    field: 'spec.parameters.nestedArtifactTypes',
    line: 10,
    code: 'FEATURE_UNSUPPORTED',
  },
  {
    what: 'a plugin to download',
    yaml: `${TRUST_POLICIES.replace('  parameters', '  source: {artifact: x}\n  parameters')}      - {name: p, scopes: ["*"], ${KEYLESS}}\n`,
    message: 'source asks to download a plugin, and nothing is downloaded and run here',
    field: 'spec.source',
    line: 7,
    code: 'FEATURE_UNSUPPORTED',
  },
  {
    what: 'cosign misspelled, which must not make a policy disappear',
    yaml: `${TRUST_POLICIES.replace('name: cosign', 'name: cosing')}      - {name: p, scopes: ["*"], ${KEYLESS}}\n`,
    message: 'the verifier "cosing" is not known; did you mean "cosign"?',
    field: 'spec.name',
    line: 5,
    code: 'FIELD_INVALID',
  },
];

describe('what is wrong with a Verifier', () => {
  it.each(cases)('$what', ({ yaml, message, field, line, code = 'CONFIG_INVALID' }) => {
    const found = errors(load({ yaml: { '/c/policy.yaml': POLICY, '/c/v.yaml': yaml } }));
    expect(found).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        code,
        file: '/c/v.yaml',
        field,
        line,
        message: expect.stringContaining(message),
        remediation: expect.stringMatching(/\.$|\]$/),
      }),
    );
  });
});
