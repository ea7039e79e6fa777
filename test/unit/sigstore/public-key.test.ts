import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateSigningKey, type KeyAlgorithm } from '../../../src/demo/sigstore/signing-key.ts';
import { digestOf } from '../../../src/registry/digest.ts';
import { acceptKey, parsePublicKey } from '../../../src/sigstore/public-key.ts';
import { legacyContent, PrivateSigstore, SUBJECT } from '../../support/private-sigstore.ts';

const sigstore = new PrivateSigstore();
const IMAGE = Buffer.from('{"schemaVersion":2}');

function pemOf(pair: {
  publicKey: { export(options: { format: 'pem'; type: 'spki' }): string | Buffer };
}): string {
  return pair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

describe('public keys', () => {
  const accepted: readonly KeyAlgorithm[] = ['ec-p256', 'ec-p384', 'ec-p384-sha256', 'rsa-2048', 'ed25519'];

  it.each(accepted)('verify bundles and the legacy form: %s', (algorithm) => {
    const key = generateSigningKey(algorithm);
    const spec = { keys: [{ name: 'team/key', pem: key.pem }], transparencyLog: false };
    const expected = {
      kind: 'signed',
      signature: { signer: { kind: 'key', name: 'team/key', fingerprint: key.keyId.toString('hex') } },
    };
    expect(sigstore.judge(sigstore.keyedBundle(key, { log: 'none' }), spec)).toMatchObject(expected);
    // The legacy form is signed with SHA-256 whatever the curve.
    const sha256Key = algorithm === 'ec-p384' ? generateSigningKey('ec-p384-sha256') : key;
    const legacy = sigstore.services.signLegacy({
      digest: SUBJECT,
      dockerReference: 'x',
      key: sha256Key,
      log: 'none',
    });
    const legacySpec = { ...spec, keys: [{ name: 'team/key', pem: sha256Key.pem }] };
    expect(sigstore.verdict(legacyContent(legacy), legacySpec)).toBe('signed');
  });

  it.each(accepted)('verify with log entries of both kinds: %s', (algorithm) => {
    const key = generateSigningKey(algorithm);
    const spec = { keys: [{ name: 'k', pem: key.pem }] };
    expect(sigstore.verdict(sigstore.keyedBundle(key, { log: 'v1' }), spec)).toBe('signed');
    expect(sigstore.verdict(sigstore.keyedBundle(key, { log: 'v2' }), spec)).toBe('signed');
  });

  it('are tried one after the other, whatever the hint says', () => {
    const key = generateSigningKey();
    const keys = [
      { name: 'old', pem: generateSigningKey('rsa-2048').pem },
      { name: 'other', pem: generateSigningKey().pem },
      { name: 'current', pem: key.pem },
    ];
    const content = sigstore.keyedBundle(key);
    expect(sigstore.judge(content, { keys })).toMatchObject({ signature: { signer: { name: 'current' } } });
    expect(sigstore.judge(content, { keys: keys.slice(0, 2) })).toMatchObject({
      reason: { code: 'KEY_MISMATCH', message: expect.stringContaining('old, other') },
    });
  });

  it('need a log entry, and a time for it, where the policy demands one', () => {
    const key = generateSigningKey();
    const spec = { keys: [{ name: 'k', pem: key.pem }] };
    expect(sigstore.verdict(sigstore.keyedBundle(key, { log: 'none' }), spec)).toBe('LOG_ENTRY_MISSING');
    expect(sigstore.verdict(sigstore.keyedBundle(key, { log: 'v2', timestamp: false }), spec)).toBe(
      'TIMESTAMP_MISSING',
    );
  });

  it('verify without a trust root where nothing needs one', () => {
    const key = generateSigningKey();
    const { trustedRoot: _, ...spec } = sigstore.trust({
      keys: [{ name: 'k', pem: key.pem }],
      transparencyLog: false,
    });
    const outcome = sigstore.judgeWith(sigstore.keyedBundle(key), spec);
    expect(outcome).toMatchObject({ kind: 'signed', signature: { times: [] } });
    expect(outcome).not.toHaveProperty('signature.validUntil');
  });
});

describe('which keys are accepted', () => {
  it.each<[string, string]>([
    ['secp256k1', pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }))],
    ['P-224', pemOf(generateKeyPairSync('ec', { namedCurve: 'secp224r1' }))],
    ['RSA of 1024 bits', pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }))],
    ['RSA-PSS', pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }))],
    ['X25519', pemOf(generateKeyPairSync('x25519'))],
    ['Ed448', pemOf(generateKeyPairSync('ed448'))],
    ['nothing', ''],
    ['words', 'no key at all'],
    ['two blocks (B17)', `${generateSigningKey().pem}${generateSigningKey().pem}`],
    ['words before the block (B17)', `Bag Attributes\n${generateSigningKey().pem}`],
    ['a label that ends otherwise', generateSigningKey().pem.replace('END PUBLIC KEY', 'END CERTIFICATE')],
    ['a certificate', generateSigningKey().pem.replaceAll('PUBLIC KEY', 'CERTIFICATE')],
    ['broken base64', generateSigningKey().pem.replace('MFkw', 'MF*w')],
    ['broken DER', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ])('not %s', (_, pem) => {
    expect(() => parsePublicKey(pem)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });

  it('P-521, and RSA in the form of PKCS #1', () => {
    expect(
      parsePublicKey(pemOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }))).fingerprint,
    ).toHaveLength(64);
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
    const pkcs1 = publicKey.export({ format: 'pem', type: 'pkcs1' }).toString();
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    expect(parsePublicKey(pkcs1).fingerprint).toBe(createHash('sha256').update(spki).digest('hex'));
  });

  it('white space around the block and line ends of Windows do not matter', () => {
    const { pem } = generateSigningKey();
    expect(parsePublicKey(`\r\n${pem.replaceAll('\n', '\r\n')}\n\n`).spki).toEqual(parsePublicKey(pem).spki);
  });

  it('not with bytes behind the key', () => {
    const { spki } = generateSigningKey();
    expect(() => acceptKey(Buffer.concat([spki, Buffer.of(0)]))).toThrow(/not usable/);
  });
});

