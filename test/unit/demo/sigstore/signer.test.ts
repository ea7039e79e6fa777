import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createDemoSigstore } from '../../../../src/demo/sigstore/demo-sigstore.ts';
import { preAuthenticationEncoding } from '../../../../src/demo/sigstore/dsse.ts';
import { githubIdentity } from '../../../../src/demo/sigstore/identity.ts';
import { generateSigningKey } from '../../../../src/demo/sigstore/signing-key.ts';
import { ANNOTATION } from '../../../../src/demo/sigstore/simple-signing.ts';
import { judgeBundle, judgeLegacy } from '../../../support/referee.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const IMAGE = { digest: DIGEST, dockerReference: '127.0.0.1:5000/team/app' };
const ALICE = { issuer: 'https://accounts.test', subject: 'alice@example.com' };
const RELEASE = githubIdentity({ repository: 'acme/app', path: '.github/workflows/release.yml' });

const sigstore = createDemoSigstore();
const trustedRoot = sigstore.trustedRoot();

function parse(bytes: Uint8Array | string) {
  return JSON.parse(Buffer.from(bytes as string).toString('utf8'));
}

describe('a bundle by an identity', () => {
  test.each([
    { log: 'v1', timestamp: false },
    { log: 'v1', timestamp: true },
    { log: 'v2', timestamp: true },
  ] as const)('with log $log and timestamp $timestamp verifies', ({ log, timestamp }) => {
    const { bytes } = sigstore.signBundle({ digest: DIGEST, identity: ALICE, log, timestamp });

    expect(judgeBundle(trustedRoot, parse(bytes)).identity).toMatchObject({
      subjectAlternativeName: 'alice@example.com',
      extensions: { issuer: 'https://accounts.test' },
    });
  });

  test('with a timestamp alone verifies where no log is asked for, and only there', () => {
    const bundle = parse(sigstore.signBundle({ digest: DIGEST, identity: ALICE, log: 'none' }).bytes);

    expect(judgeBundle(trustedRoot, bundle, { logEntries: 0 }).identity).toBeDefined();
    expect(() => judgeBundle(trustedRoot, bundle)).toThrow();
  });

  test('without any proof of time is refused', () => {
    const request = { digest: DIGEST, identity: ALICE, log: 'v2', timestamp: false } as const;

    expect(() => judgeBundle(trustedRoot, parse(sigstore.signBundle(request).bytes))).toThrow();
  });

  test('names the workflow as a URI', () => {
    const { bytes } = sigstore.signBundle({ digest: DIGEST, identity: RELEASE });

    expect(judgeBundle(trustedRoot, parse(bytes)).identity?.subjectAlternativeName).toBe(
      'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
    );
  });

  test.each(['ec-p384-sha256', 'rsa-2048', 'ed25519'] as const)(
    'may use a certificate for %s',
    (algorithm) => {
      const key = generateSigningKey(algorithm);
      const { bytes } = sigstore.signBundle({ digest: DIGEST, identity: ALICE, key });

      expect(judgeBundle(trustedRoot, parse(bytes)).identity).toBeDefined();
    },
  );

  test('is refused with the trusted root of another Sigstore', () => {
    const { bytes } = sigstore.signBundle({ digest: DIGEST, identity: ALICE });

    expect(() => judgeBundle(createDemoSigstore().trustedRoot(), parse(bytes))).toThrow();
  });

  test('is refused when its payload was changed', () => {
    const bundle = parse(sigstore.signBundle({ digest: DIGEST, identity: ALICE }).bytes);
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString().replace('ab', 'ba');
    bundle.dsseEnvelope.payload = Buffer.from(payload).toString('base64');

    expect(() => judgeBundle(trustedRoot, bundle)).toThrow();
  });

  test('verifies wherever in the log it stands', () => {
    const crowded = createDemoSigstore();
    const bundles = Array.from({ length: 9 }, (_, index) =>
      crowded.signBundle({ digest: DIGEST, identity: ALICE, log: index % 2 === 0 ? 'v1' : 'v2' }),
    );

    for (const { bytes } of bundles)
      expect(judgeBundle(crowded.trustedRoot(), parse(bytes)).identity).toBeDefined();
  });

  test('can be made in the past', () => {
    const past = createDemoSigstore({ now: () => new Date('2021-03-04T05:06:07.890Z') });
    const bundle = parse(past.signBundle({ digest: DIGEST, identity: ALICE }).bytes);

    expect(bundle.verificationMaterial.tlogEntries[0].integratedTime).toBe('1614834367');
    expect(judgeBundle(past.trustedRoot(), bundle, { times: 2 }).identity).toBeDefined();
  });
});

