import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoRegistry, type DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import { type Place, publishImage } from '../../../src/demo/registry/image.ts';
import { createDemoSigstore } from '../../../src/demo/sigstore/demo-sigstore.ts';
import { githubIdentity, type Identity } from '../../../src/demo/sigstore/identity.ts';
import { publishBundle, publishLegacy } from '../../../src/demo/sigstore/publish.ts';
import { policy, store, trustRoot, verifier, yamlOf } from '../../support/resources.ts';
import { startTestProvider, type TestProvider } from '../../support/test-provider.ts';

// What a person who writes policies wants to be sure of, over the whole path.

const RELEASE: Identity = githubIdentity({ repository: 'acme/app', path: '.github/workflows/release.yml' });
const EVIL: Identity = githubIdentity({ repository: 'acme/app-evil', path: '.github/workflows/release.yml' });
const OTHER_ISSUER: Identity = { ...RELEASE, issuer: 'https://issuer.example' };

const sigstore = createDemoSigstore();

let registry: DemoRegistry;
let images = 0;

/** A new image in a repository of its own. */
function image(repository = `team/image-${++images}`): Place & { digest: string; key: string } {
  const place = { registry, repository };
  const { digest } = publishImage(place, `${repository} ${images}`, 'v1');
  return { ...place, digest, key: `${registry.host}/${repository}@${digest}` };
}

function bundle(place: ReturnType<typeof image>, identity = RELEASE): void {
  publishBundle(place, place.digest, sigstore.signBundle({ digest: place.digest, identity }));
}

function legacy(place: ReturnType<typeof image>, ...identities: readonly Identity[]): void {
  const { digest, repository } = place;
  const signatures = identities.map((identity) =>
    sigstore.signLegacy({ digest, dockerReference: repository, identity }),
  );
  publishLegacy(place, digest, signatures);
}

const keyless = { certificateIdentity: RELEASE.subject, certificateOIDCIssuer: RELEASE.issuer };

function configuration(mode: 'any' | 'all', ...others: readonly unknown[]): string {
  return yamlOf(
    policy(mode),
    verifier([{ name: 'release', scopes: [`${registry.host}/*`], trustRoot: 'demo', keyless }]),
    trustRoot('demo', sigstore.trustedRoot()),
    store([{ host: registry.host, plainHttp: true }]),
    ...others,
  );
}

beforeAll(async () => {
  registry = createDemoRegistry();
  await registry.start();
});

afterAll(() => registry.close());

async function withProvider(yaml: string, use: (provider: TestProvider) => Promise<void>): Promise<void> {
  const provider = await startTestProvider(yaml);
  try {
    await use(provider);
  } finally {
    await provider.close();
  }
}

describe.each(['any', 'all'] as const)('several signatures under %s', (mode) => {
  const mixed = mode === 'any';

  it.each([
    { what: '[valid, invalid]', identities: [RELEASE, EVIL] },
    { what: '[invalid, valid]', identities: [EVIL, RELEASE] },
  ])('A6: $what in one .sig manifest', async ({ identities }) => {
    const place = image();
    legacy(place, ...identities);
    await withProvider(configuration(mode), async (provider) => {
      const [value] = await provider.verify(place.key);
      expect(value).toMatchObject({
        isSuccess: mixed,
        errors: [],
        ...(!mixed && { code: 'IDENTITY_MISMATCH' }),
      });
      expect(value?.verifierReports.length).toBeGreaterThan(0);
    });
  });

  it('A6: legacy and bundle together, one of them by somebody else', async () => {
    const goodLegacy = image();
    legacy(goodLegacy, RELEASE);
    bundle(goodLegacy, EVIL);
    const goodBundle = image();
    legacy(goodBundle, EVIL);
    bundle(goodBundle, RELEASE);
    const both = image();
    legacy(both, RELEASE);
    bundle(both, RELEASE);
    await withProvider(configuration(mode), async (provider) => {
      const values = await provider.verify(goodLegacy.key, goodBundle.key, both.key);
      expect(values.map(({ isSuccess }) => isSuccess)).toEqual([mixed, mixed, true]);
    });
  });

  it('A10: an attestation beside a good signature takes no part', async () => {
    const place = image();
    bundle(place);
    const { digest } = place;
    const attestation = {
      digest,
      name: place.repository,
      predicateType: 'https://spdx.dev/Document',
      predicate: {},
    };
    publishBundle(place, digest, sigstore.attest({ ...attestation, identity: EVIL }));
    await withProvider(configuration(mode), async (provider) => {
      expect(await provider.verify(place.key)).toMatchObject([{ isSuccess: true }]);
    });
  });
});