describe('message signatures over the image itself', () => {
  const digest = createHash('sha256').update(IMAGE).digest();

  function messageBundle(signature: Buffer, messageDigest = digest, algorithm = 'SHA2_256') {
    const bundle = {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: '' } },
      messageSignature: {
        messageDigest: { algorithm, digest: messageDigest.toString('base64') },
        signature: signature.toString('base64'),
      },
    };
    return { kind: 'bundle', bytes: Buffer.from(JSON.stringify(bundle)) } as const;
  }

  function judge(pem: string, content: ReturnType<typeof messageBundle>, subject = digestOf(IMAGE)) {
    return sigstore.judge(content, { keys: [{ name: 'k', pem }], transparencyLog: false }, subject);
  }

  it('verify by RSA, for which the digest suffices', () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const content = messageBundle(sign('sha256', IMAGE, pair.privateKey));
    expect(judge(pemOf(pair), content)).toMatchObject({ kind: 'signed' });
    for (const wrong of [
      sign('sha512', IMAGE, pair.privateKey),
      sign('sha256', Buffer.from('x'), pair.privateKey),
      Buffer.alloc(256),
      Buffer.of(1),
    ]) {
      expect(judge(pemOf(pair), messageBundle(wrong))).toMatchObject({ reason: { code: 'KEY_MISMATCH' } });
    }
  });

  it.each(['ec-p256', 'ed25519'] as const)(
    'are not supported by %s, which needs the image itself',
    (algorithm) => {
      const key = generateSigningKey(algorithm);
      const content = messageBundle(sign(key.hash, IMAGE, key.privateKey));
      expect(judge(key.pem, content)).toMatchObject({
        reason: { code: 'SIGNATURE_UNSUPPORTED', message: expect.stringContaining('digest of the image') },
      });
    },
  );

  it('are for another image where the digest differs (B1, B14)', () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signature = sign('sha256', IMAGE, pair.privateKey);
    expect(judge(pemOf(pair), messageBundle(signature), SUBJECT)).toMatchObject({
      reason: { code: 'SUBJECT_MISMATCH' },
    });
    const sha512 = createHash('sha512').update(IMAGE).digest();
    expect(judge(pemOf(pair), messageBundle(signature, sha512, 'SHA2_512'))).toMatchObject({
      reason: { code: 'SUBJECT_MISMATCH' },
    });
  });
});
