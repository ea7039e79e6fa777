import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { type AttackedImage, type AttackSetUp, RELEASE, setUpAttack } from '../support/attack-set-up.ts';

const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';
const PREDICATES = [
  'https://slsa.dev/provenance/v1',
  'https://spdx.dev/Document',
  'https://cyclonedx.org/bom',
  'https://in-toto.io/attestation/vulns',
  'https://cosign.sigstore.dev/attestation/v1',
];

attack('A10', 'what the release workflow says about an image would count as its consent, or hide it', () => {
  const setUp = setUpAttack();
  const tags = setUpAttack({ registry: { referrersApi: false }, sigstore: setUp.sigstore });

  function attest(at: AttackSetUp, image: AttackedImage, predicateType: string, hint = predicateType) {
    const bundle = at.sigstore.attest({
      digest: image.digest,
      predicateType,
      predicate: {},
      identity: RELEASE,
    });
    return at.attach(image, { ...bundle, predicateType: hint });
  }

  it('twin: signed and attested is verified', async () => {
    expect(await setUp.judge(attest(setUp, setUp.signed(), 'https://slsa.dev/provenance/v1'))).toBe(
      'verified',
    );
  });

  it.each(PREDICATES)('an attestation %s alone is rejected', async (predicateType) => {
    expect(await setUp.judge(attest(setUp, setUp.image(), predicateType))).toBe('rejected ATTESTATION_ONLY');
    expect(await tags.judge(attest(tags, tags.image(), predicateType))).toBe('rejected ATTESTATION_ONLY');
  });

  it('an attestation whose manifest says that it is a signature is rejected', async () => {
    const image = attest(setUp, setUp.image(), 'https://slsa.dev/provenance/v1', SIGNATURE);
    expect(await setUp.judge(image)).toBe('rejected ATTESTATION_ONLY');
  });

  it('a signature whose manifest says that it is an attestation is verified: nobody signed the manifest', async () => {
    const image = setUp.image();
    setUp.attach(image, { ...setUp.bundle(image), predicateType: 'https://slsa.dev/provenance/v1' });
    expect(await setUp.judge(image)).toBe('verified');
  });

  it('a bundle that is an attestation does not hide a good signature of the old form', async () => {
    for (const at of [setUp, tags]) {
      const image = at.signed('legacy');
      for (const predicateType of PREDICATES) attest(at, image, predicateType);
      expect(await at.judge(image)).toBe('verified');
    }
  });
});
