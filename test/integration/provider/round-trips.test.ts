import { afterEach, describe, expect, it } from 'vitest';
import type { RegistryAuthentication } from '../../../src/demo/registry/authentication.ts';
import { createLabRegistry, labCases, labFile } from '../../support/lab-registry.ts';
import { inlineKey, policy, store, trustRoot, verifier, yamlOf } from '../../support/resources.ts';
import { startTestProvider } from '../../support/test-provider.ts';
import { startWaveProxy } from '../../support/wave-proxy.ts';

// What the protocol itself needs, one after the other: a `.sig` is its manifest and the payload, a bundle is the listing,
// its manifest and the bundle; a tag adds one, a first token two (the refusal and the token).

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(
  name: string,
  options: { referrersApi: boolean; authentication?: RegistryAuthentication },
) {
  const labCase = labCases().find((candidate) => candidate.case === name);
  if (labCase === undefined) throw new Error(`no case ${name}`);
  const registry = createLabRegistry(options);
  await registry.start();
  const proxy = await startWaveProxy(registry.url);
  const provider = await startTestProvider(
    yamlOf(
      policy(),
      verifier([
        { name: 'lab', scopes: ['*'], trustRoot: 'lab', tLogVerify: false, keys: [{ provider: 'lab-key' }] },
      ]),
      trustRoot('lab', labFile('trusted_root.json')),
      inlineKey('lab-key', labFile('cosign.pub')),
      store([proxy.host, registry.host].map((host) => ({ host, plainHttp: true }))),
    ),
  );
  closing.push(
    () => registry.close(),
    () => proxy.close(),
    () => provider.close(),
  );
  const image = `${proxy.host}/${labCase.repository}`;
  return {
    registry,
    proxy,
    provider,
    byDigest: `${image}@${labCase.digest}`,
    byTag: `${image}:${labCase.tag}`,
  };
}

describe('round trips to the registry', () => {
  it.each([
    { name: 'l-key-bare', referrersApi: true, needed: 2 },
    { name: 'l-key-bare', referrersApi: false, needed: 2 },
    { name: 'b-key-bare', referrersApi: true, needed: 3 },
    { name: 'b-key-bare', referrersApi: false, needed: 3 },
  ])(
    '$name, referrers API $referrersApi: $needed by digest, one more by tag',
    async ({ name, referrersApi, needed }) => {
      const { proxy, provider, byDigest, byTag } = await start(name, { referrersApi });
      expect(await provider.verify(byDigest)).toMatchObject([{ isSuccess: true }]);
      expect(proxy.waves).toHaveLength(needed);

      const again = await start(name, { referrersApi });
      expect(await again.provider.verify(again.byTag)).toMatchObject([{ isSuccess: true }]);
      expect(again.proxy.waves).toHaveLength(needed + 1);
      expect(again.proxy.waves[0]).toEqual([expect.stringMatching(/^HEAD .*\/manifests\/v1$/)]);
      expect(byTag).not.toBe(byDigest);
    },
  );

  it('a first token adds two: the refusal and the token itself, once for all that is asked', async () => {
    const { proxy, registry, provider, byDigest } = await start('l-key-bare', {
      referrersApi: true,
      authentication: { kind: 'token' },
    });
    expect(await provider.verify(byDigest)).toMatchObject([{ isSuccess: true }]);
    // The token is asked for at the registry's own address, past the proxy.
    expect(proxy.waves).toHaveLength(3);
    expect(registry.requests.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1);
  });

  it('warm: none', async () => {
    const { proxy, provider, byDigest, byTag } = await start('b-key-bare', { referrersApi: true });
    await provider.verify(byDigest, byTag);
    proxy.reset();
    expect(await provider.verify(byDigest, byTag, byDigest)).toMatchObject(
      Array(3).fill({ isSuccess: true }),
    );
    expect(proxy.waves).toEqual([]);
  });

  it('the same image eight times in one request, and in eight requests at once: asked once', async () => {
    const { proxy, provider, byDigest } = await start('b-key-bare', { referrersApi: true });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => provider.verify(...Array(8).fill(byDigest))),
    );
    expect(answers.flat()).toMatchObject(Array(64).fill({ isSuccess: true }));
    const asked = proxy.waves.flat();
    expect(new Set(asked).size).toBe(asked.length);
  });
});
