import { X509Certificate } from 'node:crypto';
import { X509Certificate as SigstoreCertificate } from '@sigstore/core';
import { describe, expect, test } from 'vitest';
import type { CertificateOverrides } from '../../../../src/demo/sigstore/certificate-authority.ts';
import { createDemoSigstore } from '../../../../src/demo/sigstore/demo-sigstore.ts';
import { githubIdentity } from '../../../../src/demo/sigstore/identity.ts';
import { generateSigningKey } from '../../../../src/demo/sigstore/signing-key.ts';
import { judgeBundle } from '../../../support/referee.ts';

const ALICE = { issuer: 'https://accounts.test', subject: 'alice@example.com' };
const NOW = new Date('2026-05-06T07:08:09Z');

const sigstore = createDemoSigstore({ now: () => NOW });

function issue(overrides?: CertificateOverrides): X509Certificate {
  return new X509Certificate(sigstore.certificateAuthority.issue(ALICE, generateSigningKey(), overrides));
}

function extension(certificate: X509Certificate, oid: string): Buffer | undefined {
  return SigstoreCertificate.parse(certificate.raw).extension(oid)?.value;
}

/** A bundle signed with such a certificate, before the Sigstore library. */
function judge(certificate: CertificateOverrides) {
  const { bytes } = sigstore.signBundle({ digest: `sha256:${'0'.repeat(64)}`, identity: ALICE, certificate });
  return judgeBundle(sigstore.trustedRoot(), JSON.parse(Buffer.from(bytes).toString('utf8')));
}

describe('an honest certificate', () => {
  test('chains to the root', () => {
    const [intermediate, root] = sigstore.certificateAuthority.chain.map((der) => new X509Certificate(der));
    if (intermediate === undefined || root === undefined) throw new Error('two certificates were expected');
    const leaf = issue();

    expect(leaf.checkIssued(intermediate) && leaf.verify(intermediate.publicKey)).toBe(true);
    expect(intermediate.checkIssued(root) && intermediate.verify(root.publicKey)).toBe(true);
    expect(root.checkIssued(root) && root.verify(root.publicKey)).toBe(true);
    expect([leaf.ca, intermediate.ca, root.ca]).toEqual([false, true, true]);
  });

  test('is for signing code, for ten minutes, with an empty subject and one name', () => {
    const leaf = issue();

    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.3']);
    expect(leaf.validFromDate).toEqual(NOW);
    expect(leaf.validToDate).toEqual(new Date('2026-05-06T07:18:09Z'));
    expect(leaf.subject).toBeFalsy();
    expect(leaf.subjectAltName).toBe('email:alice@example.com');
  });

  test('tells the issuer twice: raw, and as DER', () => {
    expect(extension(issue(), '1.3.6.1.4.1.57264.1.1')?.toString()).toBe('https://accounts.test');
    expect(extension(issue(), '1.3.6.1.4.1.57264.1.8')?.toString()).toBe('\x0c\x15https://accounts.test');
  });

  test('tells what GitHub knows of the workflow', () => {
    const identity = githubIdentity({
      repository: 'acme/app',
      path: '.github/workflows/ci.yml',
      ref: 'refs/tags/v1',
      trigger: 'release',
    });
    const leaf = new X509Certificate(sigstore.certificateAuthority.issue(identity, generateSigningKey()));

    expect(leaf.subjectAltName).toBe('URI:https://github.com/acme/app/.github/workflows/ci.yml@refs/tags/v1');
    expect(extension(leaf, '1.3.6.1.4.1.57264.1.2')?.toString()).toBe('release');
    expect(extension(leaf, '1.3.6.1.4.1.57264.1.6')?.toString()).toBe('refs/tags/v1');
    expect(extension(leaf, '1.3.6.1.4.1.57264.1.12')?.subarray(2).toString()).toBe(
      'https://github.com/acme/app',
    );
  });
});

describe('a dishonest certificate', () => {
  test('ends when it is told to', () => {
    const validity = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-01-02') };

    expect(issue(validity).validToDate).toEqual(new Date('2020-01-02'));
    expect(() => judge(validity)).toThrow();
  });

  test('has other names, or none', () => {
    const names = [
      { kind: 'uri', value: 'https://evil.test/' },
      { kind: 'dns', value: 'evil.test' },
      { kind: 'email', value: 'mallory@example.com' },
    ] as const;

    expect(issue({ subjectAlternativeNames: names }).subjectAltName).toBe(
      'URI:https://evil.test/, DNS:evil.test, email:mallory@example.com',
    );
    expect(issue({ subjectAlternativeNames: [] }).subjectAltName).toBeUndefined();
  });

  test('has other usages, or none', () => {
    expect(issue({ extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'] }).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(issue({ extendedKeyUsages: [] }).keyUsage).toBeUndefined();
  });

  test('is a certificate authority', () => {
    expect(issue({ certificateAuthority: true }).ca).toBe(true);
  });

  test('contradicts itself about the issuer', () => {
    const leaf = issue({ issuerV1: 'https://one.test', issuerV2: 'https://two.test' });

    expect(extension(leaf, '1.3.6.1.4.1.57264.1.1')?.toString()).toBe('https://one.test');
    expect(extension(leaf, '1.3.6.1.4.1.57264.1.8')?.subarray(2).toString()).toBe('https://two.test');
  });

  test('carries an extension that nobody knows', () => {
    const unknown = { oid: '1.2.3.4', critical: true, value: Buffer.of(5, 0) };
    const leaf = SigstoreCertificate.parse(issue({ extraExtensions: [unknown] }).raw);

    expect(leaf.extension('1.2.3.4')).toMatchObject({ critical: true, value: Buffer.of(5, 0) });
  });

  test('is in no certificate log, or in a foreign one', () => {
    const foreign = createDemoSigstore({ now: () => NOW }).ctLog;

    expect(extension(issue({ ctLogs: [] }), '1.3.6.1.4.1.11129.2.4.2')).toBeUndefined();
    expect(() => judge({ ctLogs: [] })).toThrow();
    expect(() => judge({ ctLogs: [foreign] })).toThrow('SCT verification failed');
    expect(judge({ ctLogs: [sigstore.ctLog] }).identity).toBeDefined();
  });
});

test('the intermediate ends before the root, so that it can be met expired', () => {
  let now = NOW;
  const aging = createDemoSigstore({ now: () => now });
  const judgeIn = (year: number) => {
    now = new Date(`${year}-01-01T00:00:00Z`);
    const request = { digest: `sha256:${'0'.repeat(64)}`, identity: ALICE, timestamp: false };
    const { bytes } = aging.signBundle(request);
    return judgeBundle(aging.trustedRoot(), JSON.parse(Buffer.from(bytes).toString('utf8')));
  };

  expect(judgeIn(2036).identity).toBeDefined();
  expect(() => judgeIn(2037)).toThrow('Failed to verify certificate chain');
});
