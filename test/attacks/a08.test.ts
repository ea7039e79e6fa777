import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { RELEASE, setUpAttack } from '../support/attack-set-up.ts';

const PROVENANCE = 'https://slsa.dev/provenance/v1';
const SBOM = 'https://cyclonedx.org/bom';

attack('A8', 'an attestation of any kind, by anybody or by nobody, would stand in for a signature', () => {
  const any = setUpAttack({ mode: 'any' });
  const all = setUpAttack({ mode: 'all', sigstore: any.sigstore });
  const tags = setUpAttack({ registry: { referrersApi: false }, sigstore: any.sigstore });
  const setUps = [any, all, tags];

  function attest(setUp: typeof any, image: ReturnType<typeof any.image>, predicateType: string): void {
    const { digest } = image;
    setUp.attach(image, setUp.sigstore.attest({ digest, predicateType, predicate: {}, identity: RELEASE }));
  }

  it('twin: with a signature beside its attestations the image is verified', async () => {
    for (const setUp of setUps) {
      const image = setUp.signed();
      for (const type of [PROVENANCE, SBOM]) attest(setUp, image, type);
      expect(await setUp.judge(image)).toBe('verified');
    }
  });

  it('attestations alone, by the very signer that is trusted, are rejected', async () => {
    for (const setUp of setUps) {
      const image = setUp.image();
      for (const type of [PROVENANCE, SBOM]) attest(setUp, image, type);
      expect(await setUp.judge(image)).toBe('rejected ATTESTATION_ONLY');
    }
  });

  it('an attestation in the old form, under the .att tag, is rejected', async () => {
    const image = any.image();
    const attested = any.attachLegacy(any.image(), any.legacy(image));
    const manifest = any.registry.manifest(attested.repository, `${attested.digest.replace(':', '-')}.sig`);
    if (manifest === undefined) throw new Error('nothing was published');
    any.registry.push(image.repository, { ...manifest, tag: `${image.digest.replace(':', '-')}.att` });
    expect(await any.judge(image)).toBe('rejected SIGNATURE_NOT_FOUND');
  });

  it('an empty list of signatures is rejected: nothing satisfies nobody', async () => {
    for (const setUp of setUps) {
      const image = setUp.attachLegacy(setUp.image());
      expect(await setUp.judge(image)).toBe('rejected SIGNATURE_NOT_FOUND');
    }
  });
});
