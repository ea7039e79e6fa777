import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createChain } from '../../src/demo/sigstore/certificate-chain.ts';
import { generateSigningKey } from '../../src/demo/sigstore/signing-key.ts';
import { basicConstraints, keyUsage, signCertificate } from '../../src/demo/sigstore/x509.ts';
import { CountersignError } from '../../src/errors.ts';
import type { BundleJson, TrustedRootJson } from '../support/private-sigstore.ts';
import { type ConformanceCase, conformanceCases, hasConformanceCases } from './cases.ts';
import { type ConformanceRequest, verifyRequest } from './verify-request.ts';

/** What the cases stand for, beyond the one bundle that each of them is. */

function caseOf(name: string): ConformanceCase {
  const found = conformanceCases().find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  return found;
}

function judge(request: ConformanceRequest): string {
  try {
    verifyRequest(request, Date.now());
    return 'verified';
  } catch (error) {
    if (error instanceof CountersignError) return error.code;
    throw error;
  }
}

function withBundle({ request }: ConformanceCase, change: (bundle: BundleJson) => void): ConformanceRequest {
  const bundle: BundleJson = JSON.parse(Buffer.from(request.bundle).toString('utf8'));
  change(bundle);
  return { ...request, bundle: Buffer.from(JSON.stringify(bundle)) };
}

function withRoot({ request }: ConformanceCase, change: (root: TrustedRootJson) => void): ConformanceRequest {
  const root: TrustedRootJson = JSON.parse(request.trustedRoot);
  change(root);
  return { ...request, trustedRoot: JSON.stringify(root) };
}

function timestampsOf({ verificationMaterial }: BundleJson): { signedTimestamp: string }[] {
  const data = verificationMaterial.timestampVerificationData;
  if (data === undefined) throw new Error('the bundle has no timestamps');
  return data.rfc3161Timestamps;
}

function bundleOf(name: string): BundleJson {
  return JSON.parse(Buffer.from(caseOf(name).request.bundle).toString('utf8'));
}

/** Its base64 is wrapped in the case, so that it fails for its form alone. */
function late(): { signedTimestamp: string } {
  const [timestamp] = timestampsOf(bundleOf('rekor2-timestamp-with-incorrect-time_fail'));
  return { signedTimestamp: (timestamp?.signedTimestamp ?? '').replaceAll(/\s/g, '') };
}

