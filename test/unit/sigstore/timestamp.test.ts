import { describe, expect, it } from 'vitest';
import { createTimestampAuthority } from '../../../src/demo/sigstore/timestamp-authority.ts';
import * as der from '../../support/der.ts';
import {
  ALICE,
  type BundleJson,
  changedBundle,
  legacyContent,
  PrivateSigstore,
  START,
  SUBJECT,
} from '../../support/private-sigstore.ts';

const sigstore = new PrivateSigstore();
const foreign = createTimestampAuthority(() => new Date(START));
const HOUR = 3_600_000;

function signatureOf(bundle: BundleJson): Buffer {
  return Buffer.from(bundle.dsseEnvelope?.signatures[0]?.sig ?? '', 'base64');
}

/** A signature with other timestamps than its own. */
function stamped(log: 'v1' | 'v2' | 'none', ...timestamps: ((signature: Buffer) => Uint8Array)[]) {
  return changedBundle(sigstore.bundle({ log }), (bundle) => {
    bundle.verificationMaterial.timestampVerificationData = {
      rfc3161Timestamps: timestamps.map((make) => ({
        signedTimestamp: Buffer.from(make(signatureOf(bundle))).toString('base64'),
      })),
    };
  });
}

const own = (data: Uint8Array): Uint8Array => sigstore.services.timestampAuthority.timestamp(data);
const byForeign = (data: Uint8Array): Uint8Array => foreign.timestamp(data, foreign.chain);

describe('timestamps', () => {
  it('of an unknown authority beside a known one are left alone', () => {
    expect(sigstore.verdict(stamped('v2', byForeign, own))).toBe('signed');
  });

  it('of an unknown authority beside the time of a log are left alone, in both forms', () => {
    expect(sigstore.verdict(stamped('v1', byForeign))).toBe('signed');
    const legacy = legacyContent(
      sigstore.services.signLegacy({
        digest: SUBJECT,
        dockerReference: 'x',
        identity: ALICE,
        timestamp: true,
      }),
    );
    const trustedRoot = sigstore.changedRoot((root) => {
      root.timestampAuthorities = [];
    });
    expect(sigstore.verdict(legacy, { trustedRoot })).toBe('signed');
  });

  it('of an unknown authority prove nothing, whatever certificates they bring along (B10)', () => {
    expect(sigstore.verdict(stamped('v2', byForeign))).toBe('TIMESTAMP_UNTRUSTED');
    expect(sigstore.verdict(stamped('v2'))).toBe('TIMESTAMP_MISSING');
  });

  it('of a known authority may bring a foreign certificate along, which is not believed (B10)', () => {
    const withForeign = (data: Uint8Array): Uint8Array =>
      sigstore.services.timestampAuthority.timestamp(data, foreign.chain);
    expect(sigstore.verdict(stamped('v2', withForeign))).toBe('signed');
  });

  it('for another signature fail it, even beside the time of a log', () => {
    const other = (): Uint8Array => own(Buffer.from('another signature'));
    expect(sigstore.verdict(stamped('v2', other))).toBe('TIMESTAMP_INVALID');
    expect(sigstore.verdict(stamped('v1', other))).toBe('TIMESTAMP_INVALID');
    expect(sigstore.verdict(stamped('v1', other, own))).toBe('TIMESTAMP_INVALID');
  });

  it('that were changed fail it', () => {
    const changed = (data: Uint8Array): Uint8Array => {
      const bytes = Buffer.from(own(data));
      // The last byte is one of the signature.
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
      return bytes;
    };
    expect(sigstore.verdict(stamped('v1', changed))).toBe('TIMESTAMP_INVALID');
  });

  it.each([
    ['nonsense', Buffer.from('nonsense')],
    ['a refusal without a token', der.sequence(der.sequence(der.integer(2)))],
    ['an empty sequence', der.sequence()],
  ])('that cannot be read fail it: %s (E6)', (_, bytes) => {
    expect(sigstore.verdict(stamped('v1', () => bytes))).toBe('TIMESTAMP_INVALID');
  });

  it('with the status of a refusal fail it, though they carry a token', () => {
    const refused = (data: Uint8Array): Uint8Array => {
      const bytes = Buffer.from(own(data));
      const granted = Buffer.from('3003020100', 'hex');
      bytes.set(Buffer.from('3003020102', 'hex'), bytes.indexOf(granted));
      return bytes;
    };
    expect(sigstore.verdict(stamped('v1', refused))).toBe('TIMESTAMP_INVALID');
  });

  it('count only while the trust root trusts the authority (B11)', () => {
    const trustedRoot = sigstore.changedRoot((root) => {
      for (const authority of root.timestampAuthorities)
        authority.validFor = { start: '2026-06-02T00:00:00Z' };
    });
    expect(sigstore.verdict(stamped('v2', own), { trustedRoot })).toBe('TIMESTAMP_INVALID');
  });

  it('outside the validity of the certificate fail it', () => {
    const late = new PrivateSigstore();
    const content = changedBundle(late.bundle({ log: 'v1' }), (bundle) => {
      late.now = START + HOUR;
      const signedTimestamp = late.services.timestampAuthority
        .timestamp(signatureOf(bundle))
        .toString('base64');
      bundle.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
    });
    expect(late.verdict(content)).toBe('CERTIFICATE_EXPIRED');
  });
});

describe('without a transparency log', () => {
  it('the timestamp is the time, and the verdict does not expire', () => {
    const late = new PrivateSigstore();
    const content = late.bundle({ log: 'none' });
    late.now = START + HOUR;
    const outcome = late.judge(content, { transparencyLog: false });
    expect(outcome).toMatchObject({ kind: 'signed', signature: { times: [START], logEntries: [] } });
    expect(outcome).not.toHaveProperty('signature.validUntil');
  });

  it('and without a timestamp, it is now, and the verdict lasts no longer than the certificate', () => {
    const late = new PrivateSigstore();
    const content = late.bundle({ log: 'v1', timestamp: false });
    expect(late.judge(content, { transparencyLog: false })).toMatchObject({
      kind: 'signed',
      signature: { times: [], logEntries: [], validUntil: START + 600_000 },
    });
    late.now = START + HOUR;
    // Never at the time that the certificate or the log entry names.
    expect(late.verdict(content, { transparencyLog: false })).toBe('CERTIFICATE_EXPIRED');
    expect(late.verdict(content)).toBe('signed');
  });

  it('SCTs are still demanded unless the policy says otherwise', () => {
    const content = sigstore.bundle({ log: 'none', timestamp: false, certificate: { ctLogs: [] } });
    expect(sigstore.verdict(content, { transparencyLog: false })).toBe('SCT_INVALID');
    expect(sigstore.verdict(content, { transparencyLog: false, certificateTransparency: false })).toBe(
      'signed',
    );
  });
});
