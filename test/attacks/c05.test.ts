import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { releasePolicy, setUpAttack } from '../support/attack-set-up.ts';

// A signature says who approved an image, not that it is the newest. The answer to a rollback is the digest in the
// workload, which `requireDigest` demands; docs/threat-model.md says so.
attack('C5', 'an old image with known holes would be served under a tag, since it is signed as well', () => {
  const setUp = setUpAttack({
    flags: { tagTtl: '0' },
    trustPolicies: (host) => [
      releasePolicy(host, { scopes: [`${host}/acme/*`] }),
      releasePolicy(host, { name: 'pinned', scopes: [`${host}/pinned/*`], requireDigest: true }),
    ],
  });

  /** A tag that led to a new image and leads to an old one, both signed. */
  function rolledBack(repository: string) {
    const [old, current] = [setUp.signed('bundle', repository), setUp.signed('bundle', repository, 'v1')];
    const manifest = setUp.registry.manifest(repository, old.digest);
    if (manifest === undefined) throw new Error('not pushed');
    setUp.registry.push(repository, { ...manifest, tag: 'v1' });
    return { old, current, tag: `${setUp.host}/${repository}:v1` };
  }

  it('without requireDigest the old one is verified, and the verdict says which one it is', async () => {
    const { old, current, tag } = rolledBack('acme/c05');
    expect(await setUp.ask(tag)).toMatchObject({ isSuccess: true, subject: old.key });
    expect(await setUp.ask(current)).toMatchObject({ isSuccess: true, subject: current.key });
  });

  it('with requireDigest a tag rolls nothing back', async () => {
    const { current, tag } = rolledBack('pinned/c05');
    expect(await setUp.judge(tag)).toBe('rejected TAG_NOT_PINNED');
    expect(await setUp.judge(current)).toBe('verified');
  });
});
