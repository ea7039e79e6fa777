import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import type { VerificationValue } from '../../../src/server/response-item.ts';
import { type LabChange, labConfiguration } from '../../support/lab-configuration.ts';
import { createLabRegistry, type LabCase, labCases } from '../../support/lab-registry.ts';
import { startTestProvider, type TestProvider } from '../../support/test-provider.ts';

// What the real cosign 3 and 2 wrote, judged over the whole path: HTTPS request, registry on a socket, verification.

const cases = labCases();

const isSignature = ({ kind }: LabCase): boolean => kind !== 'attestation';
const isKeyless = ({ signers: [signer] }: LabCase): boolean => signer !== undefined && 'issuer' in signer;

describe.each([
  { registry: 'with a referrers API', referrersApi: true },
  { registry: 'without a referrers API', referrersApi: false },
])('cosign-lab, $registry', ({ referrersApi }) => {
  let registry: DemoRegistry;
  let providers: Record<'right' | 'identity' | 'issuer' | 'key', TestProvider>;

  beforeAll(async () => {
    registry = createLabRegistry({ referrersApi });
    await registry.start();
    const start = (change: LabChange) => startTestProvider(labConfiguration(registry.host, change));
    const [right, identity, issuer, key] = await Promise.all([
      start({}),
      start({ identity: 'mallory@example.com' }),
      start({ issuer: 'https://issuer.example' }),
      start({ key: 'other-key' }),
    ]);
    providers = { right, identity, issuer, key };
  });

  afterAll(async () => {
    await Promise.all(Object.values(providers).map((provider) => provider.close()));
    await registry.close();
  });

  async function judge(
    provider: TestProvider,
    { repository, digest, tag }: LabCase,
  ): Promise<VerificationValue[]> {
    const image = `${registry.host}/${repository}`;
    return [...(await provider.verify(`${image}@${digest}`, `${image}:${tag}`))];
  }

  it('has all 28 images', () => {
    expect(cases).toHaveLength(28);
  });

  it.each(cases.filter(isSignature))(
    '$case, $form by $signedBy: verified by digest and by tag',
    async (labCase) => {
      const [byDigest, byTag] = await judge(providers.right, labCase);
      for (const value of [byDigest, byTag]) {
        expect(value).toMatchObject({ isSuccess: true, errors: [], system_error: '' });
        expect(value).not.toHaveProperty('code');
        expect(value?.subject).toBe(`${registry.host}/${labCase.repository}@${labCase.digest}`);
      }
    },
  );

  it.each(cases.filter((labCase) => !isSignature(labCase)))(
    'A8, A10: $case, $form: an attestation is no signature',
    async (labCase) => {
      const code = labCase.form === 'bundle' ? 'ATTESTATION_ONLY' : 'SIGNATURE_NOT_FOUND';
      for (const value of await judge(providers.right, labCase)) {
        expect(value).toMatchObject({ isSuccess: false, code, errors: [], system_error: '' });
      }
    },
  );

  it.each(cases.filter(isSignature).filter(isKeyless))(
    '$case: rejected for another identity and for another issuer',
    async (labCase) => {
      for (const value of await judge(providers.identity, labCase)) {
        expect(value).toMatchObject({ isSuccess: false, code: 'IDENTITY_MISMATCH', errors: [] });
      }
      for (const value of await judge(providers.issuer, labCase)) {
        expect(value).toMatchObject({ isSuccess: false, code: 'ISSUER_MISMATCH', errors: [] });
      }
    },
  );

  it.each(cases.filter(isSignature).filter((labCase) => !isKeyless(labCase)))(
    '$case: rejected for another key',
    async (labCase) => {
      for (const value of await judge(providers.key, labCase)) {
        expect(value).toMatchObject({ isSuccess: false, code: 'KEY_MISMATCH', errors: [] });
      }
    },
  );

  it('m-multi: each of its signers is enough under any', async () => {
    const multi = cases.filter(({ case: name }) => name === 'm-multi');
    for (const index of [0, 1, 2]) {
      const yaml = labConfiguration(registry.host, {}, ({ case: name, signers }) =>
        name === 'm-multi' ? signers[index] : undefined,
      );
      const provider = await startTestProvider(yaml);
      const values = await Promise.all(multi.map((labCase) => judge(provider, labCase)));
      await provider.close();
      expect(values.flat().map(({ isSuccess }) => isSuccess)).toEqual([true, true]);
    }
  });
});
