import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { attack } from '../support/attack.ts';
import {
  challenge,
  encoded,
  gzipBomb,
  judgeBeside,
  refusal,
  type Step,
  setUpHostileRegistry,
  stored,
  TOKEN_SERVER,
  tagOf,
} from '../support/hostile-registry.ts';

const MEDIA_TYPE: Readonly<Record<Exclude<Step, 'token'>, string>> = {
  tag: MANIFEST_MEDIA_TYPE,
  'signature-tag': MANIFEST_MEDIA_TYPE,
  referrers: INDEX_MEDIA_TYPE,
  'fallback-tag': INDEX_MEDIA_TYPE,
  referrer: MANIFEST_MEDIA_TYPE,
  blob: 'application/octet-stream',
};

/** 64 MiB of spaces. */
const BOMB = gzipBomb(64);

attack(
  'E3',
  'a kilobyte on the wire would become a gigabyte in memory, or other bytes than were hashed',
  () => {
    const { setUp, hostile } = setUpHostileRegistry();

    /** An image that is signed in the form which the step is a part of. */
    function imageFor(step: Exclude<Step, 'token'>, name: string) {
      const repository = `acme/e03-${step}-${name}`;
      const image = setUp.signed(step === 'signature-tag' ? 'legacy' : 'bundle', repository, 'v1');
      return { image, repository, key: `${setUp.host}/${repository}:v1` };
    }

    it('twin: the same answers without an encoding', async () => {
      const { image, key, repository } = imageFor('blob', 'twin');
      hostile.misbehave(repository, 'blob', ({ target }) =>
        target.kind === 'blob'
          ? encoded(
              setUp.registry.blob(target.reference) ?? Buffer.alloc(0),
              'application/octet-stream',
              'identity',
            )
          : undefined,
      );
      expect(await judgeBeside(setUp, key)).toBe('verified');
      expect(await judgeBeside(setUp, image)).toBe('verified');
    });

    describe.each(Object.entries(MEDIA_TYPE))('in answer to %s', (step, mediaType) => {
      it.each([
        ['gzip', BOMB],
        ['x-gzip', BOMB],
        ['deflate', BOMB],
        ['br', brotliCompressSync(Buffer.alloc(1024 * 1024))],
        ['zstd', zstdCompressSync(Buffer.alloc(1024 * 1024))],
        ['gzip, gzip', gzipSync(BOMB)],
        ['identity, gzip', BOMB],
        ['unheard-of', BOMB],
      ])('an encoded body: %s', async (encoding, body) => {
        const { key, repository } = imageFor(
          step as Exclude<Step, 'token'>,
          encoding.replaceAll(/\W+/g, '-'),
        );
        hostile.misbehave(repository, step as Step, ({ method }) =>
          method === 'HEAD' ? refusal(405) : encoded(body, mediaType, encoding),
        );
        // Another place of the same image may hold a signature, and then that one counts.
        const code = 'unavailable REGISTRY_RESPONSE_INVALID';
        const others = step === 'fallback-tag' ? 'verified' : code;
        expect(await judgeBeside(setUp, key)).toBe(others);
      });
    });

    it('in answer to a request for a token', async () => {
      const { key, repository } = imageFor('referrers', 'token');
      hostile.misbehave(repository, 'referrers', challenge(`${setUp.registry.url}/token`));
      hostile.misbehave(TOKEN_SERVER, 'token', encoded(BOMB, 'application/json'));
      expect(await judgeBeside(setUp, key)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
    });

    it('a bundle that is stored packed is not unpacked', async () => {
      const image = setUp.image('acme/e03-bundle');
      const signed = setUp.bundle(image);
      setUp.attach(image, { ...signed, bytes: gzipSync(signed.bytes) });
      expect(await judgeBeside(setUp, image)).toBe('rejected SIGNATURE_MALFORMED');
    });

    it.each([
      ['as a payload', 'application/vnd.dev.cosign.simplesigning.v1+json', 'rejected SIGNATURE_MALFORMED'],
      [
        'as a packed payload',
        'application/vnd.dev.cosign.simplesigning.v1+json+gzip',
        'rejected SIGNATURE_NOT_FOUND',
      ],
    ])('a bomb %s', async (_, mediaType, verdict) => {
      const image = setUp.signed('legacy', 'acme/e03-payload');
      const tag = tagOf(image, '.sig');
      const manifest = JSON.parse(Buffer.from(stored(image, tag).bytes).toString());
      manifest.layers = [
        { ...manifest.layers[0], ...setUp.registry.pushBlob(BOMB.subarray(0, 60_000), mediaType) },
      ];
      const bytes = Buffer.from(JSON.stringify(manifest));
      setUp.registry.push(image.repository, { bytes, mediaType: MANIFEST_MEDIA_TYPE, tag });
      expect(await judgeBeside(setUp, image)).toBe(verdict);
    });
  },
);
