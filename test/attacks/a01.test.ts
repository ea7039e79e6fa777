import { describe, expect, it } from 'vitest';
import { lint } from '../../src/config/lint.ts';
import { attack } from '../support/attack.ts';
import { RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';

const { issuer, subject } = RELEASE;

/** Ways to say whom to trust, each of which must mean the trusted name and nothing around it. */
const POLICIES: Readonly<Record<string, object>> = {
  exact: { identities: [{ issuer, identity: subject }] },
  'exact-ratify': { certificateOIDCIssuer: issuer, certificateIdentity: subject },
  whole: { identities: [{ issuer, identityRegExp: 'https://github\\.com/acme/app/\\.github/.*@refs/.*' }] },
  anchored: {
    certificateOIDCIssuer: issuer,
    certificateIdentityRegExp: '^https://github\\.com/acme/app/\\.github/.*@refs/.*$',
  },
  // Without anchors the alternatives would each match on their own.
  alternatives: { identities: [{ issuer, identityRegExp: `nobody|https://github\\.com/acme/app/[^?]*` }] },
};

const SUBJECTS: readonly (readonly [string, string])[] = [
  ['the trusted name within a query', `https://evil.example/?x=${subject}`],
  ['the trusted name within a fragment', `https://evil.example/#${subject}`],
  ['the trusted name as user information', `https://github.com@evil.example/acme/app/.github/x@refs/y`],
  ['a longer repository', subject.replace('acme/app', 'acme/app-evil')],
  ['a longer owner', subject.replace('acme/app', 'evil-acme/app')],
  ['any character where the pattern has a dot', subject.replace('github.com', 'githubXcom')],
  ['another case', subject.replace('acme', 'ACME')],
  ['a scheme before it', `x${subject}`],
];

attack('A1', 'a name that merely contains the trusted one, or resembles it, would be trusted', () => {
  const setUp = setUpAttack({
    trustPolicies: (host) => [
      ...Object.entries(POLICIES).map(([name, keyless]) =>
        releasePolicy(host, { name, scopes: [`${host}/${name}`], keyless }),
      ),
      releasePolicy(host, {
        name: 'unanchored',
        scopes: [`${host}/unanchored`],
        keyless: { certificateOIDCIssuer: issuer, certificateIdentityRegExp: 'https://github.com/acme/app' },
      }),
    ],
  });

  function signedBy(repository: string, name: string) {
    const image = setUp.image(repository);
    return setUp.attach(image, setUp.bundle(image, { identity: { issuer, subject: name } }));
  }

  describe.each(Object.keys(POLICIES))('policy %s', (repository) => {
    it('twin: the trusted name itself is verified', async () => {
      expect(await setUp.judge(signedBy(repository, subject))).toBe('verified');
    });

    it.each(SUBJECTS)('%s is rejected', async (_, name) => {
      expect(await setUp.judge(signedBy(repository, name))).toBe('rejected IDENTITY_MISMATCH');
    });

    it('a line feed, behind which the trusted name stands, is rejected', async () => {
      for (const name of [`https://evil.example/\n${subject}`, `${subject}\n`])
        expect(await setUp.judge(signedBy(repository, name))).toBe('rejected CERTIFICATE_INVALID');
    });
  });

  it('a pattern that matches anywhere, as it does in cosign, is warned of and no other is', async () => {
    const unanchored = (await lint([setUp.provider.folder])).filter(
      ({ code }) => code === 'PATTERN_UNANCHORED',
    );
    expect(unanchored.map(({ severity, field }) => [severity, field])).toEqual([
      ['warning', 'spec.parameters.trustPolicies[5].keyless.certificateIdentityRegExp'],
    ]);
    // What the warning is about.
    expect(await setUp.judge(signedBy('unanchored', `https://evil.example/?x=${subject}`))).toBe('verified');
  });
});
