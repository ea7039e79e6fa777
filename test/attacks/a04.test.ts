import { describe, expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';

const { issuer, subject } = RELEASE;
const PATTERN = 'https://token\\.actions\\.githubusercontent\\.com';

const POLICIES: Readonly<Record<string, object>> = {
  exact: { identities: [{ issuer, identity: subject }] },
  whole: { identities: [{ issuerRegExp: PATTERN, identity: subject }] },
  ratify: { certificateOIDCIssuer: issuer, certificateIdentity: subject },
  'ratify-anchored': { certificateOIDCIssuerRegExp: `^${PATTERN}$`, certificateIdentity: subject },
};

attack('A4', 'an issuer that resembles the trusted one would vouch for the trusted name', () => {
  const setUp = setUpAttack({
    trustPolicies: (host) =>
      Object.entries(POLICIES).map(([name, keyless]) =>
        releasePolicy(host, { name, scopes: [`${host}/${name}`], keyless }),
      ),
  });

  async function judge(repository: string, vouching: string): Promise<string> {
    const image = setUp.image(repository);
    return setUp.judge(
      setUp.attach(image, setUp.bundle(image, { identity: { ...RELEASE, issuer: vouching } })),
    );
  }

  describe.each(Object.keys(POLICIES))('policy %s', (repository) => {
    it('twin: the trusted issuer is verified', async () => {
      expect(await judge(repository, issuer)).toBe('verified');
    });

    it.each([
      ['a longer host', `${issuer}.evil`],
      ['a trailing slash', `${issuer}/`],
      ['another path', `${issuer}/enterprise`],
      ['another case', issuer.replace('token', 'Token')],
      ['another scheme', issuer.replace('https', 'http')],
      ['any character for the dot', issuer.replace('actions.', 'actionsX')],
      ['the trusted issuer within a query', `https://evil.example/?${issuer}`],
      ['the trusted issuer as user information', issuer.replace('token', 'token@evil.example#')],
      ['a blank behind it', `${issuer} `],
    ])('%s is rejected', async (_, vouching) => {
      expect(await judge(repository, vouching)).toBe('rejected ISSUER_MISMATCH');
    });
  });
});
