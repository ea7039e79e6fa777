import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSignatureVerifier,
  type SignatureVerifier,
} from '../../../src/verification/signature-verifier.ts';
import { labCase, labContents, labKeys, labTrust, otherDigest } from '../../support/lab-material.ts';

const call = () => ({
  owner: ['registry.test', 'team/app'] as const,
  signal: AbortSignal.timeout(30_000),
});

describe('signatures verified in worker threads', () => {
  let verifier: SignatureVerifier;

  beforeAll(() => {
    verifier = createSignatureVerifier({ threads: 2 });
  });

  afterAll(() => verifier.close());

  it.each(['b-github-rekor2', 'l-email-rekor1tsa', 'b-key-rekor1', 'l-key-rekor1'])(
    'verifies %s',
    async (name) => {
      const found = labCase(name);
      const trust = labTrust({ keys: name.includes('key') ? labKeys : [] });
      const outcomes = await Promise.all(
        labContents(found).map((content) => verifier.verify(content, found.digest, trust, call())),
      );
      expect(outcomes).toMatchObject([{ kind: 'signed' }]);
    },
  );

  it('answers with an outcome where trust material is unusable or the signature is nonsense', async () => {
    const [content] = labContents(labCase('b-key-bare'));
    if (content === undefined) throw new Error('no content');
    const broken = labTrust({ trustedRoot: '{}' });
    await expect(verifier.verify(content, otherDigest(), broken, call())).resolves.toMatchObject({
      kind: 'invalid',
      reason: { code: 'TRUST_ROOT_INVALID' },
    });
    const nonsense = { kind: 'bundle', bytes: Buffer.from('nonsense') } as const;
    await expect(verifier.verify(nonsense, otherDigest(), labTrust(), call())).resolves.toMatchObject({
      kind: 'invalid',
      reason: { code: 'SIGNATURE_MALFORMED' },
    });
  });

  it('verifies many at once', async () => {
    const found = labCase('b-email-rekor1tsa');
    const [content] = labContents(found);
    if (content === undefined) throw new Error('no content');
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => verifier.verify(content, found.digest, labTrust(), call())),
    );
    expect(outcomes.every(({ kind }) => kind === 'signed')).toBe(true);
  });
});
