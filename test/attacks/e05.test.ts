import { describe, expect, it } from 'vitest';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { attack } from '../support/attack.ts';
import { RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import { challenge, judgeBeside, refusal, setUpHostileRegistry } from '../support/hostile-registry.ts';
import { type BundleJson, entryOf } from '../support/private-sigstore.ts';

attack('E5', 'a text that somebody else wrote would keep a regular expression busy for minutes', () => {
  describe('in a key', () => {
    const { setUp } = setUpHostileRegistry();

    it.each([
      ['letters', 'a'.repeat(100_000)],
      ['colons', ':'.repeat(100_000)],
      ['at signs', `a${'@a'.repeat(50_000)}`],
      ['slashes', '/'.repeat(100_000)],
      ['dashes', `HOST/a${'-'.repeat(100_000)}`],
      ['dashes and an end', `HOST/a${'-'.repeat(900)}!`],
      ['separators in turn', `HOST/a${'_.-'.repeat(300)}a`],
      ['dots', `HOST/${'a.'.repeat(450)}/`],
      ['components', `HOST/${'a/'.repeat(450)}!`],
      ['a host of dashes', `a${'-'.repeat(900)}!/x:v1`],
      ['a host of labels', `${'a.'.repeat(450)}!/x:v1`],
      ['a tag', `HOST/x:${'a'.repeat(900)}!`],
      ['a digest', `HOST/x@sha256:${'a'.repeat(900)}`],
    ])('100 kB of it, or as much as is read: %s', async (_, key) => {
      expect(await judgeBeside(setUp, key.replace('HOST', setUp.host))).toBe('rejected REFERENCE_INVALID');
    });

    it('a namespace that does not end', async () => {
      expect(await judgeBeside(setUp, `[${'a-'.repeat(400)}`)).toBe('rejected KEY_NAMESPACE_INVALID');
      expect(await judgeBeside(setUp, `[${'a-'.repeat(400)}]x:v1`)).toBe('rejected KEY_NAMESPACE_INVALID');
    });
  });

  describe('in the name of a log', () => {
    const setUp = setUpAttack();

    async function judgeCheckpoint(change: (envelope: string) => string): Promise<string> {
      const image = setUp.image('acme/e05-checkpoint');
      const signed = setUp.bundle(image, { log: 'v2' });
      const json: BundleJson = JSON.parse(Buffer.from(signed.bytes).toString());
      const { checkpoint } = entryOf(json).inclusionProof ?? {};
      if (checkpoint === undefined) throw new Error('the entry has no checkpoint');
      checkpoint.envelope = change(checkpoint.envelope);
      return judgeBeside(setUp, setUp.attach(image, { ...signed, bytes: Buffer.from(JSON.stringify(json)) }));
    }

    it('twin', async () => {
      expect(await judgeCheckpoint((envelope) => envelope)).toBe('verified');
    });

    it.each(['(.*)*x', '(a+)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '[', '(?<', '\\'])('%s', async (name) => {
      const verdict = await judgeCheckpoint((envelope) => envelope.replaceAll('log-v2.sigstore.test', name));
      expect(verdict).toBe('rejected LOG_ENTRY_INVALID');
    });

    it('lines without end', async () => {
      const verdict = await judgeCheckpoint((envelope) => envelope + '— x AAAA\n'.repeat(1_000));
      expect(verdict).toBe('rejected LOG_ENTRY_INVALID');
    });
  });

  describe('against a pattern of the policy', () => {
    const SUBJECT = `https://github.com/${'a'.repeat(1_500)}`;
    const setUp = setUpAttack({
      trustPolicies: (host) => [
        pattern(host, 'nested', '^https://github.com/(a+)+$'),
        pattern(host, 'alternatives', '^https://github.com/(a|a|aa)*$'),
        pattern(host, 'many', '^(.*a){20}$'),
        pattern(host, 'explosive', '(((.?){30}){30}){30}'),
      ],
    });

    function pattern(host: string, name: string, certificateIdentityRegExp: string) {
      const keyless = { certificateOIDCIssuer: RELEASE.issuer, certificateIdentityRegExp };
      return releasePolicy(host, { name, scopes: [`${host}/${name}/*`], keyless });
    }

    const signedBy = (subject: string, repository: string) => {
      const image = setUp.image(repository);
      return setUp.attach(image, setUp.bundle(image, { identity: { issuer: RELEASE.issuer, subject } }));
    };

    // One Verifier that can't be used keeps all of its images from being judged.
    it('one that is too costly is no policy', async () => {
      expect(await setUp.judge(signedBy(SUBJECT, 'explosive/e05'))).toBe('unavailable POLICY_INVALID');
    });

    it.each(['nested', 'alternatives', 'many'])('%s: twin and attack', async (name) => {
      const provider = await setUp.another({
        trustPolicies: (host) => [
          pattern(host, 'nested', '^https://github.com/(a+)+$'),
          pattern(host, 'alternatives', '^https://github.com/(a|a|aa)*$'),
          pattern(host, 'many', '^(.*a){20}$'),
        ],
      });
      expect(await setUp.judge(signedBy(SUBJECT, `${name}/e05`), provider)).toBe('verified');
      expect(await setUp.judge(signedBy(`${SUBJECT}!`, `${name}/e05`), provider)).toBe(
        'rejected IDENTITY_MISMATCH',
      );
      // Longer than any identity: not matched at all.
      expect(await setUp.judge(signedBy(SUBJECT.padEnd(5_000, 'a'), `${name}/e05`), provider)).toBe(
        'rejected CERTIFICATE_INVALID',
      );
    });
  });

  describe('in a header', () => {
    const { setUp, hostile } = setUpHostileRegistry({
      world: {
        resolveHost: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
      },
    });
    const page = JSON.stringify({ schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests: [] });

    it.each([
      '<'.repeat(8_000),
      '<>'.repeat(4_000),
      `<x>${'; rel '.repeat(1_000)}`,
      `<x>;${' '.repeat(8_000)}`,
      `<x>; rel="${'a '.repeat(4_000)}`,
    ])('Link', async (link) => {
      const image = setUp.signed('legacy', 'acme/e05-link');
      hostile.misbehave('acme/e05-link', 'referrers', {
        status: 200,
        headers: { 'content-type': INDEX_MEDIA_TYPE, link },
        body: page,
      });
      expect(await judgeBeside(setUp, image)).toBe('verified');
    });

    it.each([
      `Bearer ${'a='.repeat(4_000)}`,
      `Bearer realm="${'\\'.repeat(7_999)}`,
      ','.repeat(8_000),
      `${'a '.repeat(4_000)}=`,
      `Bearer realm="x", ${'b=c,'.repeat(1_500)}`,
    ])('WWW-Authenticate', async (wanted) => {
      const image = setUp.image('acme/e05-challenge');
      hostile.misbehave('acme/e05-challenge', 'referrers', refusal(401, { 'www-authenticate': wanted }));
      expect(await judgeBeside(setUp, image)).toBe('unavailable REGISTRY_UNAUTHORIZED');
    });

    it('a token server of eight kilobytes', async () => {
      const image = setUp.image('acme/e05-realm');
      hostile.misbehave('acme/e05-realm', 'referrers', challenge(`https://${'a.'.repeat(4_000)}`));
      expect(await judgeBeside(setUp, image)).toBe('unavailable REGISTRY_UNREACHABLE');
    });
  });
});
