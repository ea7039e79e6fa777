import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { attack } from '../support/attack.ts';
import { verdictOf } from '../support/attack-set-up.ts';
import { challenge, setUpHostileRegistry } from '../support/hostile-registry.ts';

// What is cached is kept in memory, under keys that nothing is ever read from or written to a file by. Trust roots and
// keys come from the configuration, whose folder the registry has no word in.
attack(
  'D8',
  'a name that leads out of its folder would have a file of the machine read or overwritten',
  () => {
    const { setUp, hostile } = setUpHostileRegistry();

    /** Everything in the provider's own folder and in the working folder. */
    async function files(): Promise<readonly string[]> {
      const [own, working] = await Promise.all([
        readdir(dirname(setUp.provider.folder), { recursive: true }),
        readdir(process.cwd()),
      ]);
      return [...own, ...working].toSorted();
    }

    it('twin: an honest image is verified without a file', async () => {
      const before = await files();
      expect(await setUp.judge(setUp.signed('bundle', 'acme/d08', 'v1'))).toBe('verified');
      expect(await files()).toEqual(before);
    });

    it.each([
      'HOST/../../etc/passwd',
      'HOST/acme/../../../etc/cron.d/x:v1',
      'HOST/acme/./d08:v1',
      'HOST/acme//d08:v1',
      'HOST//etc/passwd:v1',
      'HOST/acme/d08/:v1',
      'HOST/acme/d08:../../x',
      'HOST/acme/d08:v1/../../x',
      'HOST/acme/d08:..',
      'HOST/acme%2f..%2fd08:v1',
      'HOST/acme\\..\\d08:v1',
      'HOST/acme/d08:v1\0.json',
      '../../etc/passwd',
      '/etc/passwd',
      '..',
      'file:///etc/passwd',
      `HOST/acme/d08@sha256:${'../'.repeat(21)}x`,
    ])('%j', async (key) => {
      const before = await files();
      const honest = setUp.signed('bundle', 'acme/d08-neighbour');
      const values = await setUp.provider.verify(key.replace('HOST', setUp.host), honest.key);
      expect(values.map(verdictOf)).toEqual(['rejected REFERENCE_INVALID', 'verified']);
      expect(await files()).toEqual(before);
    });

    it('names in answers of the registry', async () => {
      const before = await files();
      const image = setUp.image('acme/d08-answers');
      const digest = 'sha256:../../../../etc/cron.d/x';
      const entry = { mediaType: MANIFEST_MEDIA_TYPE, size: 1, artifactType: '../../x', digest };
      hostile.misbehave('acme/d08-answers', 'referrers', {
        status: 200,
        headers: { 'content-type': INDEX_MEDIA_TYPE, 'docker-content-digest': digest, etag: '../../x' },
        body: JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
      });
      expect(await setUp.judge(image)).toBe('rejected SIGNATURE_MALFORMED');
      const challenged = setUp.image('acme/d08-challenge');
      hostile.misbehave('acme/d08-challenge', 'referrers', challenge('file:///etc/passwd'));
      expect(await setUp.judge(challenged)).toBe('unavailable REDIRECT_FORBIDDEN');
      expect(await files()).toEqual(before);
    });
  },
);
