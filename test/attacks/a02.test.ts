import { expect, it } from 'vitest';
import { lint } from '../../src/config/lint.ts';
import type { Identity } from '../../src/demo/sigstore/identity.ts';
import { attack } from '../support/attack.ts';
import { MALLORY, RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';

const { issuer, subject } = RELEASE;
const ISSUER_PATTERN = 'https://token\\.actions\\.githubusercontent\\.com';
const SUBJECT_PATTERN = 'https://github\\.com/acme/app/.*';

const PATTERNS_ONLY: Readonly<Record<string, object>> = {
  identities: { identities: [{ issuerRegExp: ISSUER_PATTERN, identityRegExp: SUBJECT_PATTERN }] },
  ratify: {
    certificateOIDCIssuerRegExp: `^${ISSUER_PATTERN}$`,
    certificateIdentityRegExp: `^${SUBJECT_PATTERN}$`,
  },
};

const BOTH_SET: Readonly<Record<string, object>> = {
  'both-identities': { identities: [{ issuer, identity: subject, identityRegExp: '.*' }] },
  'both-issuers': { identities: [{ issuer, issuerRegExp: '.*', identity: subject }] },
  'both-ratify': {
    certificateOIDCIssuer: issuer,
    certificateIdentity: subject,
    certificateIdentityRegExp: '.*',
  },
};

attack(
  'A2',
  'a pattern would be ignored where no exact value stands beside it, and anybody be trusted',
  () => {
    const setUp = setUpAttack({
      trustPolicies: (host) => [
        ...Object.entries(PATTERNS_ONLY).map(([name, keyless]) =>
          releasePolicy(host, { name, scopes: [`${host}/${name}`], keyless }),
        ),
        releasePolicy(host, {
          name: 'pairs',
          scopes: [`${host}/pairs`],
          keyless: {
            identities: [
              { issuerRegExp: ISSUER_PATTERN, identityRegExp: SUBJECT_PATTERN },
              { issuer: MALLORY.issuer, identity: 'carol@example.com' },
            ],
          },
        }),
      ],
    });

    async function judge(repository: string, identity: Identity): Promise<string> {
      const image = setUp.image(repository);
      return setUp.judge(setUp.attach(image, setUp.bundle(image, { identity })));
    }

    it.each(Object.keys(PATTERNS_ONLY))('%s: twin verified, everybody else rejected', async (repository) => {
      expect(await judge(repository, RELEASE)).toBe('verified');
      expect(await judge(repository, MALLORY)).toBe('rejected ISSUER_MISMATCH');
      expect(await judge(repository, { issuer, subject: MALLORY.subject })).toBe(
        'rejected IDENTITY_MISMATCH',
      );
      expect(await judge(repository, { issuer: MALLORY.issuer, subject })).toBe('rejected ISSUER_MISMATCH');
    });

    it('issuer and identity count only as a pair: those of two entries are nobody', async () => {
      expect(await judge('pairs', RELEASE)).toBe('verified');
      expect(await judge('pairs', { issuer: MALLORY.issuer, subject: 'carol@example.com' })).toBe('verified');
      expect(await judge('pairs', { issuer, subject: 'carol@example.com' })).toBe('rejected ISSUER_MISMATCH');
      expect(await judge('pairs', { issuer: MALLORY.issuer, subject })).toBe('rejected ISSUER_MISMATCH');
    });

    it.each(Object.entries(BOTH_SET))(
      '%s: a pattern beside an exact value is an error',
      async (_, keyless) => {
        const provider = await setUp.another({ trustPolicies: (host) => [releasePolicy(host, { keyless })] });
        const errors = (await lint([provider.folder])).filter(({ severity }) => severity === 'error');
        expect(errors.map(({ code }) => code)).toEqual(['CONFIG_INVALID']);
        expect(await setUp.judge(setUp.signed(), provider)).toBe('unavailable POLICY_INVALID');
      },
    );
  },
);
