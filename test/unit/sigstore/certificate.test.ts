import { describe, expect, it } from 'vitest';
import type { CertificateOverrides } from '../../../src/demo/sigstore/certificate-authority.ts';
import { createCtLog } from '../../../src/demo/sigstore/ct-log.ts';
import { createDemoSigstore } from '../../../src/demo/sigstore/demo-sigstore.ts';
import { githubIdentity } from '../../../src/demo/sigstore/identity.ts';
import { generateSigningKey } from '../../../src/demo/sigstore/signing-key.ts';
import * as x509 from '../../../src/demo/sigstore/x509.ts';
import { readSigningCertificate } from '../../../src/sigstore/certificate.ts';
import * as der from '../../support/der.ts';
import {
  ALICE,
  changedBundle,
  PrivateSigstore,
  START,
  SUBJECT,
  verdictOf,
} from '../../support/private-sigstore.ts';

const sigstore = new PrivateSigstore();
const MINUTE = 60_000;
const FULCIO_NAME = '1.3.6.1.4.1.57264.1.7';

function sign(certificate: CertificateOverrides) {
  return sigstore.bundle({ certificate, log: 'v2' });
}

function names(...encoded: Uint8Array[]): x509.Extension {
  return { oid: '2.5.29.17', critical: true, value: der.sequence(...encoded) };
}

function emailBytes(bytes: Uint8Array): CertificateOverrides {
  return { subjectAlternativeNames: [], extraExtensions: [names(der.taggedPrimitive(1, bytes))] };
}

function otherName(oid: string, ...values: Uint8Array[]): Buffer {
  return der.tagged(0, der.objectIdentifier(oid), ...values);
}

function critical(oid: string): CertificateOverrides {
  return { extraExtensions: [{ oid, critical: true, value: der.nothing() }] };
}

const email = { kind: 'email', value: 'alice@example.com' } as const;