describe('one signature', () => {
  it('B1: copied from another image, as bundle and as .sig', async () => {
    const signed = image();
    const [copiedBundle, copiedLegacy] = [image(), image()];
    const { digest } = signed;
    publishBundle(copiedBundle, copiedBundle.digest, sigstore.signBundle({ digest, identity: RELEASE }));
    publishLegacy(copiedLegacy, copiedLegacy.digest, [
      sigstore.signLegacy({ digest, dockerReference: copiedLegacy.repository, identity: RELEASE }),
    ]);
    await withProvider(configuration('any'), async (provider) => {
      const expected = { isSuccess: false, code: 'SUBJECT_MISMATCH', errors: [] };
      expect(await provider.verify(copiedBundle.key, copiedLegacy.key)).toMatchObject([expected, expected]);
    });
  });

  it('A1, A4: by a workflow of repo-evil, and by the right name from another issuer', async () => {
    const [evil, otherIssuer] = [image(), image()];
    bundle(evil, EVIL);
    bundle(otherIssuer, OTHER_ISSUER);
    await withProvider(configuration('any'), async (provider) => {
      const values = await provider.verify(evil.key, otherIssuer.key);
      expect(values.map(({ code }) => code)).toEqual(['IDENTITY_MISMATCH', 'ISSUER_MISMATCH']);
      // What was found and what was expected, with the image first: an audit keeps 256 bytes.
      expect(values[0]?.message).toContain(EVIL.subject);
      expect(values[0]?.verifierReports[0]?.errorReason).toContain(RELEASE.subject);
    });
  });

  it('a policy for a repository does not govern one whose name begins the same', async () => {
    const [app, evil] = [image('team/repo'), image('team/repo-evil')];
    bundle(app);
    bundle(evil);
    const yaml = yamlOf(
      policy(),
      verifier([{ name: 'repo', scopes: [`${registry.host}/team/repo`], trustRoot: 'demo', keyless }]),
      trustRoot('demo', sigstore.trustedRoot()),
      store([{ host: registry.host, plainHttp: true }]),
    );
    await withProvider(yaml, async (provider) => {
      const [first, second] = await provider.verify(app.key, evil.key);
      expect(first).toMatchObject({ isSuccess: true });
      expect(second).toMatchObject({ isSuccess: false, code: 'NO_MATCHING_POLICY' });
      expect(second?.message).toContain('team/repo');
    });
  });
});

describe('a policy for one digest', () => {
  it('governs it under whatever tag it is asked for, and may demand the digest', async () => {
    const [pinned, trusting] = [image('team/pinned'), image('team/trusting')];
    bundle(pinned);
    bundle(trusting, EVIL);
    const scope = (place: ReturnType<typeof image>) => `${registry.host}/${place.repository}`;
    const common = { trustRoot: 'demo', keyless };
    const yaml = yamlOf(
      policy(),
      verifier([
        { ...common, name: 'repositories', scopes: [scope(pinned), scope(trusting)] },
        { ...common, name: 'pinned', scopes: [`${scope(pinned)}@${pinned.digest}`], requireDigest: true },
        {
          name: 'evil',
          scopes: [`${scope(trusting)}@${trusting.digest}`],
          trustRoot: 'demo',
          keyless: { ...keyless, certificateIdentity: EVIL.subject },
        },
      ]),
      trustRoot('demo', sigstore.trustedRoot()),
      store([{ host: registry.host, plainHttp: true }]),
    );
    await withProvider(yaml, async (provider) => {
      const values = await provider.verify(
        `${scope(pinned)}:v1`,
        pinned.key,
        `${scope(trusting)}:v1`,
        trusting.key,
      );
      expect(values.map(({ isSuccess }) => isSuccess)).toEqual([false, true, true, true]);
      expect(values[0]).toMatchObject({ code: 'TAG_NOT_PINNED', errors: [] });
    });
  });
});

describe('tenants', () => {
  it('F1: the same image under two namespaces has the verdict of each', async () => {
    const place = image();
    bundle(place, EVIL);
    const trusting = verifier(
      [
        {
          name: 'tenant',
          scopes: [`${registry.host}/*`],
          trustRoot: 'demo',
          keyless: { ...keyless, certificateIdentity: EVIL.subject },
        },
      ],
      'verifier-tenant',
      'team-a',
    );
    await withProvider(configuration('any', trusting), async (provider) => {
      const keys = [`[team-a]${place.key}`, `[team-b]${place.key}`, place.key, `[team-a]${place.key}`];
      for (let round = 0; round < 2; round += 1) {
        const values = await provider.verify(...keys);
        expect(values.map(({ isSuccess }) => isSuccess)).toEqual([true, false, false, true]);
      }
    });
  });
});
