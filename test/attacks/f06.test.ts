import { expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { limits } from '../../src/limits.ts';
import { attack } from '../support/attack.ts';
import type { AttackedImage } from '../support/attack-set-up.ts';
import { setUpHostileRegistry, stored } from '../support/hostile-registry.ts';

// The caches are in memory and can't fail to be written, only to keep. What they can't keep is asked for again.
attack('F6', 'a cache that can not keep something would turn a good verdict into a refusal', () => {
  const { setUp, hostile } = setUpHostileRegistry({
    flags: { cacheSize: '1', verifiedTtl: '0', rejectedTtl: '0', tagTtl: '0' },
  });

  /** The manifest of the signature is as large as one may be: three of them are more than the cache keeps. */
  function withLargeManifest(image: AttackedImage): AttackedImage {
    const bundle = setUp.registry.pushBlob(
      setUp.bundle(image).bytes,
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    );
    const { digest, mediaType, bytes } = stored(image);
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_MEDIA_TYPE,
      artifactType: bundle.mediaType,
      config: { mediaType: 'application/vnd.oci.empty.v1+json' },
      layers: [bundle],
      subject: { digest, mediaType, size: bytes.length },
      annotations: { padding: 'x'.repeat(limits.signatureManifest - 8 * 1024) },
    };
    setUp.registry.push(image.repository, {
      bytes: Buffer.from(JSON.stringify(manifest)),
      mediaType: MANIFEST_MEDIA_TYPE,
    });
    return image;
  }

  it('twin: with a cache that keeps everything', async () => {
    const provider = await setUp.another({ flags: { cacheSize: '64' } });
    const image = withLargeManifest(setUp.image('acme/f06-twin'));
    expect(await setUp.judge(image, provider)).toBe('verified');
    const asked = hostile.seen('acme/f06-twin').length;
    expect(await setUp.judge(image, provider)).toBe('verified');
    expect(hostile.seen('acme/f06-twin')).toHaveLength(asked);
  });

  it('what does not fit is asked for again, each time, with the same verdict', async () => {
    const images = ['acme/f06-1', 'acme/f06-2', 'acme/f06-3'].map((name) =>
      withLargeManifest(setUp.image(name)),
    );
    for (let round = 1; round <= 3; round += 1) {
      for (const image of images) {
        expect(await setUp.judge(image)).toBe('verified');
        expect(hostile.seen(image.repository, 'referrer')).toHaveLength(round);
      }
    }
  });
});
