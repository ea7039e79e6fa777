import { expect, it } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../src/demo/sigstore/certificate-authority.ts';
import { createSigner } from '../../src/demo/sigstore/signer.ts';
import { attack } from '../support/attack.ts';
import {
  changedRoot,
  createEstablishedSigstore,
  RELEASE,
  releasePolicy,
  setUpAttack,
} from '../support/attack-set-up.ts';

const YEAR = 365 * 24 * 3_600_000;
const MINUTE = 60_000;

/** How long ago an authority was established whose intermediate lives ten years and whose root lives twenty. */
const ESTABLISHED: readonly (readonly [string, number, string])[] = [
  ['young', MINUTE, 'verified'],
  ['old', 9 * YEAR, 'verified'],
  ['intermediate-expired', 11 * YEAR, 'rejected CERTIFICATE_EXPIRED'],
  ['root-expired', 21 * YEAR, 'rejected CERTIFICATE_EXPIRED'],
  ['not-yet-valid', -60 * MINUTE, 'rejected CERTIFICATE_EXPIRED'],
];

attack('B9', 'a certificate would count whose issuer was no longer, or not yet, valid when it signed', () => {
  const now = () => new Date();
  const sigstore = createEstablishedSigstore();
  const authorities = new Map(
    ESTABLISHED.map(([name, age]) => {
      const established = new Date(Date.now() - age);
      return [name, createCertificateAuthority(sigstore.ctLog, () => established)];
    }),
  );
  const rootOf = ({ chain }: CertificateAuthority): string =>
    changedRoot(sigstore, (root) => {
      for (const authority of root.certificateAuthorities) {
        authority.validFor = { start: '2000-01-01T00:00:00Z' };
        authority.certChain.certificates = chain.map((der) => ({ rawBytes: der.toString('base64') }));
      }
    });
  const setUp = setUpAttack({
    sigstore,
    trustRoots: {
      private: sigstore.trustedRoot(),
      ...Object.fromEntries(Array.from(authorities, ([name, authority]) => [name, rootOf(authority)])),
    },
    trustPolicies: (host) => [
      releasePolicy(host, { scopes: [`${host}/acme/*`] }),
      ...Array.from(authorities.keys(), (name) =>
        releasePolicy(host, { name, scopes: [`${host}/${name}`], trustRoot: name }),
      ),
    ],
  });

  it.each(ESTABLISHED)('an authority that is %s', async (name, _, verdict) => {
    const certificateAuthority = authorities.get(name) ?? sigstore.certificateAuthority;
    const signer = createSigner({ ...sigstore, certificateAuthority, now });
    const [image, legacy] = [setUp.image(name), setUp.image(name)];
    const request = { identity: RELEASE, certificate: { notBefore: now() } };
    setUp.attach(image, signer.signBundle({ ...request, digest: image.digest }));
    setUp.attachLegacy(
      legacy,
      signer.signLegacy({ ...request, digest: legacy.digest, dockerReference: name }),
    );
    expect(await setUp.judge(image)).toBe(verdict);
    expect(await setUp.judge(legacy)).toBe(verdict);
  });

  it.each([
    ['no longer valid', { notBefore: new Date(Date.now() - 60 * MINUTE) }],
    ['not yet valid', { notBefore: new Date(Date.now() + 60 * MINUTE) }],
  ])('a leaf that was %s when it signed is rejected', async (_, certificate) => {
    const image = setUp.image();
    setUp.attach(image, setUp.bundle(image, { certificate }));
    expect(await setUp.judge(image)).toBe('rejected CERTIFICATE_EXPIRED');
    const legacy = setUp.image();
    setUp.attachLegacy(legacy, setUp.legacy(legacy, { certificate }));
    expect(await setUp.judge(legacy)).toBe('rejected CERTIFICATE_EXPIRED');
  });
});
