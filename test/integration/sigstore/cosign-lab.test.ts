import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { VerificationOutcome } from '../../../src/sigstore/outcome.ts';
import { compileTrust } from '../../../src/sigstore/trust-material.ts';
import { publicGoodTrustRoot } from '../../../src/sigstore/trust-root.ts';
import { verifyContent } from '../../../src/verification/verify-content.ts';
import {
  type LabCase,
  labCases,
  labContents,
  labKeys,
  labTrust,
  otherDigest,
} from '../../support/lab-material.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');

function isKeyed(signer: LabCase['signers'][number]): boolean {
  return 'key' in signer;
}

/** Judges everything that is attached to the image of a case. */
function judge(labCase: LabCase, trust = trustFor(labCase), subject = labCase.digest): VerificationOutcome[] {
  const compiled = compileTrust(trust);
  return labContents(labCase).map((content) => verifyContent(content, subject, () => compiled, NOW));
}

function trustFor(labCase: LabCase) {
  return labTrust({
    keys: labCase.signers.every(isKeyed) ? labKeys : [],
    transparencyLog: labCase.log !== 'none',
  });
}

function codes(outcomes: readonly VerificationOutcome[]): string[] {
  return outcomes.map((outcome) => (outcome.kind === 'invalid' ? outcome.reason.code : outcome.kind));
}

const signatures = labCases().filter(({ kind }) => kind === 'signature');
const bundledAttestations = labCases().filter(
  ({ kind, form }) => kind === 'attestation' && form === 'bundle',
);

describe.each(signatures)('what cosign signed: $case', (labCase) => {
  it('verifies, and names who signed', () => {
    const [outcome, ...more] = judge(labCase);
    expect(more).toEqual([]);
    expect(outcome).toMatchObject({ kind: 'signed' });
    if (outcome?.kind !== 'signed') return;
    const { signature } = outcome;
    const [signer] = labCase.signers;
    if (signer !== undefined && 'identity' in signer)
      expect(signature.signer).toMatchObject({ kind: 'keyless', ...signer });
    else expect(signature.signer).toMatchObject({ kind: 'key', name: 'lab/cosign.pub' });
    expect(signature.logEntries).toHaveLength(labCase.log === 'none' ? 0 : 1);
    const integrated = signature.logEntries[0]?.integratedTime;
    expect(integrated !== undefined).toBe(labCase.log === 'rekor v1');
    expect(signature.times).toHaveLength(Number(labCase.timestamp) + Number(labCase.log === 'rekor v1'));
    expect(signature.validUntil).toBeUndefined();
  });

  it('does not verify for another image (B1)', () => {
    expect(codes(judge(labCase, trustFor(labCase), otherDigest()))).toEqual(['SUBJECT_MISMATCH']);
  });

  it('does not verify against another trust root', () => {
    const trust = { ...trustFor(labCase), trustedRoot: publicGoodTrustRoot().json };
    const [code] = codes(judge(labCase, trust));
    if (labCase.log !== 'none') expect(code).toBe('LOG_UNTRUSTED');
    // A timestamp of an authority that this trust root doesn't name is left alone, so the present time counts.
    else if (labCase.signers.every(isKeyed)) expect(code).toBe('signed');
    else expect(code).toBe('CERTIFICATE_EXPIRED');
  });

  it('does not verify with another key', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const trust = { ...trustFor(labCase), keys: [{ name: 'other', pem }] };
    const expected = labCase.signers.every(isKeyed) ? 'KEY_MISMATCH' : 'SIGNER_KIND_MISMATCH';
    expect(codes(judge(labCase, trust))).toEqual([expected]);
  });

  it('needs the log entry where the policy demands one', () => {
    const trust = { ...trustFor(labCase), transparencyLog: true };
    expect(codes(judge(labCase, trust))).toEqual([labCase.log === 'none' ? 'LOG_ENTRY_MISSING' : 'signed']);
  });

  it('verifies without the log entry where time is proven otherwise, or the key does not expire', () => {
    const trust = { ...trustFor(labCase), transparencyLog: false };
    const isTimeless = !labCase.timestamp && !labCase.signers.every(isKeyed);
    // Never at the certificate's own word: without a timestamp the present time counts.
    expect(codes(judge(labCase, trust))).toEqual([isTimeless ? 'CERTIFICATE_EXPIRED' : 'signed']);
  });

  it('is SIGNER_KIND_MISMATCH for a policy that wants the other kind of signer', () => {
    const keyed = labCase.signers.every(isKeyed);
    const trust = { ...trustFor(labCase), keys: keyed ? [] : labKeys };
    expect(codes(judge(labCase, trust))).toEqual(['SIGNER_KIND_MISMATCH']);
  });
});

describe.each(bundledAttestations)('an attestation is no signature: $case (A8, A10)', (labCase) => {
  it('is told apart by its predicate', () => {
    expect(judge(labCase)).toEqual([{ kind: 'attestation', predicateType: labCase.predicateType }]);
  });
});

describe('one image with several signatures and an attestation: m-multi', () => {
  const [labCase] = labCases().filter(({ kind }) => kind === 'signatures and attestation');
  if (labCase === undefined) throw new Error('the lab has no case with several signatures');

  it('verifies the keyless ones without a key', () => {
    expect(codes(judge(labCase)).toSorted()).toEqual([
      'SIGNER_KIND_MISMATCH',
      'attestation',
      'signed',
      'signed',
      'signed',
    ]);
  });

  it('verifies the keyed one with the key', () => {
    expect(codes(judge(labCase, labTrust({ keys: labKeys }))).toSorted()).toEqual([
      'SIGNER_KIND_MISMATCH',
      'SIGNER_KIND_MISMATCH',
      'SIGNER_KIND_MISMATCH',
      'attestation',
      'signed',
    ]);
  });
});
