import { describe, expect, test } from 'vitest';
import { createDemoRegistry, type DemoRegistry } from '../../../../src/demo/registry/demo-registry.ts';
import { publishImage } from '../../../../src/demo/registry/image.ts';
import { createDemoSigstore } from '../../../../src/demo/sigstore/demo-sigstore.ts';
import { publishBundle, publishLegacy } from '../../../../src/demo/sigstore/publish.ts';
import { generateSigningKey } from '../../../../src/demo/sigstore/signing-key.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const REPOSITORY = 'team/app';

const key = generateSigningKey();
const sigstore = createDemoSigstore();

function json(registry: DemoRegistry, reference: string) {
  const manifest = registry.manifest(REPOSITORY, reference);
  return manifest && JSON.parse(Buffer.from(manifest.bytes).toString('utf8'));
}

describe.each([{ referrersApi: true }, { referrersApi: false }])('$referrersApi', ({ referrersApi }) => {
  test('a bundle is found through the API, or else through the fallback tag', async () => {
    const registry = createDemoRegistry({ referrersApi });
    const place = { registry, repository: REPOSITORY };
    const { digest } = publishImage(place, 'app');
    const bundles = [1, 2].map(() => sigstore.signBundle({ digest, key, log: 'none', timestamp: false }));
    const published = bundles.map((bundle) => publishBundle(place, digest, bundle).digest);

    await registry.start();
    const path = referrersApi ? `referrers/${digest}` : `manifests/${digest.replace(':', '-')}`;
    const response = await fetch(`${registry.url}/v2/${REPOSITORY}/${path}`);
    const { manifests } = (await response.json()) as {
      manifests: { digest: string; artifactType: string }[];
    };
    await registry.close();

    expect(manifests.map((descriptor) => descriptor.digest)).toEqual(published);
    expect(manifests.map((descriptor) => descriptor.artifactType)).toEqual([BUNDLE, BUNDLE]);
    expect(registry.manifest(REPOSITORY, digest.replace(':', '-')) === undefined).toBe(referrersApi);
    for (const [index, bundle] of bundles.entries()) {
      const [layer] = json(registry, published[index] ?? '').layers;
      expect(registry.blob(layer.digest)).toEqual(bundle.bytes);
    }
  });
});

test('legacy signatures gather in one manifest, a layer each', () => {
  const registry = createDemoRegistry();
  const place = { registry, repository: REPOSITORY };
  const { digest } = publishImage(place, 'app');
  const sign = () => sigstore.signLegacy({ digest, dockerReference: 'localhost/team/app', key });
  const [first, second, third] = [sign(), sign(), sign()];
  publishLegacy(place, digest, [first, second]);
  publishLegacy(place, digest, [third]);

  const { layers, config } = json(registry, `${digest.replace(':', '-')}.sig`);
  const annotations = layers.map((layer: { annotations: unknown }) => layer.annotations);
  expect(annotations).toEqual([first.annotations, second.annotations, third.annotations]);
  expect(registry.blob(layers[0].digest)).toEqual(first.payload);
  expect(registry.blob(config.digest)).toBeDefined();
});

test('a bundle needs an image to refer to', () => {
  const registry = createDemoRegistry();
  const digest = `sha256:${'0'.repeat(64)}`;
  const bundle = sigstore.signBundle({ digest, key });

  expect(() => publishBundle({ registry, repository: REPOSITORY }, digest, bundle)).toThrow(
    'has no manifest',
  );
});
