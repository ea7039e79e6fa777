import { readYaml } from '../../../src/config/yaml-document.ts';
import type { Governance } from '../../../src/policy/snapshot.ts';
import type { TrustPolicy } from '../../../src/policy/trust-policy.ts';
import { governing, load, newKey, POLICY, scalar } from '../../unit/config/harness.ts';
import { accepted } from '../accepted.ts';
import { type FuzzTarget, must } from '../target.ts';
import { editedText } from '../text-edits.ts';

const HEAD = `apiVersion: config.ratify.deislabs.io/v1beta1
kind: Verifier
metadata:
  name: v
spec:
  name: cosign
  artifactTypes: application/vnd.dev.cosign.artifact.sig.v1+json
  parameters:
    trustPolicies:
      - name: p
`;
const HONEST = [
  `${HEAD}        scopes: ["ghcr.io/org/*"]
        keyless:
          certificateIdentity: someone@example.com
          certificateOIDCIssuer: https://issuer.example
`,
  `${HEAD}        scopes:
          - "*"
        tLogVerify: false
        keyless:
          ctLogVerify: false
          identities:
            - issuer: https://issuer.example
              identity: https://github.com/org/repo/.github/workflows/release.yml@refs/heads/main
            - issuer: https://other.example
              identity: other@example.com
`,
  `${HEAD}        scopes: [ghcr.io/org/repo]
        trustRoot: public-good
        keys:
          - provider: keys
---
apiVersion: config.ratify.deislabs.io/v1beta1
kind: KeyManagementProvider
metadata: {name: keys}
spec:
  type: inline
  parameters:
    contentType: key
    value: ${scalar(newKey())}
`,
];
const TOKENS = [
  ...[
    'scopes',
    'keyless',
    'keys',
    'identities',
    'issuer',
    'identity',
    'certificateIdentity',
    'CertificateIdentity',
    '"*"',
    'null',
  ],
  ...[
    '\n        ',
    '\n      - name: q\n',
    '---\n',
    '&a ',
    '*a',
    '!!binary ',
    '<<: ',
    '| ',
    '? ',
    '[]',
    '{}',
    '""',
    'true',
    '~',
    '#',
  ],
];
const IMAGES = ['ghcr.io/org/repo:tag', 'nginx', 'example.com/a/b/c'];

/** A Verifier as people write it, compiled. Nothing in it may come to "anyone". */
export const verifierYaml: FuzzTarget = {
  name: 'verifier-yaml',
  stages: ['YAML', 'valid', 'governs'],
  inputs: editedText(HONEST, TOKENS, 3),
  check(input, reached) {
    const { unread, resources } = readYaml('verifier.yaml', input);
    if (unread.length === 0 && resources.every(({ damage }) => damage.length === 0)) reached('YAML');
    const compilation = accepted(() => load({ yaml: { 'policy.yaml': POLICY, 'verifier.yaml': input } }));
    must(compilation !== undefined, 'a configuration that is wrong ends the load');
    const isValid = compilation.diagnostics.every(({ severity }) => severity !== 'error');
    if (isValid) reached('valid');
    const governances = IMAGES.map((image) => governing(compilation, image));
    if (governances.some(({ kind }) => kind === 'governed')) reached('governs');
    for (const governance of governances) mustNameSomebody(governance);
    const hasError = compilation.diagnostics.some(
      ({ severity, message }) => severity === 'error' && message === '',
    );
    must(!hasError, 'an error has no message');
  },
};

function mustNameSomebody(governance: Governance): void {
  if (governance.kind !== 'governed') return;
  must(governance.policies.length > 0, 'an image is governed by no policy');
  for (const { signedBy } of governance.policies) must(namesSomebody(signedBy), 'a policy trusts anyone');
}

function namesSomebody(signedBy: TrustPolicy['signedBy']): boolean {
  if (signedBy.kind === 'keys') return signedBy.keys.length > 0;
  const stranger = 'stranger-nobody-named';
  return (
    signedBy.identities.length > 0 &&
    signedBy.identities.every(
      ({ issuer, identity }) =>
        issuer.text !== '' &&
        identity.text !== '' &&
        !(issuer.kind === 'exact' && issuer.matches(stranger)) &&
        !(identity.kind === 'exact' && identity.matches(stranger)),
    )
  );
}
