import { describe, expect, it } from 'vitest';
import type { StoredManifest } from '../../src/demo/registry/content-store.ts';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { descriptorOf, INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { publishBundle } from '../../src/demo/sigstore/publish.ts';
import { attack } from '../support/attack.ts';
import type { AttackedImage, AttackSetUp } from '../support/attack-set-up.ts';
import {
  judgeBeside,
  manifestAnswer,
  type Step,
  setUpHostileRegistry,
  stored,
  tagOf,
} from '../support/hostile-registry.ts';

/** What a registry could list as attached to an image that nobody signed. */
const LISTED: readonly {
  readonly name: string;
  readonly code: string;
  readonly publish: (setUp: AttackSetUp, image: AttackedImage) => StoredManifest;
}[] = [
  {
    name: "another image's signature",
    code: 'SUBJECT_MISMATCH',
    publish(setUp, { repository }) {
      const other = setUp.image(repository);
      return publishBundle(other, other.digest, setUp.bundle(other));
    },
  },
  {
    name: 'a signature of this image under the subject of another',
    code: 'SUBJECT_MISMATCH',
    publish(setUp, image) {
      const other = setUp.image(image.repository);
      return publishBundle(other, other.digest, setUp.bundle(image));
    },
  },
  {
    name: 'a signature without subject',
    code: 'SUBJECT_MISMATCH',
    publish(setUp, image) {
      const other = setUp.image(image.repository);
      const { bytes } = publishBundle(other, other.digest, setUp.bundle(image));
      const { subject: _, ...manifest } = JSON.parse(Buffer.from(bytes).toString());
      return setUp.registry.push(image.repository, {
        bytes: Buffer.from(JSON.stringify(manifest)),
        mediaType: MANIFEST_MEDIA_TYPE,
      });
    },
  },
  {
    name: 'the image itself',
    code: 'SIGNATURE_NOT_FOUND',
    publish: (_, image) => stored(image),
  },
  {
    name: 'a signed image',
    code: 'SIGNATURE_NOT_FOUND',
    publish: (setUp, { repository }) => stored(setUp.signed('bundle', repository)),
  },
  {
    name: 'an index',
    code: 'SIGNATURE_MALFORMED',
    publish: (setUp, image) => index(setUp, image.repository, [descriptorOf(stored(image))]),
  },
];

function index(setUp: AttackSetUp, repository: string, manifests: readonly object[], tag?: string) {
  return setUp.registry.push(repository, {
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests })),
    mediaType: INDEX_MEDIA_TYPE,
    ...(tag !== undefined && { tag }),
  });
}

attack('C8', 'a listing that anybody can write would make the signature of one image that of another', () => {
  describe.each([true, false])('referrers API: %j', (referrersApi) => {
    const { setUp, hostile } = setUpHostileRegistry({ registry: { referrersApi } });
    const step: Step = referrersApi ? 'referrers' : 'fallback-tag';
    let count = 0;

    function list(image: AttackedImage, ...listed: readonly StoredManifest[]): void {
      const manifests = listed.map(descriptorOf);
      hostile.misbehave(
        image.repository,
        step,
        manifestAnswer(index(setUp, image.repository, manifests), { 'docker-content-digest': '' }),
      );
    }

    it.each(LISTED)('$name', async ({ code, publish }) => {
      count += 1;
      const image = setUp.image(`acme/c08-${count}`);
      list(image, publish(setUp, image));
      expect(await judgeBeside(setUp, image)).toBe(`rejected ${code}`);
    });

    it('twin: foreign entries take nothing from an honest one', async () => {
      const image = setUp.image('acme/c08-honest');
      const foreign = LISTED.map(({ publish }) => publish(setUp, image));
      list(image, ...foreign, publishBundle(image, image.digest, setUp.bundle(image)));
      expect(await judgeBeside(setUp, image)).toBe('verified');
    });

    it('a .sig tag that leads to an index', async () => {
      const image = setUp.image('acme/c08-sig-index');
      const other = setUp.signed('legacy', image.repository);
      index(
        setUp,
        image.repository,
        [descriptorOf(stored(other, tagOf(other, '.sig')))],
        tagOf(image, '.sig'),
      );
      expect(await judgeBeside(setUp, image)).toBe('rejected SIGNATURE_MALFORMED');
    });

    it('a .sig tag that leads to an image', async () => {
      const image = setUp.image('acme/c08-sig-image');
      setUp.registry.push(image.repository, { ...stored(image), tag: tagOf(image, '.sig') });
      expect(await judgeBeside(setUp, image)).toBe('rejected SIGNATURE_NOT_FOUND');
    });
  });

  describe('a fallback tag', () => {
    const { setUp } = setUpHostileRegistry({ registry: { referrersApi: false } });

    it('that leads to an image, signed or not, lists nothing', async () => {
      const image = setUp.image('acme/c08-fallback');
      const other = setUp.signed('bundle', image.repository);
      setUp.registry.push(image.repository, { ...stored(other), tag: tagOf(image, '') });
      expect(await judgeBeside(setUp, image)).toBe('rejected SIGNATURE_NOT_FOUND');
    });
  });
});
