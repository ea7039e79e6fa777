import { type Bundle, bundleFromJSON, ValidationError } from '@sigstore/bundle';
import { X509Certificate } from '@sigstore/core';
import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { readJson, readShape } from '../json-shape.ts';
import { limits } from '../limits.ts';
import { bundleSchema } from './bundle-schema.ts';

export interface ReadBundleOptions {
  /** Without it, log entries are not even parsed. */
  readonly transparencyLog: boolean;
}

const anyObject = z.record(z.string(), z.unknown());

/**
 * Reads a Sigstore bundle: only its form, nothing is verified.
 *
 * @throws SIGNATURE_MALFORMED, LIMIT_EXCEEDED
 */
export function readBundle(bytes: Uint8Array, options: ReadBundleOptions): Bundle {
  if (bytes.length > limits.bundle) {
    throw new CountersignError(
      'LIMIT_EXCEEDED',
      `the bundle has ${bytes.length} bytes; at most ${limits.bundle} are read`,
    );
  }
  return bundleOf(readJson(bytes, anyObject, 'the bundle', 'SIGNATURE_MALFORMED'), options);
}

/** Like `readBundle`, for a bundle that was put together from parts of another form. */
export function bundleOf(json: object, options: ReadBundleOptions): Bundle {
  const shaped = readShape(
    options.transparencyLog ? json : withoutLogEntries(json),
    bundleSchema,
    'the bundle',
    'SIGNATURE_MALFORMED',
  );
  try {
    // Checks what each version demands: a promise (0.1), or a proof with a checkpoint (0.2 and later), and no chain (0.3).
    const bundle = bundleFromJSON(shaped);
    refuseRoots(bundle);
    return bundle;
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new CountersignError(
      'SIGNATURE_MALFORMED',
      `the bundle lacks what its version demands, or has too much: ${error.fields.join(', ')}`,
      { cause: error },
    );
  }
}

/** The leaf certificate; undefined where the signer has a bare key. */
export function leafOf(bundle: Bundle): Buffer<ArrayBuffer> | undefined {
  const { content } = bundle.verificationMaterial;
  switch (content.$case) {
    case 'certificate':
      return Buffer.from(content.certificate.rawBytes);
    case 'x509CertificateChain': {
      const [leaf] = content.x509CertificateChain.certificates;
      return leaf && Buffer.from(leaf.rawBytes);
    }
    case 'publicKey':
      return undefined;
  }
}

/**
 * Whom to trust is the trust root's to say, so a bundle must not bring a root of its own (sigstore_bundle.proto).
 * Intermediates that it brings are not read.
 */
function refuseRoots(bundle: Bundle): void {
  const { content } = bundle.verificationMaterial;
  if (content.$case !== 'x509CertificateChain') return;
  for (const { rawBytes } of content.x509CertificateChain.certificates.slice(1)) {
    if (isSelfIssued(Buffer.from(rawBytes))) {
      throw new CountersignError('SIGNATURE_MALFORMED', 'the bundle brings a root certificate of its own');
    }
  }
}

function isSelfIssued(der: Buffer<ArrayBuffer>): boolean {
  try {
    const { subject, issuer } = X509Certificate.parse(der);
    return subject.equals(issuer);
  } catch {
    throw new CountersignError('SIGNATURE_MALFORMED', 'a certificate of the bundle cannot be read');
  }
}

function withoutLogEntries(json: object): object {
  if (!('verificationMaterial' in json)) return json;
  const { verificationMaterial } = json;
  if (typeof verificationMaterial !== 'object') return json;
  return { ...json, verificationMaterial: { ...verificationMaterial, tlogEntries: [] } };
}
