import { expect, it } from 'vitest';
import { generateSigningKey, sha256 } from '../../src/demo/sigstore/signing-key.ts';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';
import { attack } from '../support/attack.ts';
import { type AttackedImage, RELEASE, setUpAttack } from '../support/attack-set-up.ts';
import * as der from '../support/der.ts';
import { annotated, edited, envelopeOf, messageBundle } from '../support/forgery.ts';
import type { BundleJson } from '../support/private-sigstore.ts';

/** The order of the group of P-256: with s, also n − s is a signature. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other signature over the same bytes by the same key, which anybody can compute. */
function twinOf(signature: Buffer): Buffer {
  const rLength = signature.readUInt8(3);
  const r = signature.subarray(4, 4 + rLength);
  const s = signature.subarray(6 + rLength);
  const other = (N - BigInt(`0x${s.toString('hex')}`)).toString(16).padStart(64, '0');
  return der.sequence(unsigned(r), unsigned(Buffer.from(other, 'hex')));
}

/** INTEGER, with a zero before it where the highest bit is set, and none where it isn't. */
function unsigned(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(start);
  const padded = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : Buffer.from(digits);
  return Buffer.concat([Buffer.of(0x02, padded.length), padded]);
}

attack('B14', 'a signature would count over another digest than that of what was signed', () => {
  const setUp = setUpAttack();
  const rsa = generateSigningKey('rsa-2048');

  function manifestOf({ registry, repository, digest }: AttackedImage): Uint8Array {
    return registry.manifest(repository, digest)?.bytes ?? Buffer.alloc(0);
  }

  /** Over the manifest of the image itself; RSA, since only its signatures can be verified from a digest. */
  function overManifest(
    image: AttackedImage,
    change: (bundle: BundleJson) => void = () => {},
  ): AttackedImage {
    const request = { message: manifestOf(image), key: rsa, identity: RELEASE };
    return setUp.attach(image, edited(messageBundle(setUp.sigstore, request), change));
  }

  function withDigest(algorithm: string, digest: Buffer) {
    return ({ messageSignature }: BundleJson): void => {
      if (messageSignature === undefined) throw new Error('no message signature');
      messageSignature.messageDigest = { algorithm, digest: digest.toString('base64') };
    };
  }

  it('twin: a signature over the manifest itself is verified', async () => {
    expect(await setUp.judge(overManifest(setUp.image()))).toBe('verified');
  });

  it.each<[string, (bundle: BundleJson) => void]>([
    ['of something else', withDigest('SHA2_256', sha256('something else'))],
    ['that is cut short', withDigest('SHA2_256', sha256('x').subarray(0, 16))],
    ['that is called another one', withDigest('SHA2_512', sha256('x'))],
  ])('a message digest %s is rejected', async (_, change) => {
    expect(await setUp.judge(overManifest(setUp.image(), change))).toBe('rejected SUBJECT_MISMATCH');
  });

  it('a signature over another manifest with the digest of this one is rejected', async () => {
    const image = setUp.image();
    const message = manifestOf(setUp.image());
    const foreign = messageBundle(setUp.sigstore, { message, key: rsa, identity: RELEASE });
    const hex = image.digest.slice('sha256:'.length);
    setUp.attach(image, edited(foreign, withDigest('SHA2_256', Buffer.from(hex, 'hex'))));
    expect(await setUp.judge(image)).toBe('rejected SIGNATURE_INVALID');
    const plain = setUp.image();
    setUp.attach(plain, foreign);
    expect(await setUp.judge(plain)).toBe('rejected SUBJECT_MISMATCH');
  });

  it('the other signature that ECDSA allows is not the one that was logged and timestamped', async () => {
    for (const form of ['bundle', 'legacy'] as const) {
      const image = setUp.image();
      if (form === 'bundle') {
        const bundle = edited(setUp.bundle(image), (json) => {
          const { envelope, signature } = envelopeOf(json);
          envelope.signatures = [{ sig: twinOf(signature).toString('base64') }];
        });
        setUp.attach(image, bundle);
      } else {
        const honest = setUp.legacy(image);
        const signature = Buffer.from(honest.annotations[ANNOTATION.signature] ?? '', 'base64');
        const other = twinOf(signature).toString('base64');
        setUp.attachLegacy(image, annotated(honest, { [ANNOTATION.signature]: other }));
      }
      const code = form === 'bundle' ? 'TIMESTAMP_INVALID' : 'LOG_ENTRY_MISMATCH';
      expect(await setUp.judge(image)).toBe(`rejected ${code}`);
    }
  });
});
