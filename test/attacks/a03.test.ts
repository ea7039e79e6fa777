import { expect, it } from 'vitest';
import { lint } from '../../src/config/lint.ts';
import { createDemoSigstore } from '../../src/demo/sigstore/demo-sigstore.ts';
import { generateSigningKey } from '../../src/demo/sigstore/signing-key.ts';
import { attack } from '../support/attack.ts';
import {
  type AttackSetUp,
  createEstablishedSigstore,
  RELEASE,
  releasePolicy,
  setUpAttack,
} from '../support/attack-set-up.ts';
import { inlineKey, store } from '../support/resources.ts';

const { issuer, subject } = RELEASE;
const OTHER = 'https://other.example';
const signingKey = generateSigningKey();
const otherKey = generateSigningKey();

type Publish = (setUp: AttackSetUp, repository: string) => string;

interface Constraint {
  readonly field: string;
  /** The trust policy where the constraint is met, and where it isn't. */
  readonly met: object;
  readonly broken: object;
  readonly code: string;
  /** Publishes a signed image and names it. Default: signed by the release workflow, honestly. */
  readonly publish?: Publish;
}

const keyless = (fields: object): object => ({ keyless: { ...fields } });
const signedWith =
  (options: Parameters<AttackSetUp['bundle']>[1]): Publish =>
  (setUp, repository) => {
    const image = setUp.image(repository);
    return setUp.attach(image, setUp.bundle(image, options)).key;
  };

const CONSTRAINTS: readonly Constraint[] = [
  {
    field: 'identities[].issuer',
    met: keyless({ identities: [{ issuer, identity: subject }] }),
    broken: keyless({ identities: [{ issuer: OTHER, identity: subject }] }),
    code: 'ISSUER_MISMATCH',
  },
  {
    field: 'identities[].issuerRegExp',
    met: keyless({ identities: [{ issuerRegExp: 'https://token.*', identity: subject }] }),
    broken: keyless({ identities: [{ issuerRegExp: 'https://other.*', identity: subject }] }),
    code: 'ISSUER_MISMATCH',
  },
  {
    field: 'identities[].identity',
    met: keyless({ identities: [{ issuer, identity: subject }] }),
    broken: keyless({ identities: [{ issuer, identity: OTHER }] }),
    code: 'IDENTITY_MISMATCH',
  },
  {
    field: 'identities[].identityRegExp',
    met: keyless({ identities: [{ issuer, identityRegExp: '.*/acme/app/.*' }] }),
    broken: keyless({ identities: [{ issuer, identityRegExp: '.*/acme/other/.*' }] }),
    code: 'IDENTITY_MISMATCH',
  },
  {
    field: 'certificateOIDCIssuer',
    met: keyless({ certificateOIDCIssuer: issuer, certificateIdentity: subject }),
    broken: keyless({ certificateOIDCIssuer: OTHER, certificateIdentity: subject }),
    code: 'ISSUER_MISMATCH',
  },
  {
    field: 'certificateOIDCIssuerRegExp',
    met: keyless({ certificateOIDCIssuerRegExp: '^https://token', certificateIdentity: subject }),
    broken: keyless({ certificateOIDCIssuerRegExp: '^https://other', certificateIdentity: subject }),
    code: 'ISSUER_MISMATCH',
  },
  {
    field: 'certificateIdentity',
    met: keyless({ certificateOIDCIssuer: issuer, certificateIdentity: subject }),
    broken: keyless({ certificateOIDCIssuer: issuer, certificateIdentity: OTHER }),
    code: 'IDENTITY_MISMATCH',
  },
  {
    field: 'certificateIdentityRegExp',
    met: keyless({ certificateOIDCIssuer: issuer, certificateIdentityRegExp: '/acme/app/' }),
    broken: keyless({ certificateOIDCIssuer: issuer, certificateIdentityRegExp: '/acme/other/' }),
    code: 'IDENTITY_MISMATCH',
  },
  {
    field: 'ctLogVerify',
    met: keyless({ identities: [{ issuer, identity: subject }], ctLogVerify: false }),
    broken: keyless({ identities: [{ issuer, identity: subject }], ctLogVerify: true }),
    code: 'SCT_INVALID',
    publish: signedWith({ certificate: { ctLogs: [] } }),
  },
  {
    field: 'tLogVerify',
    met: { tLogVerify: false },
    broken: { tLogVerify: true },
    code: 'LOG_ENTRY_MISSING',
    publish: signedWith({ log: 'none' }),
  },
  {
    field: 'trustRoot',
    met: { trustRoot: 'private' },
    broken: { trustRoot: 'foreign' },
    code: 'LOG_UNTRUSTED',
  },
  {
    field: 'requireDigest',
    met: { requireDigest: false },
    broken: { requireDigest: true },
    code: 'TAG_NOT_PINNED',
    publish(setUp, repository) {
      setUp.signed('bundle', repository, 'v1');
      return `${setUp.host}/${repository}:v1`;
    },
  },
  {
    field: 'keys',
    met: { keyless: undefined, keys: [{ provider: 'signing-key' }] },
    broken: { keyless: undefined, keys: [{ provider: 'other-key' }] },
    code: 'KEY_MISMATCH',
    publish(setUp, repository) {
      const image = setUp.image(repository);
      return setUp.attach(image, setUp.sigstore.signBundle({ digest: image.digest, key: signingKey })).key;
    },
  },
];

attack('A3', 'a constraint of the policy would be dropped in silence', () => {
  const sigstore = createEstablishedSigstore();
  const setUp = setUpAttack({
    sigstore,
    trustRoots: { private: sigstore.trustedRoot(), foreign: createDemoSigstore().trustedRoot() },
    trustPolicies: (host) =>
      CONSTRAINTS.flatMap(({ met, broken }, index) =>
        Object.entries({ met, broken }).map(([how, changes]) =>
          releasePolicy(host, {
            name: `${how}-${index}`,
            scopes: [`${host}/${how}/constraint-${index}`],
            ...changes,
          }),
        ),
      ),
    resources: (host) => [
      store([{ host, plainHttp: true }]),
      inlineKey('signing-key', signingKey.pem),
      inlineKey('other-key', otherKey.pem),
    ],
  });

  it.each(CONSTRAINTS.map((constraint, index) => ({ ...constraint, index })))(
    '$field: verified where it is met, else $code',
    async ({ code, index, publish = signedWith({}) }) => {
      const judge = (how: string) => setUp.judge(publish(setUp, `${how}/constraint-${index}`));
      expect(await judge('met')).toBe('verified');
      expect(await judge('broken')).toBe(`rejected ${code}`);
    },
  );

  const entry = { issuer, identity: subject };
  it.each([
    ['certificateOIDs', { keyless: { identities: [entry], certificateOIDs: { '1.3.6': 'x' } } }],
    ['certificateGithubWorkflowRepository', { certificateGithubWorkflowRepository: 'acme/app' }],
    ['subjectRegExp', { keyless: { identities: [{ ...entry, subjectRegExp: 'x' }] } }],
    ['annotations', { annotations: { env: 'prod' } }],
  ])('%s, which is no field of ours, is an error and nobody is admitted', async (_, changes) => {
    const provider = await setUp.another({ trustPolicies: (host) => [releasePolicy(host, changes)] });
    const errors = (await lint([provider.folder])).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code)).toEqual(['FIELD_UNKNOWN']);
    expect(await setUp.judge(setUp.signed(), provider)).toBe('unavailable POLICY_INVALID');
  });
});
