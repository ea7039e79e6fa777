import { describe, expect, it } from 'vitest';
import { generateSigningKey } from '../../../src/demo/sigstore/signing-key.ts';
import { readSigningCertificate } from '../../../src/sigstore/certificate.ts';
import { ALICE, PrivateSigstore } from '../../support/private-sigstore.ts';

const ECDSA_WITH_SHA384 = Buffer.from('06082a8648ce3d040303', 'hex');
const certificate = new PrivateSigstore().services.certificateAuthority.issue(ALICE, generateSigningKey());
/** The second one: the first stands in the part that is signed. */
const algorithm = certificate.lastIndexOf(ECDSA_WITH_SHA384);
const signature = algorithm + ECDSA_WITH_SHA384.length;

function changed(position: number, byte: number): Buffer<ArrayBuffer> {
  const copy = Buffer.from(certificate);
  copy.writeUInt8(byte, position);
  return copy;
}

describe('what stands around the signed part of a certificate', () => {
  it('is read where it is as it should be', () => {
    expect(certificate.indexOf(ECDSA_WITH_SHA384)).toBeLessThan(algorithm);
    expect(certificate.readUInt8(signature)).toBe(0x03);
    expect(readSigningCertificate(Buffer.from(certificate)).signer.identity).toBe(ALICE.subject);
  });

  it.each([
    ['a SET around it', changed(0, 0x31)],
    ['another algorithm than the signed part names', changed(algorithm + 9, 0x02)],
    ['a SET around the algorithm', changed(algorithm - 2, 0x31)],
    ['an OCTET STRING for the signature', changed(signature, 0x04)],
    ['unused bits in the signature', changed(signature + 2, 0x01)],
  ])('is refused with %s', (_what, der) => {
    expect(() => readSigningCertificate(der)).toThrow(
      /^the signing certificate is not acceptable: the frame/,
    );
  });

  it('is refused where the library reads what OpenSSL does not', () => {
    const serialNumber = certificate.indexOf(Buffer.from('a003020102', 'hex')) + 5;
    expect(certificate.readUInt8(serialNumber)).toBe(0x02);
    expect(() => readSigningCertificate(changed(serialNumber, 0x01))).toThrow(/its fields are not those/);
    // The library drops the highest bit of each character of a date.
    const year = certificate.indexOf(Buffer.from('170d', 'hex')) + 2;
    const odd = changed(year, certificate.readUInt8(year) | 0x80);
    expect(() => readSigningCertificate(odd)).toThrow(/two programs read different things/);
  });
});
