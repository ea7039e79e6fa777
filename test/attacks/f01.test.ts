import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDemoSigstore } from '../../src/demo/sigstore/demo-sigstore.ts';
import { githubIdentity } from '../../src/demo/sigstore/identity.ts';
import { attack } from '../support/attack.ts';
import { releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { policy, store, verifier } from '../support/resources.ts';

/** A workflow of the same issuer that the release policy doesn't trust. */
const ROGUE = githubIdentity({ repository: 'mallory/app', path: '.github/workflows/release.yml' });

/** Trusts somebody whom the release policy doesn't. */
const laxPolicy = (host: string) =>
  releasePolicy(host, {
    name: 'lax',
    keyless: { identities: [{ issuer: ROGUE.issuer, identity: ROGUE.subject }] },
  });

attack(
  'F1',
  'a verdict under a lax policy would answer for a strict one, since both are about one image',
  () => {
    const setUp = setUpAttack({
      resources: (host) => [
        store([{ host, plainHttp: true }]),
        policy('any', 'team-lax'),
        verifier([laxPolicy(host)], 'verifier-cosign', 'team-lax'),
        policy('any', 'team-strict'),
        verifier([releasePolicy(host)], 'verifier-cosign', 'team-strict'),
      ],
    });

    const byMallory = () => {
      const image = setUp.image();
      return setUp.attach(image, setUp.bundle(image, { identity: ROGUE }));
    };

    it('twin and attack: each namespace gets its own verdict, in whatever order they ask', async () => {
      const { key } = byMallory();
      const judge = async (...keys: readonly string[]) =>
        (await setUp.provider.verify(...keys)).map(verdictOf);
      const [lax, strict, none, other] = [
        `[team-lax]${key}`,
        `[team-strict]${key}`,
        key,
        `[team-other]${key}`,
      ];
      const no = 'rejected IDENTITY_MISMATCH';
      expect(await judge(lax)).toEqual(['verified']);
      expect(await judge(strict, none, lax, other)).toEqual([no, no, 'verified', no]);
      // Everything is cached now.
      expect(await judge(other, lax, none, strict)).toEqual([no, 'verified', no, no]);
    });

    it('a policy that becomes strict is in force with the next request, and a cached yes with it gone', async () => {
      const image = byMallory();
      const provider = await setUp.another({ trustPolicies: (host) => [laxPolicy(host)] });
      expect(await setUp.judge(image, provider)).toBe('verified');
      await writeFile(join(provider.folder, 'configuration.yaml'), setUp.yaml());
      await expect
        .poll(() => setUp.judge(image, provider), { timeout: 20_000 })
        .toBe('rejected IDENTITY_MISMATCH');
      // And back: the yes of then was made under the same policy.
      const lax = setUp.yaml({ trustPolicies: (host) => [laxPolicy(host)] });
      await writeFile(join(provider.folder, 'configuration.yaml'), lax);
      await expect.poll(() => setUp.judge(image, provider), { timeout: 20_000 }).toBe('verified');
    });

    it('a trust root that is replaced takes its yes along', async () => {
      const image = setUp.signed();
      const provider = await setUp.another({});
      expect(await setUp.judge(image, provider)).toBe('verified');
      const other = createDemoSigstore().trustedRoot();
      await writeFile(
        join(provider.folder, 'configuration.yaml'),
        setUp.yaml({ trustRoots: { private: other } }),
      );
      await expect.poll(() => setUp.judge(image, provider), { timeout: 20_000 }).toMatch(/^rejected/);
    });

    it('`any` that becomes `all` is another question', async () => {
      const image = setUp.signed();
      setUp.attach(image, setUp.bundle(image, { identity: ROGUE }));
      const provider = await setUp.another({ mode: 'any' });
      expect(await setUp.judge(image, provider)).toBe('verified');
      await writeFile(join(provider.folder, 'configuration.yaml'), setUp.yaml({ mode: 'all' }));
      await expect
        .poll(() => setUp.judge(image, provider), { timeout: 20_000 })
        .toBe('rejected IDENTITY_MISMATCH');
    });
  },
);
