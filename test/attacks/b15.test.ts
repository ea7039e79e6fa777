import { describe, expect, it } from 'vitest';
import type { CertificateOverrides } from '../../src/demo/sigstore/certificate-authority.ts';
import { createCtLog } from '../../src/demo/sigstore/ct-log.ts';
import { createSigner } from '../../src/demo/sigstore/signer.ts';
import { generateSigningKey } from '../../src/demo/sigstore/signing-key.ts';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';
import * as x509 from '../../src/demo/sigstore/x509.ts';
import { attack } from '../support/attack.ts';
import { createEstablishedSigstore, RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import * as der from '../support/der.ts';
import { annotated, edited } from '../support/forgery.ts';

const SERVER = '1.3.6.1.5.5.7.3.1';
const ANY_USAGE = '2.5.29.37.0';

function critical(oid: string): CertificateOverrides {
  return { extraExtensions: [{ oid, critical: true, value: der.nothing() }] };
}

attack('B15', 'a certificate that is not one for signing code, or that nobody vouches for, would do', () => {
  const setUp = setUpAttack();
  const { ctLog } = setUp.sigstore;
  const attacker = createEstablishedSigstore();
  const foreignLog = createCtLog(() => new Date());
  const otherKey = generateSigningKey();

  const CERTIFICATES: readonly (readonly [string, CertificateOverrides, string])[] = [
    ['no usage', { extendedKeyUsages: [] }, 'CERTIFICATE_INVALID'],
    ['the usage of TLS servers', { extendedKeyUsages: [SERVER] }, 'CERTIFICATE_INVALID'],
    ['the usage of timestamps', { extendedKeyUsages: [x509.OID.timeStamping] }, 'CERTIFICATE_INVALID'],
    ['any usage', { extendedKeyUsages: [ANY_USAGE] }, 'CERTIFICATE_INVALID'],
    ['the rights of an authority', { certificateAuthority: true }, 'CERTIFICATE_INVALID'],
    ['an unknown critical extension', critical('1.2.3.4'), 'CERTIFICATE_INVALID'],
    ['critical name constraints, which nobody checks', critical('2.5.29.30'), 'CERTIFICATE_INVALID'],
    ['no promise of a certificate log', { ctLogs: [] }, 'SCT_INVALID'],
    ['the promise of an unknown log', { ctLogs: [foreignLog] }, 'SCT_INVALID'],
    ['the promise of an unknown log beside a good one', { ctLogs: [ctLog, foreignLog] }, 'SCT_INVALID'],
    [
      'a promise about another certificate',
      { ctLogs: [{ ...ctLog, sign: (_, issuer) => ctLog.sign(Buffer.from('another'), issuer) }] },
      'SCT_INVALID',
    ],
    [
      'a promise about another issuer',
      { ctLogs: [{ ...ctLog, sign: (toBeSigned) => ctLog.sign(toBeSigned, otherKey) }] },
      'SCT_INVALID',
    ],
    [
      'a promise that ends in the middle',
      {
        ctLogs: [{ ...ctLog, sign: (toBeSigned, issuer) => ctLog.sign(toBeSigned, issuer).subarray(0, 60) }],
      },
      'SIGNATURE_MALFORMED',
    ],
  ];

  it('twin: an ordinary certificate, and one with a further usage, are verified', async () => {
    expect(await setUp.judge(setUp.signed())).toBe('verified');
    expect(await setUp.judge(setUp.signed('legacy'))).toBe('verified');
    const image = setUp.image();
    const certificate = { extendedKeyUsages: [x509.OID.codeSigning, SERVER] };
    expect(await setUp.judge(setUp.attach(image, setUp.bundle(image, { certificate })))).toBe('verified');
  });

  it.each(CERTIFICATES)('%s: rejected in both forms', async (_, certificate, code) => {
    const [image, legacy] = [setUp.image(), setUp.image()];
    setUp.attach(image, setUp.bundle(image, { certificate }));
    setUp.attachLegacy(legacy, setUp.legacy(legacy, { certificate }));
    expect(await setUp.judge(image)).toBe(`rejected ${code}`);
    expect(await setUp.judge(legacy)).toBe(`rejected ${code}`);
  });

  describe('a certificate by an authority of the attacker, everything else by the trusted services', () => {
    const authority = attacker.certificateAuthority;
    // The attacker's authority has its certificates logged where the trusted one does.
    const forged = { identity: RELEASE, certificate: { ctLogs: [ctLog] } };

    async function rejected(chainOf: 'annotation' | 'bundle', chain: readonly Buffer[]): Promise<string> {
      const image = setUp.image();
      const lent = createLentSigner();
      if (chainOf === 'annotation') {
        const signature = lent.signLegacy({ ...forged, digest: image.digest, dockerReference: 'app' });
        const pem = chain.map(x509.pemOf).join('');
        return setUp.judge(setUp.attachLegacy(image, annotated(signature, { [ANNOTATION.chain]: pem })));
      }
      const bundle = edited(lent.signBundle({ ...forged, digest: image.digest }), (json) => {
        const { verificationMaterial: material } = json;
        json.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
        const leaf = material.certificate ?? { rawBytes: '' };
        delete material.certificate;
        material.x509CertificateChain = {
          certificates: [leaf, ...chain.map((bytes) => ({ rawBytes: bytes.toString('base64') }))],
        };
      });
      return setUp.judge(setUp.attach(image, bundle));
    }

    function createLentSigner() {
      return createSigner({ ...setUp.sigstore, certificateAuthority: authority, now: () => new Date() });
    }

    it('without its chain, with it in the annotation, with its intermediate in the bundle: rejected', async () => {
      const [intermediate = Buffer.alloc(0)] = authority.chain;
      expect(await rejected('annotation', [])).toBe('rejected CERTIFICATE_UNTRUSTED');
      expect(await rejected('annotation', authority.chain)).toBe('rejected CERTIFICATE_UNTRUSTED');
      expect(await rejected('bundle', [intermediate])).toBe('rejected CERTIFICATE_UNTRUSTED');
    });

    it('with a root of its own in the bundle: rejected', async () => {
      expect(await rejected('bundle', authority.chain)).toBe('rejected SIGNATURE_MALFORMED');
    });

    it('twin: with that authority in the trust root it is verified', async () => {
      const provider = await setUp.another({
        trustPolicies: (host) => [releasePolicy(host)],
        trustRoots: {
          private: JSON.stringify({
            ...JSON.parse(setUp.sigstore.trustedRoot()),
            certificateAuthorities: JSON.parse(attacker.trustedRoot()).certificateAuthorities,
          }),
        },
      });
      const image = setUp.image();
      setUp.attach(image, createLentSigner().signBundle({ ...forged, digest: image.digest }));
      expect(await setUp.judge(image, provider)).toBe('verified');
    });
  });
});
