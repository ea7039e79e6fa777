import { describe, expect, it } from 'vitest';
import { changedBundle, entryOf, PrivateSigstore } from '../../support/private-sigstore.ts';

type Proof = NonNullable<ReturnType<typeof entryOf>['inclusionProof']>;

describe.each(['v1', 'v2'] as const)('the tree that a proof of a log %s names', (log) => {
  const sigstore = new PrivateSigstore();

  function verdict(change: (proof: Partial<Proof>) => void): string {
    const content = changedBundle(sigstore.bundle({ log }), (bundle) => {
      const { inclusionProof } = entryOf(bundle);
      if (inclusionProof === undefined) throw new Error('the entry has no proof');
      change(inclusionProof);
    });
    return sigstore.verdict(content);
  }

  it('is the one of the checkpoint', () => {
    expect(verdict(() => {})).toBe('signed');
    const otherRoot = verdict((proof) => {
      proof.rootHash = Buffer.alloc(32, 1).toString('base64');
    });
    const otherSize = verdict((proof) => {
      proof.treeSize = '1000';
    });
    expect([otherRoot, otherSize]).toEqual(['LOG_ENTRY_INVALID', 'LOG_ENTRY_INVALID']);
  });

  it('need not be named twice', () => {
    const silent = verdict((proof) => {
      delete proof.rootHash;
      delete proof.treeSize;
    });
    expect(silent).toBe('signed');
  });
});
