import { X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import { readSigningCertificate } from '../../../src/sigstore/certificate.ts';
import { labMaterials } from '../../mutations/material.ts';
import { labCase, labContents } from '../../support/lab-material.ts';
import type { BundleJson } from '../../support/private-sigstore.ts';
import { accepted } from '../accepted.ts';
import { editDer } from '../der-edits.ts';
import { edits } from '../edits.ts';
import { honestSignature, mustStayHonest } from '../honest-signature.ts';
import { bytesOf, type FuzzTarget, must, textOf } from '../target.ts';

function bundleOf(name: string): BundleJson {
  const [content] = labContents(labCase(name));
  if (content?.kind !== 'bundle') throw new Error(`${name} has no bundle`);
  return JSON.parse(Buffer.from(content.bytes).toString('utf8'));
}

function leafOf(name: string): Buffer {
  return Buffer.from(bundleOf(name).verificationMaterial.certificate?.rawBytes ?? '', 'base64');
}

/** Without a log that has recorded it, nothing but its own signature protects a certificate. */
const UNRECORDED = 'b-email-tsaonly';
const HONEST = [UNRECORDED, 'b-github-rekor2', 'b-uri-rekor2'].map(leafOf);
const [honest] = labMaterials()
  .filter(({ name }) => name === UNRECORDED)
  .map(honestSignature);

/** DER that OpenSSL parses, too; undefined for any other. */
function other(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** The name as Node writes it, quoted where it has to be; undefined for names that it has no text for. */
function nameIn(subjectAltName = ''): string | undefined {
  const [, name = ''] = /^(?:email|URI):(.*)$/s.exec(subjectAltName) ?? [];
  if (name === '') return undefined;
  return name.startsWith('"') ? String(JSON.parse(name)) : name;
}

/** A leaf certificate. What is accepted must be what OpenSSL reads in the same bytes. */
export const certificate: FuzzTarget = {
  name: 'certificate',
  stages: ['parsed by OpenSSL', 'accepted', 'verified'],
  inputs: fc
    .tuple(fc.constantFrom(...HONEST), edits(3))
    .map(([der, changes]) => textOf(editDer(der, changes))),
  check(input, reached) {
    const der = bytesOf(input);
    const openssl = other(der);
    if (openssl !== undefined) reached('parsed by OpenSSL');
    const ours = accepted(() => readSigningCertificate(der));
    if (ours !== undefined) {
      reached('accepted');
      must(openssl !== undefined, 'a certificate was accepted that OpenSSL cannot read');
      must(!openssl.ca, 'the certificate of an authority was accepted');
      must(
        openssl.keyUsage?.includes('1.3.6.1.5.5.7.3.3') === true,
        'a certificate for another usage was accepted',
      );
      const { identity } = ours.signer;
      const name = nameIn(openssl.subjectAltName);
      must(name === undefined || name === identity, `OpenSSL reads ${name} where ${identity} was read`);
      const spki = openssl.publicKey.export({ type: 'spki', format: 'der' });
      must(spki.equals(ours.key.spki), 'OpenSSL reads another key');
      must(openssl.validFromDate.getTime() === ours.notBefore, 'OpenSSL reads another start of validity');
      must(openssl.validToDate.getTime() === ours.notAfter, 'OpenSSL reads another end of validity');
    }
    if (honest === undefined) throw new Error(`the lab has no ${UNRECORDED}`);
    const bundle = bundleOf(UNRECORDED);
    bundle.verificationMaterial.certificate = { rawBytes: der.toString('base64') };
    mustStayHonest(honest, { kind: 'bundle', bytes: Buffer.from(JSON.stringify(bundle)) }, (stage) => {
      if (stage === 'verified') reached(stage);
    });
  },
};
