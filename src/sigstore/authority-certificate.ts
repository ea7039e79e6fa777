import type { X509Certificate } from '@sigstore/core';

/**
 * Makes a certificate of the trust root remember its encoding and who was found to have signed it. The library works
 * both out anew for every signature, which is half of what a verification costs. Safe because these certificates
 * never change once parsed, and because what is remembered belongs to the issuing object itself and goes with it.
 */
export function rememberVerifications(certificate: X509Certificate): void {
  const der = certificate.root.toDER();
  certificate.root.toDER = () => der;

  const verify = certificate.verify.bind(certificate);
  const known = new WeakMap<X509Certificate, boolean>();
  certificate.verify = (issuer = certificate) => {
    const remembered = known.get(issuer);
    if (remembered !== undefined) return remembered;
    const verified = verify(issuer);
    known.set(issuer, verified);
    return verified;
  };
}
