import { expect, it } from 'vitest';
import { lint } from '../../src/config/lint.ts';
import { attack } from '../support/attack.ts';
import { MALLORY, RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';

const { issuer, subject } = RELEASE;

attack('A5', 'a policy that names nobody would trust everybody with a certificate', () => {
  const setUp = setUpAttack();

  it('twin: with an identity the policy is in force', async () => {
    expect(await setUp.judge(setUp.signed())).toBe('verified');
    const image = setUp.image();
    setUp.attach(image, setUp.bundle(image, { identity: MALLORY }));
    expect(await setUp.judge(image)).toBe('rejected ISSUER_MISMATCH');
  });

  it.each<[string, object, string]>([
    ['no identity at all', { keyless: {} }, 'CONFIG_INVALID'],
    ['nothing but a log', { keyless: { ctLogVerify: true } }, 'CONFIG_INVALID'],
    ['an empty list', { keyless: { identities: [] } }, 'CONFIG_INVALID'],
    ['an empty entry', { keyless: { identities: [{}] } }, 'CONFIG_INVALID'],
    ['an issuer without an identity', { keyless: { identities: [{ issuer }] } }, 'CONFIG_INVALID'],
    ['an identity without an issuer', { keyless: { identities: [{ identity: subject }] } }, 'CONFIG_INVALID'],
    ['empty texts', { keyless: { certificateOIDCIssuer: '', certificateIdentity: '' } }, 'CONFIG_INVALID'],
    [
      'empty patterns',
      { keyless: { certificateOIDCIssuerRegExp: '', certificateIdentityRegExp: '' } },
      'CONFIG_INVALID',
    ],
    ['neither keys nor certificates', { keyless: undefined }, 'CONFIG_INVALID'],
    ['no keys', { keyless: undefined, keys: [] }, 'CONFIG_INVALID'],
    ['null in place of an identity', { keyless: { identities: [null] } }, 'FIELD_INVALID'],
    ['null in place of everything', { keyless: null }, 'CONFIG_INVALID'],
  ])('%s is an error, and whoever signed is not admitted', async (_, changes, code) => {
    const provider = await setUp.another({ trustPolicies: (host) => [releasePolicy(host, changes)] });
    const errors = (await lint([provider.folder])).filter(({ severity }) => severity === 'error');
    expect(new Set(errors.map((error) => error.code))).toEqual(new Set([code]));
    expect(await setUp.judge(setUp.signed(), provider)).toBe('unavailable POLICY_INVALID');
  });

  it('without any policy, Verifier or trust policy nobody is admitted', async () => {
    const none = await setUp.another({ trustPolicies: () => [] });
    expect(await setUp.judge(setUp.signed(), none)).toBe('unavailable POLICY_INVALID');
    const elsewhere = await setUp.another({ trustPolicies: () => [releasePolicy('elsewhere.example')] });
    expect(await setUp.judge(setUp.signed(), elsewhere)).toBe('rejected NO_MATCHING_POLICY');
  });
});