describe.skipIf(!hasConformanceCases)(
  hasConformanceCases
    ? 'the classes behind the conformance cases'
    : 'the classes behind the conformance cases: SKIPPED, ../shared/testdata/conformance is absent',
  () => {
    it('a timestamp from after the certificate ended, alone', () => {
      const changed = withBundle(caseOf('rekor2-timestamp-with-incorrect-time_fail'), (bundle) => {
        timestampsOf(bundle).splice(0, 1, late());
      });
      expect(judge(changed)).toBe('CERTIFICATE_EXPIRED');
    });

    it('a timestamp from after the certificate ended, behind a good one', () => {
      const changed = withBundle(caseOf('rekor2-checkpoint-cosigned'), (bundle) => {
        timestampsOf(bundle).push(late());
      });
      expect(judge(changed)).toBe('CERTIFICATE_EXPIRED');
    });

    it('a wrong key that is a key', () => {
      const { request } = caseOf('managed-key-and-trusted-root');
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
      expect(judge({ ...request, signer: { kind: 'key', pem } })).toBe('KEY_MISMATCH');
    });

    it('another identity, and the same from another issuer', () => {
      const { request } = caseOf('happy-path-v0.3-new-mediaType');
      if (request.signer.kind !== 'identity') throw new Error('it was signed with a key');
      const signer = request.signer;
      expect(judge({ ...request, signer: { ...signer, identity: `${signer.identity}x` } })).toBe(
        'IDENTITY_MISMATCH',
      );
      expect(judge({ ...request, signer: { ...signer, issuer: `${signer.issuer}/` } })).toBe(
        'ISSUER_MISMATCH',
      );
    });

    it('validity of the log’s key: closed at its end, which the time of the entry may be', () => {
      const happy = caseOf('happy-path-v0.1');
      const [entry] = bundleOf('happy-path-v0.1').verificationMaterial.tlogEntries;
      const time = Number(entry?.integratedTime);
      const until = (seconds: number): ConformanceRequest =>
        withRoot(happy, ({ tlogs }) => {
          const log = tlogs.find(({ logId }) => logId.keyId === entry?.logId.keyId);
          if (log !== undefined) log.publicKey.validFor.end = new Date(seconds * 1_000).toISOString();
        });
      expect(judge(until(time))).toBe('verified');
      expect(judge(until(time - 1))).toBe('LOG_ENTRY_INVALID');
    });

    it('validity of an authority that is not the one that stamped', () => {
      const borrowed = withRoot(caseOf('rekor2-timestamp-with-embedded-cert'), (root) => {
        const [authority] = root.timestampAuthorities;
        if (authority === undefined) throw new Error('the trust root has no timestamp authority');
        const { validFor } = authority;
        authority.validFor = { start: '2000-01-01T00:00:00Z', end: '2000-01-02T00:00:00Z' };
        const { certificates } = createChain({
          commonName: 'another authority',
          notBefore: new Date('2020-01-01T00:00:00Z'),
          subordinate: {
            commonName: 'another stamp',
            key: generateSigningKey(),
            extensions: [{ oid: '2.5.29.37', critical: true, value: TIME_STAMPING }],
          },
        });
        root.timestampAuthorities.push({
          certChain: { certificates: certificates.map((der) => ({ rawBytes: der.toString('base64') })) },
          validFor,
        });
      });
      expect(judge(borrowed)).toBe('TIMESTAMP_INVALID');
      const empty = withRoot(caseOf('rekor2-timestamp-with-embedded-cert'), (root) => {
        root.timestampAuthorities.push({
          certChain: { certificates: [] },
          validFor: { start: '2020-01-01T00:00:00Z' },
        });
      });
      expect(judge(empty)).toBe('TRUST_ROOT_INVALID');
    });

    it('another intermediate of the same name, before and behind the one that issued', () => {
      const happy = caseOf('happy-path-v0.3-new-mediaType');
      const decoy = (root: TrustedRootJson): TrustedRootJson['certificateAuthorities'][number] => {
        const genuine = root.certificateAuthorities.at(-1);
        if (genuine === undefined) throw new Error('the trust root has no authority');
        const key = generateSigningKey('ec-p384');
        const name = 'O=sigstore.dev, CN=sigstore-intermediate';
        const der = signCertificate(
          {
            serialNumber: Buffer.of(1),
            subject: name,
            notBefore: new Date('2022-01-01T00:00:00Z'),
            notAfter: new Date('2032-01-01T00:00:00Z'),
            subjectPublicKey: key,
            extensions: [basicConstraints(true), keyUsage('certificateSigning')],
          },
          { name, key },
        );
        return {
          certChain: { certificates: [{ rawBytes: der.toString('base64') }] },
          validFor: genuine.validFor,
        };
      };
      const before = withRoot(happy, (root) => root.certificateAuthorities.unshift(decoy(root)));
      const behind = withRoot(happy, (root) => root.certificateAuthorities.push(decoy(root)));
      expect([judge(before), judge(behind)]).toEqual(['verified', 'verified']);
    });

    it('a proof that names another tree than the checkpoint', () => {
      for (const name of ['happy-path-v0.3-new-mediaType', 'rekor2-timestamp-with-embedded-cert']) {
        const change = (field: 'rootHash' | 'treeSize', value: string): string =>
          judge(
            withBundle(caseOf(name), ({ verificationMaterial }) => {
              const proof = verificationMaterial.tlogEntries[0]?.inclusionProof;
              if (proof !== undefined) proof[field] = value;
            }),
          );
        expect(change('rootHash', Buffer.alloc(32, 7).toString('base64'))).toBe('LOG_ENTRY_INVALID');
        expect(change('treeSize', '7')).toBe('LOG_ENTRY_INVALID');
      }
    });
  },
);

/** SEQUENCE of the one OID, 1.3.6.1.5.5.7.3.8. */
const TIME_STAMPING = Buffer.from('300a06082b06010505070308', 'hex');
