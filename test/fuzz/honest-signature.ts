import type { CandidateContent } from '../../src/cosign/candidate.ts';
import type { VerificationOutcome } from '../../src/sigstore/outcome.ts';
import type { VerifiedSignature } from '../../src/verdict.ts';
import { judge, type Material } from '../mutations/material.ts';
import type { BundleJson } from '../support/private-sigstore.ts';
import { must } from './target.ts';

/** What the honest signer made, for comparison with what was accepted. */
export interface HonestSignature {
  readonly material: Material;
  readonly signature: VerifiedSignature;
  readonly essence: string;
}

export function honestSignature(material: Material): HonestSignature {
  const outcome = judge(material, material.content);
  if (outcome.kind !== 'signed') throw new Error(`${material.name} does not verify`);
  return { material, signature: outcome.signature, essence: essenceOf(material.content) };
}

/** How far an input came, by what was wrong with it. */
const REACHED: Readonly<Record<string, number>> = {
  SIGNATURE_MALFORMED: 0,
  LIMIT_EXCEEDED: 0,
  SIGNATURE_UNSUPPORTED: 0,
  SUBJECT_MISMATCH: 0,
  attestation: 0,
  SIGNER_KIND_MISMATCH: 1,
  CERTIFICATE_INVALID: 1,
  SIGNATURE_INVALID: 1,
  KEY_MISMATCH: 1,
  LOG_ENTRY_MISSING: 2,
  LOG_UNTRUSTED: 2,
  TIMESTAMP_MISSING: 2,
  TIMESTAMP_UNTRUSTED: 2,
  CERTIFICATE_EXPIRED: 2,
  CERTIFICATE_UNTRUSTED: 2,
  SCT_INVALID: 2,
  LOG_ENTRY_MISMATCH: 2,
  LOG_ENTRY_INVALID: 2,
  TIMESTAMP_INVALID: 2,
  signed: 3,
};

export const VERIFICATION_STAGES = ['about this image', 'signed content', 'verified'] as const;

/** Judges, and holds a yes against what the honest signer made. */
export function mustStayHonest(
  { material, signature, essence }: HonestSignature,
  content: CandidateContent,
  reached: (stage: string) => void,
): void {
  const outcome = judge(material, content);
  const depth = REACHED[codeOf(outcome)];
  must(depth !== undefined, `a signature came to ${codeOf(outcome)}, which is no code of a signature`);
  for (const stage of VERIFICATION_STAGES.slice(0, depth)) reached(stage);
  if (outcome.kind !== 'signed') return;
  must(essenceOf(content) === essence, 'a signature verified that nobody made');
  const changed = outcome.signature;
  must(JSON.stringify(changed.signer) === JSON.stringify(signature.signer), 'another signer came out');
  must(
    changed.times.every((time) => signature.times.includes(time)),
    'a time came out that nobody has proven',
  );
  const times = new Set(signature.logEntries.map(({ integratedTime }) => integratedTime));
  const isProven = changed.logEntries.every(
    ({ integratedTime }) => integratedTime === undefined || times.has(integratedTime),
  );
  must(isProven, 'a log entry came out with a time that nobody has proven');
}

function codeOf(outcome: VerificationOutcome): string {
  return outcome.kind === 'invalid' ? outcome.reason.code : outcome.kind;
}

/** Who signed what, decoded without any of the code under test. */
function essenceOf(content: CandidateContent): string {
  if (content.kind === 'simple-signing') {
    const { signature = '', certificate = '' } = content.annotations;
    return JSON.stringify([
      Buffer.from(content.payload).toString('latin1'),
      signature,
      certificate.replaceAll(/\s/g, ''),
    ]);
  }
  const bundle: BundleJson = JSON.parse(Buffer.from(content.bytes).toString('utf8'));
  const { certificate, x509CertificateChain } = bundle.verificationMaterial;
  const leaf = certificate?.rawBytes ?? x509CertificateChain?.certificates[0]?.rawBytes ?? '';
  const { payloadType, payload, signatures } = bundle.dsseEnvelope ?? {};
  return JSON.stringify([payloadType, payload, signatures?.map(({ sig }) => sig), leaf]);
}