describe('a bundle by a key', () => {
  test.each([
    { log: 'v1', timestamp: false, logEntries: 1, times: 1 },
    { log: 'v2', timestamp: true, logEntries: 1, times: 1 },
    { log: 'none', timestamp: false, logEntries: 0, times: 0 },
  ] as const)('with log $log and timestamp $timestamp verifies', ({ log, timestamp, ...asked }) => {
    const key = generateSigningKey();
    const bundle = parse(sigstore.signBundle({ digest: DIGEST, key, log, timestamp }).bytes);

    expect(judgeBundle(trustedRoot, bundle, { ...asked, publicKey: key.pem }).identity).toBeUndefined();
    const { pem } = generateSigningKey();
    expect(() => judgeBundle(trustedRoot, bundle, { ...asked, publicKey: pem })).toThrow();
  });

  test.each(['ec-p384-sha256', 'rsa-2048', 'ed25519'] as const)('may be made with %s', (algorithm) => {
    const key = generateSigningKey(algorithm);
    const { bytes } = sigstore.signBundle({ digest: DIGEST, key });

    expect(() => judgeBundle(trustedRoot, parse(bytes), { publicKey: key.pem })).not.toThrow();
  });

  // The Sigstore library hashes every DSSE signature with SHA-256, so Node's own crypto is the referee here.
  test.each(['v1', 'v2'] as const)('made with P-384 is hashed with SHA-384, in log %s too', (log) => {
    const key = generateSigningKey('ec-p384');
    const bundle = parse(sigstore.signBundle({ digest: DIGEST, key, log }).bytes);
    const { payload, payloadType, signatures } = bundle.dsseEnvelope;
    const signed = preAuthenticationEncoding(payloadType, Buffer.from(payload, 'base64'));

    const signature = Buffer.from(signatures[0].sig, 'base64');
    expect(verify('sha384', signed, createPublicKey(key.pem), signature)).toBe(true);
  });

  test('names the key by the hash of its DER, as cosign does', () => {
    const key = generateSigningKey();
    const bundle = parse(sigstore.signBundle({ digest: DIGEST, key }).bytes);

    expect(bundle.verificationMaterial.publicKey.hint).toBe(
      createHash('sha256').update(key.spki).digest('base64'),
    );
  });
});

describe('a legacy signature', () => {
  test.each([{ timestamp: false }, { timestamp: true }])(
    'by an identity, timestamp $timestamp, verifies',
    ({ timestamp }) => {
      const signature = sigstore.signLegacy({ ...IMAGE, identity: ALICE, timestamp });

      expect(judgeLegacy(trustedRoot, signature).identity?.subjectAlternativeName).toBe('alice@example.com');
    },
  );

  test('by an identity with a timestamp alone verifies where no log is asked for', () => {
    const signature = sigstore.signLegacy({ ...IMAGE, identity: ALICE, log: 'none', timestamp: true });

    expect(judgeLegacy(trustedRoot, signature, { logEntries: 0 }).identity).toBeDefined();
  });

  test.each(['ec-p256', 'ec-p384-sha256', 'rsa-2048'] as const)('by a key, %s, verifies', (algorithm) => {
    const key = generateSigningKey(algorithm);
    const signature = sigstore.signLegacy({ ...IMAGE, key });

    expect(judgeLegacy(trustedRoot, signature, { publicKey: key.pem }).identity).toBeUndefined();
  });

  // The Sigstore library can't verify these two over a plain artifact.
  test.each([
    { algorithm: 'ed25519', hash: undefined },
    { algorithm: 'ec-p384', hash: 'sha384' },
  ] as const)('by a key, $algorithm, verifies', ({ algorithm, hash }) => {
    const key = generateSigningKey(algorithm);
    const { payload, annotations } = sigstore.signLegacy({ ...IMAGE, key, log: 'none' });

    const signature = Buffer.from(annotations[ANNOTATION.signature] ?? '', 'base64');
    expect(verify(hash, payload, createPublicKey(key.pem), signature)).toBe(true);
  });

  test('is refused when its payload was changed', () => {
    const signature = sigstore.signLegacy({ ...IMAGE, identity: ALICE });
    const payload = Buffer.from(Buffer.from(signature.payload).toString().replace('ab', 'ba'));

    expect(() => judgeLegacy(trustedRoot, { ...signature, payload })).toThrow();
  });

  test('carries what the signer adds', () => {
    const { payload } = sigstore.signLegacy({ ...IMAGE, identity: ALICE, optional: { env: 'prod' } });

    expect(parse(payload)).toEqual({
      critical: {
        identity: { 'docker-reference': '127.0.0.1:5000/team/app' },
        image: { 'docker-manifest-digest': DIGEST },
        type: 'cosign container image signature',
      },
      optional: { env: 'prod' },
    });
  });
});

test('an attestation verifies as a bundle, and says what it attests', () => {
  const { bytes, predicateType } = sigstore.attest({
    digest: DIGEST,
    name: '127.0.0.1:5000/team/app',
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: { buildDefinition: {} },
    identity: RELEASE,
    log: 'v2',
  });
  const bundle = parse(bytes);

  expect(judgeBundle(trustedRoot, bundle).identity).toBeDefined();
  expect(predicateType).toBe('https://slsa.dev/provenance/v1');
  expect(parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64'))).toMatchObject({
    subject: [{ name: '127.0.0.1:5000/team/app', digest: { sha256: 'ab'.repeat(32) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
  });
});
