import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import {
  CONNAISSEUR,
  createPublicRegistry,
  hasPublicImages,
  KUBEWARDEN,
  SLSA,
  spoil,
} from '../../support/public-images.ts';
import { policy, store, verifier, yamlOf } from '../../support/resources.ts';
import { startTestProvider, type TestProvider } from '../../support/test-provider.ts';

// Images that their projects signed in public, against the embedded public-good trust root. Their registries are mapped
// to a local one by `endpoint`; the identity stays that of the host.

const WORKFLOWS = 'https://token.actions.githubusercontent.com';

function configuration(registry: DemoRegistry): string {
  const keyless = (name: string, scope: string, issuer: string, identity: string) => ({
    name,
    scopes: [scope],
    keyless: { certificateOIDCIssuer: issuer, certificateIdentity: identity },
  });
  return yamlOf(
    policy(),
    verifier([
      keyless(
        'connaisseur',
        CONNAISSEUR.name,
        'https://github.com/login/oauth',
        'philipp.belitz@securesystems.de',
      ),
      keyless(
        'kubewarden',
        KUBEWARDEN.name,
        WORKFLOWS,
        'https://github.com/kubewarden/kubewarden-controller/.github/workflows/release.yml@refs/tags/v1.34.0',
      ),
      {
        name: 'slsa',
        scopes: ['ghcr.io/slsa-framework/*'],
        keyless: {
          identities: [{ issuer: WORKFLOWS, identityRegExp: 'https://github.com/slsa-framework/.*' }],
        },
      },
    ]),
    store(['docker.io', 'ghcr.io'].map((host) => ({ host, endpoint: registry.url }))),
  );
}

describe.skipIf(!hasPublicImages)('public images (skipped where ../shared/testdata is absent)', () => {
  let registry: DemoRegistry;
  let provider: TestProvider;

  beforeAll(async () => {
    registry = createPublicRegistry();
    await registry.start();
    provider = await startTestProvider(configuration(registry));
  });

  afterAll(async () => {
    await provider.close();
    await registry.close();
  });

  it('connaisseur: a legacy keyless signature, by digest and by tag', async () => {
    const values = await provider.verify(
      `phbelitz/rekor-test@${CONNAISSEUR.digest}`,
      'phbelitz/rekor-test:signed',
    );
    for (const value of values) {
      expect(value).toMatchObject({ isSuccess: true, subject: `${CONNAISSEUR.name}@${CONNAISSEUR.digest}` });
      expect(value.verifierReports[0]?.extensions?.signatures[0]?.signer).toMatchObject({
        identity: 'philipp.belitz@securesystems.de',
        issuer: 'https://github.com/login/oauth',
      });
      expect(value.verifierReports[0]?.extensions?.signatures[0]?.logEntries).toMatchObject([
        { logIndex: '98235800' },
      ]);
    }
  });

  it('kubewarden: a bundle as cosign 3 writes it', async () => {
    const [value] = await provider.verify(`${KUBEWARDEN.name}@${KUBEWARDEN.digest}`);
    expect(value).toMatchObject({ isSuccess: true });
  });

  it('A10: slsa: what is attested is not signed', async () => {
    const [value] = await provider.verify(`${SLSA.name}@${SLSA.digest}`);
    expect(value).toMatchObject({ isSuccess: false, code: 'SIGNATURE_NOT_FOUND', errors: [] });
  });

  it('one flipped bit in what was signed is rejected', async () => {
    const spoiled = createPublicRegistry(spoil);
    await spoiled.start();
    const other = await startTestProvider(configuration(spoiled));
    const values = await other.verify(
      `${CONNAISSEUR.name}@${CONNAISSEUR.digest}`,
      `${KUBEWARDEN.name}@${KUBEWARDEN.digest}`,
    );
    await other.close();
    await spoiled.close();
    for (const value of values) expect(value).toMatchObject({ isSuccess: false, errors: [] });
  });
});
