import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dsseV1, hashedRekordV1, hashedRekordV2 } from '../../../src/demo/sigstore/log-entry-body.ts';
import { generateSigningKey } from '../../../src/demo/sigstore/signing-key.ts';
import { pemOf } from '../../../src/demo/sigstore/x509.ts';
import {
  ALICE,
  type BundleJson,
  changedBundle,
  entryOf,
  legacyContent,
  PrivateSigstore,
  START,
  SUBJECT,
} from '../../support/private-sigstore.ts';

const sigstore = new PrivateSigstore();
const { logs } = sigstore.services;

function changed(log: 'v1' | 'v2', change: (bundle: BundleJson) => void) {
  return changedBundle(sigstore.bundle({ log }), change);
}

function leafOf(bundle: BundleJson): Buffer {
  return Buffer.from(bundle.verificationMaterial.certificate?.rawBytes ?? '', 'base64');
}

function envelopeOf(bundle: BundleJson) {
  const { dsseEnvelope } = bundle;
  if (dsseEnvelope === undefined) throw new Error('no envelope');
  const { payloadType, payload, signatures } = dsseEnvelope;
  const bytes = Buffer.from(payload, 'base64');
  return {
    envelope: dsseEnvelope,
    encoded: Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} ${bytes}`),
    signature: Buffer.from(signatures[0]?.sig ?? '', 'base64'),
  };
}

const key = generateSigningKey();
const otherLeaf = sigstore.services.certificateAuthority.issue(ALICE, key);
const bareKey = { kind: 'key', pem: key.pem, der: key.spki, key } as const;
const otherCertificate = { kind: 'certificate', pem: pemOf(otherLeaf), der: otherLeaf, key } as const;

describe('what a log entry records', () => {
  it('verifies by promise and proof (Rekor v1), and tells the time that the log signed', () => {
    expect(sigstore.judge(sigstore.bundle({ log: 'v1', timestamp: false }))).toMatchObject({
      kind: 'signed',
      signature: {
        times: [START],
        logEntries: [{ logId: logs.v1.logId.toString('hex'), integratedTime: START / 1000 }],
      },
    });
  });

  it('verifies by proof alone (Rekor v2), with a timestamp', () => {
    const outcome = sigstore.judge(sigstore.bundle({ log: 'v2' }));
    expect(outcome).toMatchObject({ kind: 'signed', signature: { times: [START] } });
    expect(outcome).not.toHaveProperty('signature.logEntries.0.integratedTime');
  });

  it.each([
    ['a bare key', bareKey],
    ['another certificate', otherCertificate],
  ])('must be the certificate that signed, not %s (B5)', (_, recorded) => {
    const v1 = changed('v1', (bundle) => {
      bundle.verificationMaterial.tlogEntries = [
        logs.v1.append(dsseV1(envelopeOf(bundle).envelope, recorded)),
      ];
    });
    const v1Hashed = changed('v1', (bundle) => {
      const { encoded, signature } = envelopeOf(bundle);
      bundle.verificationMaterial.tlogEntries = [
        logs.v1.append(hashedRekordV1(encoded, signature, recorded)),
      ];
    });
    const v2 = changed('v2', (bundle) => {
      const { encoded, signature } = envelopeOf(bundle);
      bundle.verificationMaterial.tlogEntries = [
        logs.v2.append(hashedRekordV2(encoded, signature, recorded)),
      ];
    });
    for (const content of [v1, v1Hashed, v2]) expect(sigstore.verdict(content)).toBe('LOG_ENTRY_MISMATCH');
  });

  it('must be the key that signed, not a certificate for it (B5)', () => {
    const spec = { keys: [{ name: 'k', pem: key.pem }] };
    const content = sigstore.keyedBundle(key);
    expect(sigstore.verdict(content, spec)).toBe('signed');
    const recorded = changedBundle(content, (bundle) => {
      bundle.verificationMaterial.tlogEntries = [
        logs.v1.append(dsseV1(envelopeOf(bundle).envelope, otherCertificate)),
      ];
    });
    expect(sigstore.verdict(recorded, spec)).toBe('LOG_ENTRY_MISMATCH');
  });

  it('must be this signature: entries of two signatures are not interchangeable (B3)', () => {
    const other = changedBundle(sigstore.bundle(), (bundle) => {
      bundle.verificationMaterial.tlogEntries = [];
    });
    const entries: BundleJson['verificationMaterial']['tlogEntries'] = [];
    changed('v1', (bundle) => entries.push(...bundle.verificationMaterial.tlogEntries));
    const swapped = changedBundle(other, (bundle) => {
      bundle.verificationMaterial.tlogEntries = entries;
    });
    expect(sigstore.verdict(swapped)).toBe('LOG_ENTRY_MISMATCH');
  });

  it('must be this content: an entry of the same key and signature bytes for another hash (B4)', () => {
    const content = changed('v1', (bundle) => {
      const { signature } = envelopeOf(bundle);
      const leaf = leafOf(bundle);
      const verifier = { kind: 'certificate', pem: pemOf(leaf), der: leaf, key } as const;
      bundle.verificationMaterial.tlogEntries = [
        logs.v1.append(hashedRekordV1(Buffer.from('something else'), signature, verifier)),
      ];
    });
    expect(sigstore.verdict(content)).toBe('LOG_ENTRY_MISMATCH');
  });

  it.each([
    ['intoto', '0.0.1'],
    ['rekord', '0.0.1'],
    ['dsse', '0.0.3'],
    ['__proto__', ''],
  ])('is not read where it is of another type: %s %s', (kind, version) => {
    const content = changed('v1', (bundle) => {
      bundle.verificationMaterial.tlogEntries = [logs.v1.append({ kind, apiVersion: version, spec: {} })];
    });
    expect(sigstore.verdict(content)).toBe('SIGNATURE_UNSUPPORTED');
  });

  it('may be of the type dsse 0.0.2, with the same comparisons (B5)', () => {
    const entryFor = (recorded: Uint8Array, signature: Buffer, payload: Buffer) =>
      logs.v2.append({
        kind: 'dsse',
        apiVersion: '0.0.2',
        spec: {
          dsseV002: {
            payloadHash: {
              algorithm: 'SHA2_256',
              digest: createHash('sha256').update(payload).digest('base64'),
            },
            signatures: [
              {
                content: signature.toString('base64'),
                verifier: {
                  x509Certificate: { rawBytes: Buffer.from(recorded).toString('base64') },
                  keyDetails: key.keyDetails,
                },
              },
            ],
          },
        },
      });
    const content = (recorded?: Uint8Array) =>
      changed('v2', (bundle) => {
        const { envelope, signature } = envelopeOf(bundle);
        const payload = Buffer.from(envelope.payload, 'base64');
        bundle.verificationMaterial.tlogEntries = [entryFor(recorded ?? leafOf(bundle), signature, payload)];
      });
    expect(sigstore.verdict(content())).toBe('signed');
    expect(sigstore.verdict(content(otherLeaf))).toBe('LOG_ENTRY_MISMATCH');
  });

  it.each([
    ['two certificates', (pem: string) => `${pem}${pem}`],
    ['something else', (pem: string) => pem.replaceAll('CERTIFICATE', 'PKCS7')],
  ])('must name exactly one signer, not %s (B17)', (_, respell) => {
    const content = changed('v1', (bundle) => {
      const der = leafOf(bundle);
      const recorded = { kind: 'certificate', pem: respell(pemOf(der)), der, key } as const;
      bundle.verificationMaterial.tlogEntries = [
        logs.v1.append(dsseV1(envelopeOf(bundle).envelope, recorded)),
      ];
    });
    expect(sigstore.verdict(content)).toBe('LOG_ENTRY_MISMATCH');
  });

  it('must have the shape of its type', () => {
    const content = changed('v1', (bundle) => {
      bundle.verificationMaterial.tlogEntries = [
        logs.v1.append({ kind: 'dsse', apiVersion: '0.0.1', spec: { signatures: [] } }),
      ];
    });
    expect(sigstore.verdict(content)).toBe('LOG_ENTRY_MISMATCH');
  });
});

describe('the proof of a log entry', () => {
  it.each<[string, 'v1' | 'v2', (bundle: BundleJson) => void]>([
    [
      'another time than the log signed (B8)',
      'v1',
      (bundle) => {
        entryOf(bundle).integratedTime = String(START / 1000 + 1);
      },
    ],
    [
      'another index than the log signed',
      'v1',
      (bundle) => {
        entryOf(bundle).logIndex = '99999';
      },
    ],
    [
      'a promise by nobody',
      'v1',
      (bundle) => {
        entryOf(bundle).inclusionPromise = { signedEntryTimestamp: Buffer.from('nobody').toString('base64') };
      },
    ],
    [
      'a leaf that is not in the tree',
      'v2',
      (bundle) => {
        const entry = entryOf(bundle);
        const body = JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString('utf8'));
        entry.canonicalizedBody = Buffer.from(JSON.stringify({ ...body, more: 1 })).toString('base64');
      },
    ],
    [
      'a checkpoint that nobody signed',
      'v2',
      (bundle) => {
        const { inclusionProof } = entryOf(bundle);
        if (inclusionProof?.checkpoint === undefined) throw new Error('no checkpoint');
        inclusionProof.checkpoint.envelope = inclusionProof.checkpoint.envelope.replace(
          /\n(\d+)\n/,
          '\n9$1\n',
        );
      },
    ],
    [
      'the same entry twice (B12)',
      'v2',
      (bundle) => {
        bundle.verificationMaterial.tlogEntries.push(entryOf(bundle));
      },
    ],
    [
      'the same entry twice, though it tells a time (B12)',
      'v1',
      (bundle) => {
        bundle.verificationMaterial.tlogEntries.push(entryOf(bundle));
      },
    ],
  ])('does not hold with %s', (_, log, change) => {
    expect(sigstore.verdict(changed(log, change))).toBe('LOG_ENTRY_INVALID');
  });

  it('gives no time without a signed promise, whatever the entry says (B8)', () => {
    const content = changedBundle(sigstore.bundle({ log: 'v2', timestamp: false }), (bundle) => {
      entryOf(bundle).integratedTime = String(START / 1000);
    });
    expect(sigstore.verdict(content)).toBe('TIMESTAMP_MISSING');
  });

  it('is demanded of every version: a promise of 0.1, a proof with checkpoint of 0.2 and later', () => {
    const withoutProof = changed('v1', (bundle) => {
      delete entryOf(bundle).inclusionProof;
    });
    const withoutCheckpoint = changed('v1', (bundle) => {
      delete entryOf(bundle).inclusionProof?.checkpoint;
    });
    const promiseless = changed('v2', (bundle) => {
      bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
    });
    for (const content of [withoutProof, withoutCheckpoint, promiseless]) {
      expect(sigstore.verdict(content)).toBe('SIGNATURE_MALFORMED');
    }
  });
});

describe('which logs count', () => {
  const unknown = new PrivateSigstore();

  it('only those of the trust root', () => {
    const trustedRoot = sigstore.changedRoot((root) => {
      root.tlogs = JSON.parse(unknown.services.trustedRoot()).tlogs;
    });
    expect(sigstore.verdict(sigstore.bundle(), { trustedRoot })).toBe('LOG_UNTRUSTED');
  });

  it('an entry of an unknown log beside a known one is left alone', () => {
    const content = changed('v1', (bundle) => {
      const { envelope } = envelopeOf(bundle);
      bundle.verificationMaterial.tlogEntries.push(
        unknown.services.logs.v1.append(dsseV1(envelope, bareKey)),
      );
    });
    expect(sigstore.judge(content)).toMatchObject({ kind: 'signed', signature: { logEntries: [{}] } });
  });

  it.each(['v1', 'v2'] as const)('only while the trust root trusts them: %s (B11)', (log) => {
    for (const validFor of [
      { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' },
      { start: '2026-06-02T00:00:00Z' },
    ]) {
      const trustedRoot = sigstore.changedRoot((root) => {
        for (const instance of root.tlogs) instance.publicKey.validFor = validFor;
      });
      expect(sigstore.verdict(sigstore.bundle({ log }), { trustedRoot })).toBe('LOG_ENTRY_INVALID');
    }
  });

  it('a key id for checkpoints in the trust root does not hide the log', () => {
    const trustedRoot = sigstore.changedRoot((root) => {
      for (const log of root.tlogs) {
        const id = Buffer.from(log.logId.keyId, 'base64').subarray(0, 4);
        log.checkpointKeyId = { keyId: id.toString('base64') };
      }
    });
    expect(sigstore.verdict(sigstore.bundle({ log: 'v1' }), { trustedRoot })).toBe('signed');
    expect(sigstore.verdict(sigstore.bundle({ log: 'v2' }), { trustedRoot })).toBe('signed');
  });

  it('none where the policy asks for none: entries are not even read', () => {
    const content = changed('v1', (bundle) => {
      entryOf(bundle).canonicalizedBody = 'not base64';
    });
    expect(sigstore.verdict(content)).toBe('SIGNATURE_MALFORMED');
    expect(sigstore.judge(content, { transparencyLog: false })).toMatchObject({
      kind: 'signed',
      signature: { logEntries: [], times: [START] },
    });
  });
});

describe('the legacy form', () => {
  const request = { digest: SUBJECT, dockerReference: 'registry.example/app', identity: ALICE };

  it('verifies by its promise, with and without a timestamp', () => {
    for (const timestamp of [true, false]) {
      const content = legacyContent(sigstore.services.signLegacy({ ...request, timestamp }));
      expect(sigstore.verdict(content)).toBe('signed');
    }
  });

  it('is not verified by the entry of another signature (B3)', () => {
    const one = legacyContent(sigstore.services.signLegacy(request));
    const other = legacyContent(sigstore.services.signLegacy(request));
    if (one.kind !== 'simple-signing' || other.kind !== 'simple-signing') throw new Error('not legacy');
    const { bundle = '' } = other.annotations;
    const swapped = { ...one, annotations: { ...one.annotations, bundle } };
    expect(sigstore.verdict(swapped)).toBe('LOG_ENTRY_MISMATCH');
  });
});
