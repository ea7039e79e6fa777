import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claims, readClaims } from '../../../src/cli/claims.ts';
import type { CandidateContent } from '../../../src/cosign/candidate.ts';
import { labCase, labCases, labContents, otherDigest } from '../../support/lab-material.ts';

function claimsOf(content: CandidateContent, subject: Parameters<typeof readClaims>[1]): Claims {
  const claims = readClaims(content, subject);
  if ('code' in claims) throw new Error(claims.message);
  return claims;
}

describe('what cosign wrote', () => {
  it.each(labCases().filter((lab) => labContents(lab).length > 0))('$case claims its signers', (lab) => {
    const all = labContents(lab).map((content) => claimsOf(content, lab.digest));
    for (const signer of lab.signers) {
      if ('identity' in signer) {
        expect(all.flatMap((claims) => claims.signer ?? [])).toContainEqual(expect.objectContaining(signer));
      }
    }
    for (const { about, says } of all) {
      expect(about).toBe('this image');
      if (lab.kind !== 'signatures and attestation') expect(says).toBe(lab.kind);
    }
  });

  it('is about something else where it was copied', () => {
    for (const name of ['b-email-rekor2', 'l-email-rekor1', 'v2-bundle-rekor1']) {
      for (const content of labContents(labCase(name))) {
        expect(claimsOf(content, otherDigest()).about).toBe('something else');
      }
    }
  });

  it('tells log entries with the time that the log told', () => {
    const lab = labCase('l-email-rekor1tsa');
    const [claims] = labContents(lab).map((content) => claimsOf(content, lab.digest));
    expect(claims?.logEntries).toEqual([
      { logIndex: expect.stringMatching(/^\d+$/), integratedTime: expect.stringMatching(/^2026-/) },
    ]);
    expect(claims?.timestamps).toBe(1);
  });

  it('tells a bare key', () => {
    const lab = labCase('b-key-bare');
    expect(labContents(lab).map((content) => claimsOf(content, lab.digest).signedWith)).toEqual(['key']);
  });
});

describe('what anybody wrote', () => {
  it('is a reason where it cannot be read, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, text) => {
        const annotations = { signature: text, certificate: text, bundle: text, timestamp: text };
        for (const content of [
          { kind: 'bundle', bytes } as const,
          {
            kind: 'bundle',
            bytes: Buffer.from(JSON.stringify({ mediaType: text, verificationMaterial: {} })),
          } as const,
          { kind: 'simple-signing', payload: bytes, annotations } as const,
        ]) {
          expect(readClaims(content, otherDigest())).toHaveProperty('code');
        }
      }),
      { numRuns: 50 },
    );
  });
});
