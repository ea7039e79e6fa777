import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { parseTrustRoot, publicGoodTrustRoot } from '../../../src/sigstore/trust-root.ts';
import { labTrustedRoot } from '../../support/lab-material.ts';
import { PrivateSigstore, type TrustedRootJson } from '../../support/private-sigstore.ts';

const sigstore = new PrivateSigstore();

function first<T>(list: T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('the list is empty');
  return item;
}

function spkiOf(publicKey: ReturnType<typeof generateKeyPairSync>['publicKey']): string {
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
}

describe('a trust root', () => {
  it.each([
    ['of the public good instance', publicGoodTrustRoot().json],
    ['of the lab', labTrustedRoot],
    ['of a private instance', sigstore.services.trustedRoot()],
  ])('is read: %s', (_, json) => {
    const root = parseTrustRoot(json);
    expect(root.tlogs.length).toBeGreaterThan(0);
    expect(root.certificateAuthorities.length).toBeGreaterThan(0);
  });

  it.each<[string, string, (root: TrustedRootJson) => void]>([
    [
      'a log without a start (B11)',
      'tlogs.0.publicKey.validFor.start',
      (root) => {
        delete first(root.tlogs).publicKey.validFor.start;
      },
    ],
    [
      'a certificate log without a start (B11)',
      'ctlogs.0.publicKey.validFor.start',
      (root) => {
        delete first(root.ctlogs).publicKey.validFor.start;
      },
    ],
    [
      'an authority without a start (B11)',
      'certificateAuthorities.0.validFor.start',
      (root) => {
        delete first(root.certificateAuthorities).validFor.start;
      },
    ],
    [
      'a timestamp authority without a start (B11)',
      'timestampAuthorities.0.validFor.start',
      (root) => {
        delete first(root.timestampAuthorities).validFor.start;
      },
    ],
    [
      'a validity that ends before it starts',
      'tlogs.0.publicKey.validFor',
      (root) => {
        first(root.tlogs).publicKey.validFor = { start: '2026-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' };
      },
    ],
    [
      'a date that is none',
      'tlogs.0.publicKey.validFor.start',
      (root) => {
        first(root.tlogs).publicKey.validFor.start = 'yesterday';
      },
    ],
    [
      'an unknown algorithm',
      'tlogs.0.publicKey.keyDetails',
      (root) => {
        first(root.tlogs).publicKey.keyDetails = 'ML_DSA_65';
      },
    ],
    [
      'a key that is none',
      'tlogs.0.publicKey',
      (root) => {
        first(root.tlogs).publicKey.rawBytes = 'AAAA';
      },
    ],
    [
      'a key of a curve that is not accepted',
      'tlogs.0.publicKey',
      (root) => {
        const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
        first(root.tlogs).publicKey.rawBytes = spkiOf(publicKey);
      },
    ],
    [
      'base64 that is not canonical',
      'tlogs.0.publicKey.rawBytes',
      (root) => {
        first(root.tlogs).publicKey.rawBytes += '\n';
      },
    ],
    [
      'a log id of four bytes',
      'tlogs.0.logId.keyId',
      (root) => {
        first(root.tlogs).logId.keyId = 'AAAAAA==';
      },
    ],
    [
      'an empty chain',
      'certificateAuthorities.0.certChain.certificates',
      (root) => {
        first(root.certificateAuthorities).certChain.certificates = [];
      },
    ],
    [
      'a chain without its root',
      'certificateAuthorities.0.certChain',
      (root) => {
        first(root.certificateAuthorities).certChain.certificates.pop();
      },
    ],
    [
      'a certificate that is none',
      'certificateAuthorities.0.certChain.certificates.0',
      (root) => {
        first(first(root.certificateAuthorities).certChain.certificates).rawBytes = 'AAAA';
      },
    ],
    [
      'a timestamp authority that may not stamp',
      'timestampAuthorities.0.certChain.certificates.0',
      (root) => {
        root.timestampAuthorities = root.certificateAuthorities;
      },
    ],
    [
      'another media type',
      'mediaType',
      (root) => {
        root.mediaType = 'application/json';
      },
    ],
  ])('is refused, and the field named, with %s', (_, field, change) => {
    const json = sigstore.changedRoot(change);
    expect(() => parseTrustRoot(json)).toThrow(
      expect.objectContaining({ code: 'TRUST_ROOT_INVALID', message: expect.stringContaining(field) }),
    );
  });

  it.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['no authorities', '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'],
    [
      'field names in snake_case, which the library drops',
      sigstore.services.trustedRoot().replaceAll('certificateAuthorities', 'certificate_authorities'),
    ],
    ['a field twice (B16)', sigstore.services.trustedRoot().replace('{', '{"tlogs":[],')],
    ['more bytes than are read', ' '.repeat(limits.trustRoot + 1)],
  ])('is refused with %s', (_, json) => {
    expect(() => parseTrustRoot(json)).toThrow(expect.objectContaining({ code: 'TRUST_ROOT_INVALID' }));
  });

  it('may leave out what an instance does not have', () => {
    const json = sigstore.changedRoot((root) => {
      const lists: Partial<TrustedRootJson> = root;
      delete lists.timestampAuthorities;
      delete lists.ctlogs;
      delete lists.tlogs;
    });
    expect(parseTrustRoot(json).timestampAuthorities).toEqual([]);
  });

  it('may hold RSA keys in both of their forms', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pkcs1 = publicKey.export({ format: 'der', type: 'pkcs1' }).toString('base64');
    const forms: [string, string][] = [
      ['PKCS1_RSA_PKCS1V5', pkcs1],
      ['PKIX_RSA_PKCS1V15_2048_SHA256', spkiOf(publicKey)],
    ];
    for (const [keyDetails, rawBytes] of forms) {
      const trustedRoot = sigstore.changedRoot((root) => {
        Object.assign(first(root.ctlogs).publicKey, { keyDetails, rawBytes });
      });
      // Not the key of this log, but one that can be read: the certificate's SCT fails, and nothing else.
      expect(sigstore.verdict(sigstore.bundle(), { trustedRoot })).toBe('SCT_INVALID');
    }
  });

  it('is read or refused, and never makes a parser stumble', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(() => parseTrustRoot(text)).toThrow(CountersignError);
        },
      ),
    );
  });
});