describe('a signing certificate', () => {
  it('is accepted where it is an honest one', () => {
    const outcome = sigstore.judge(sign({}));
    expect(outcome).toMatchObject({
      kind: 'signed',
      signature: {
        signer: { kind: 'keyless', issuer: ALICE.issuer, identity: ALICE.subject },
        times: [START],
      },
    });
  });

  it('tells what a workflow claims', () => {
    const identity = githubIdentity({ repository: 'acme/app', path: '.github/workflows/release.yml' });
    expect(sigstore.judge(sigstore.bundle({ identity }))).toMatchObject({
      signature: {
        signer: {
          identity: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
          workflow: {
            repository: 'acme/app',
            ref: 'refs/heads/main',
            sha: '0123456789abcdef0123456789abcdef01234567',
            trigger: 'push',
            workflow: 'Release',
            runUrl: 'https://github.com/acme/app/actions/runs/42/attempts/1',
          },
        },
      },
    });
  });

  it('leaves out claims that nobody can read', () => {
    const base = '1.3.6.1.4.1.57264.1.';
    const extraExtensions = [
      { oid: `${base}3`, critical: false, value: Buffer.from('a\nb') },
      { oid: `${base}5`, critical: false, value: Buffer.of(0xe5) },
      { oid: `${base}14`, critical: false, value: Buffer.from('refs/heads/bare-text') },
    ];
    const outcome = sigstore.judge(sign({ extraExtensions }));
    expect(outcome).toMatchObject({ kind: 'signed' });
    expect(outcome).not.toHaveProperty('signature.signer.workflow');
  });

  it.each<[string, CertificateOverrides]>([
    ['without extended key usage (B15)', { extendedKeyUsages: [] }],
    ['for time stamping only (B15)', { extendedKeyUsages: [x509.OID.timeStamping] }],
    ['for TLS servers only (B15)', { extendedKeyUsages: ['1.3.6.1.5.5.7.3.1'] }],
    ['for any usage', { extendedKeyUsages: ['2.5.29.37.0'] }],
    ['of a certificate authority (B15)', { certificateAuthority: true }],
    [
      'of a certificate authority that may sign',
      { extraExtensions: [{ ...x509.basicConstraints(true), critical: false }] },
    ],
    ['with an unknown critical extension (B15)', critical('1.2.3.4')],
    ['with critical name constraints', critical('2.5.29.30')],
    ['with an extension twice (A7)', { extraExtensions: [x509.keyUsage('digitalSignature')] }],
    [
      'with an issuer twice (A7)',
      {
        extraExtensions: [
          { oid: '1.3.6.1.4.1.57264.1.8', critical: false, value: der.utf8String(ALICE.issuer) },
        ],
      },
    ],
    ['with two issuers (A7)', { issuerV1: 'https://evil.example.com' }],
    ['with a newline in the issuer', { issuerV1: 'https://x\n', issuerV2: 'https://x\n' }],
    ['without a subject (A7)', { subjectAlternativeNames: [] }],
    [
      'with two subjects (A7)',
      { subjectAlternativeNames: [email, { kind: 'email', value: 'bob@example.com' }] },
    ],
    [
      'with a URI beside the e-mail (A7)',
      { subjectAlternativeNames: [email, { kind: 'uri', value: 'https://x' }] },
    ],
    ['with a DNS name (A7)', { subjectAlternativeNames: [{ kind: 'dns', value: 'example.com' }] }],
    ['with a URI as its e-mail address (A7)', emailBytes(Buffer.from('https://example.com/@alice'))],
    [
      'with an e-mail address as its URI (A7)',
      { subjectAlternativeNames: [{ kind: 'uri', value: 'alice@example.com' }] },
    ],
    [
      'with an e-mail address as a Fulcio name (A7)',
      {
        subjectAlternativeNames: [],
        extraExtensions: [names(otherName(FULCIO_NAME, der.tagged(0, der.utf8String('a!b@example.com'))))],
      },
    ],
    ['with an empty subject', emailBytes(Buffer.alloc(0))],
    ['with a newline in the subject (A1)', emailBytes(Buffer.from('alice@example.com\nx'))],
    ['with a NUL in the subject (A7)', emailBytes(Buffer.from('alice@example.com\0.evil'))],
    [
      'with a high bit that ASCII decoding drops (A7)',
      emailBytes(Buffer.from('alic\xe5@example.com', 'latin1')),
    ],
    ['with UTF-8 in the subject', emailBytes(Buffer.from('ålice@example.com'))],
    ['with a subject without end', emailBytes(Buffer.alloc(3_000, 'a'))],
    [
      'with another kind of name',
      {
        subjectAlternativeNames: [],
        extraExtensions: [names(otherName('1.2.3', der.tagged(0, der.utf8String('alice'))))],
      },
    ],
    [
      'with a Fulcio name that is no text',
      {
        subjectAlternativeNames: [],
        extraExtensions: [names(otherName(FULCIO_NAME, der.tagged(0, der.octetString(Buffer.from('x')))))],
      },
    ],
    [
      'with a Fulcio name and more',
      {
        subjectAlternativeNames: [],
        extraExtensions: [names(otherName(FULCIO_NAME, der.tagged(0, der.utf8String('a')), der.nothing()))],
      },
    ],
    [
      'with subjects that are no list',
      {
        subjectAlternativeNames: [],
        extraExtensions: [{ oid: '2.5.29.17', critical: true, value: Buffer.from('nonsense') }],
      },
    ],
  ])('is refused %s', (_, overrides) => {
    expect(sigstore.verdict(sign(overrides))).toBe('CERTIFICATE_INVALID');
  });

  it('may name a user of Fulcio by its own kind of name', () => {
    const value = otherName(FULCIO_NAME, der.tagged(0, der.utf8String('alice!example.com')));
    const outcome = sigstore.judge(sign({ subjectAlternativeNames: [], extraExtensions: [names(value)] }));
    expect(outcome).toMatchObject({ signature: { signer: { identity: 'alice!example.com' } } });
  });

  it.each(['ec-p256', 'ec-p384', 'ec-p384-sha256', 'rsa-2048', 'ed25519'] as const)(
    'may have a key of type %s',
    (type) => {
      const key = generateSigningKey(type);
      expect(sigstore.verdict(sigstore.bundle({ key }))).toBe('signed');
    },
  );

  it('is refused where it is larger than any (E6)', () => {
    const padding = { oid: '1.2.3', critical: false, value: Buffer.alloc(20_000) };
    expect(sigstore.verdict(sign({ extraExtensions: [padding] }))).toBe('SIGNATURE_MALFORMED');
    expect(() => readSigningCertificate(Buffer.alloc(20_000))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });

  it('is refused with bytes behind it, or in another encoding', () => {
    const good = sigstore.services.certificateAuthority.issue(ALICE, generateSigningKey());
    expect(() => readSigningCertificate(Buffer.concat([good, Buffer.of(0)]))).toThrow(
      /cannot be read|canonical/,
    );
    expect(() => readSigningCertificate(Buffer.from('nonsense'))).toThrow(/cannot be read/);
    expect(readSigningCertificate(Buffer.from(good)).signer.identity).toBe(ALICE.subject);
  });
});

describe('the chain of a certificate', () => {
  it('must reach the trust root', () => {
    const trustedRoot = createDemoSigstore({ now: () => new Date(START) }).trustedRoot();
    const withOwnLogs = sigstore.changedRoot((root) => {
      root.certificateAuthorities = JSON.parse(trustedRoot).certificateAuthorities;
    });
    expect(sigstore.verdict(sign({}), { trustedRoot: withOwnLogs })).toBe('CERTIFICATE_UNTRUSTED');
  });

  it('is not helped by certificates that the bundle brings (B15)', () => {
    const other = new PrivateSigstore();
    const chained = changedBundle(other.bundle(), (bundle) => {
      const { verificationMaterial: material } = bundle;
      bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
      const [intermediate] = other.services.certificateAuthority.chain;
      material.x509CertificateChain = {
        certificates: [
          material.certificate ?? { rawBytes: '' },
          { rawBytes: intermediate?.toString('base64') ?? '' },
        ],
      };
      delete material.certificate;
    });
    expect(verdictOf(other.judge(chained))).toBe('signed');
    const trustedRoot = other.changedRoot((root) => {
      root.certificateAuthorities = JSON.parse(sigstore.services.trustedRoot()).certificateAuthorities;
    });
    expect(other.verdict(chained, { trustedRoot })).toBe('CERTIFICATE_UNTRUSTED');
  });

  it.each([
    ['not yet valid', { notBefore: new Date(START + MINUTE) }],
    ['no longer valid', { notBefore: new Date(START - 20 * MINUTE) }],
  ])('is refused where the leaf was %s when it signed', (_, overrides) => {
    expect(sigstore.verdict(sign(overrides))).toBe('CERTIFICATE_EXPIRED');
  });

  it('is refused where an authority above the leaf had expired when it signed (B9)', () => {
    const late = new PrivateSigstore();
    const content = () => late.bundle({ log: 'v1', timestamp: false });
    expect(late.verdict(content())).toBe('signed');
    late.now = Date.parse('2037-01-01T00:00:00Z');
    expect(late.verdict(content())).toBe('CERTIFICATE_EXPIRED');
  });

  it.each([
    ['a root of its own', (root: Uint8Array) => Buffer.from(root)],
    ['nonsense', () => Buffer.from('nonsense')],
  ])('is not taken from a bundle that brings %s', (_, make) => {
    const { chain } = sigstore.services.certificateAuthority;
    const content = changedBundle(sigstore.bundle(), (bundle) => {
      const { verificationMaterial: material } = bundle;
      const brought = make(chain.at(-1) ?? Buffer.alloc(0)).toString('base64');
      bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
      material.x509CertificateChain = {
        certificates: [material.certificate ?? { rawBytes: '' }, { rawBytes: brought }],
      };
      delete material.certificate;
    });
    expect(sigstore.verdict(content)).toBe('SIGNATURE_MALFORMED');
  });

  it('is refused where the trust root no longer trusted the authority (B11)', () => {
    const trustedRoot = sigstore.changedRoot((root) => {
      for (const authority of root.certificateAuthorities) authority.validFor.start = '2026-06-02T00:00:00Z';
    });
    expect(sigstore.verdict(sign({}), { trustedRoot })).toBe('CERTIFICATE_UNTRUSTED');
  });
});

describe('certificate transparency', () => {
  const foreign = createCtLog(() => new Date(START));

  it.each<[string, CertificateOverrides]>([
    ['no SCT', { ctLogs: [] }],
    ['an SCT of another log', { ctLogs: [foreign] }],
  ])('is demanded: %s (B15)', (_, overrides) => {
    expect(sigstore.verdict(sign(overrides))).toBe('SCT_INVALID');
    expect(sigstore.verdict(sign(overrides), { certificateTransparency: false })).toBe('signed');
  });

  it('holds the validity of the log (B11)', () => {
    const trustedRoot = sigstore.changedRoot((root) => {
      for (const log of root.ctlogs) log.publicKey.validFor = { start: '2026-06-02T00:00:00Z' };
    });
    expect(sigstore.verdict(sign({}), { trustedRoot })).toBe('SCT_INVALID');
  });
});

describe('what is said of a signature that does not verify', () => {
  it('names who the certificate claims, for messages', () => {
    expect(sigstore.judge(sign({ ctLogs: [] }))).toMatchObject({
      kind: 'invalid',
      claimed: { kind: 'keyless', identity: ALICE.subject, issuer: ALICE.issuer },
    });
  });

  it('names nobody where the certificate is not to be read', () => {
    expect(sigstore.judge(sign({ subjectAlternativeNames: [] }))).not.toHaveProperty('claimed');
  });

  it('is about the image that was asked for', () => {
    expect(SUBJECT).toMatch(/^sha256:/);
    const outcome = sigstore.judge(sigstore.bundle({ digest: `sha256:${'cd'.repeat(32)}` }));
    expect(outcome).toMatchObject({ kind: 'invalid', reason: { code: 'SUBJECT_MISMATCH' } });
  });
});
