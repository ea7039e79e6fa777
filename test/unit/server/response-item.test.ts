import { describe, expect, it } from 'vitest';
import { reason } from '../../../src/errors.ts';
import { verificationValue } from '../../../src/server/response-item.ts';
import type { SignatureReport, Signer } from '../../../src/verdict.ts';
import { keyResult, UNAVAILABLE } from '../../support/verification-service.ts';

const context = { traceId: 't', timestamp: '2026-11-23T00:00:00.000Z' };
const subject = 'cgr.dev/chainguard/nginx@sha256:1';
const signer: Signer = {
  kind: 'keyless',
  issuer: 'https://token.actions.githubusercontent.com',
  identity: 'https://github.com/org/repo/.github/workflows/release.yaml@refs/heads/main',
  workflow: { repository: 'org/repo', ref: 'refs/heads/main' },
};
const mismatch = reason('IDENTITY_MISMATCH', 'Signed by eve, expected alice', 'Ask alice');

function report(
  result: SignatureReport['result'],
  manifest = 'sha256:2',
  blob = 'sha256:3',
): SignatureReport {
  return {
    source: { path: 'referrers-api', manifest, blob, form: 'bundle' },
    verifier: 'verifier-cosign',
    policy: 'public',
    result,
  };
}

describe('verificationValue', () => {
  it('reports a signature in the fields of Ratify, with what it rests on', () => {
    const logEntries = [{ logId: 'ab', logIndex: '42', integratedTime: 1_700_000_000 }];
    const signature = { signer, logEntries, times: [1_700_000_000_000] };
    const result = keyResult(
      'cgr.dev/chainguard/nginx:1',
      { kind: 'verified', reports: [report({ kind: 'satisfied', signature })] },
      { subject },
    );

    expect(verificationValue(result, context)).toEqual({
      version: '0.2.0',
      isSuccess: true,
      traceID: 't',
      timestamp: '2026-11-23T00:00:00.000Z',
      errors: [],
      system_error: '',
      subject,
      verifierReports: [
        {
          subject,
          isSuccess: true,
          name: 'verifier-cosign',
          verifierName: 'verifier-cosign',
          type: 'cosign',
          verifierType: 'cosign',
          referenceDigest: 'sha256:2',
          artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
          message: `Signed by ${signer.identity} (issuer ${signer.issuer})`,
          extensions: {
            trustPolicy: 'public',
            signatures: [
              {
                signatureDigest: 'sha256:3',
                form: 'bundle',
                foundBy: 'referrers-api',
                verifications: [{ isSuccess: true, bundleVerified: true, keyInformation: {} }],
                signer,
                logEntries: [{ logId: 'ab', logIndex: '42', integratedTime: '2023-11-14T22:13:20.000Z' }],
                times: ['2023-11-14T22:13:20.000Z'],
              },
            ],
          },
        },
      ],
    });
  });

  it('names the key that signed', () => {
    const key: Signer = { kind: 'key', name: 'cosign.pub', fingerprint: 'ff' };
    const signature = { signer: key, logEntries: [], times: [] };
    const verdict = { kind: 'verified', reports: [report({ kind: 'satisfied', signature })] } as const;

    const [found] = verificationValue(keyResult('a', verdict), context).verifierReports;

    expect(found?.message).toBe('Signed by key cosign.pub');
    expect(found?.extensions?.signatures[0]).toMatchObject({
      verifications: [{ isSuccess: true, bundleVerified: false, keyInformation: { name: 'cosign.pub' } }],
      signer: key,
      logEntries: [],
      times: [],
    });
  });

  it('reports every signature that failed, and every reason once', () => {
    const missing = reason('LOG_ENTRY_MISSING', 'No log entry');
    const result = keyResult(
      'nginx',
      {
        kind: 'rejected',
        reasons: [mismatch, missing],
        reports: [
          report({ kind: 'failed', reason: mismatch, signer }),
          report({ kind: 'failed', reason: mismatch }, '', ''),
        ],
      },
      { subject },
    );

    const value = verificationValue(result, context);

    expect(value).toMatchObject({
      isSuccess: false,
      code: 'IDENTITY_MISMATCH',
      message: 'IDENTITY_MISMATCH: nginx: Signed by eve, expected alice (also LOG_ENTRY_MISSING)',
      errors: [],
    });
    expect(value.verifierReports).toMatchObject([
      {
        isSuccess: false,
        code: 'IDENTITY_MISMATCH',
        errorReason: 'Signed by eve, expected alice',
        remediation: 'Ask alice',
        extensions: {
          signatures: [
            { signer, verifications: [{ isSuccess: false, error: 'Signed by eve, expected alice' }] },
          ],
        },
      },
      { isSuccess: false, code: 'IDENTITY_MISMATCH' },
      { subject, isSuccess: false, code: 'LOG_ENTRY_MISSING', errorReason: 'No log entry' },
    ]);
    expect(value.verifierReports[1]).not.toHaveProperty('referenceDigest');
    expect(value.verifierReports[1]?.extensions?.signatures[0]).not.toHaveProperty('signatureDigest');
  });

  it('reports a reason that has to do with no signature', () => {
    const { verifierReports } = verificationValue(keyResult('nginx', UNAVAILABLE), context);

    expect(verifierReports).toEqual([
      {
        subject: 'nginx',
        isSuccess: false,
        message: 'REGISTRY_UNREACHABLE: The connection to r was refused',
        errorReason: 'The connection to r was refused',
        remediation: expect.any(String),
        code: 'REGISTRY_UNREACHABLE',
      },
    ]);
  });

  it('begins the message with cause and image, however long the image is', () => {
    const key = `r.example/${'a'.repeat(900)}:1`;
    const { message, errors } = verificationValue(keyResult(key, UNAVAILABLE), context);

    expect(message?.slice(0, 256)).toMatch(
      /^REGISTRY_UNREACHABLE: r\.example\/a+…: The connection to r was refused$/,
    );
    expect(errors[0]?.[0]).toBe(key);
  });
});
