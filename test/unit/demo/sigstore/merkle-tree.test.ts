import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MerkleTree } from '../../../../src/demo/sigstore/merkle-tree.ts';

/** The test vectors of certificate transparency: leaves, and the root after each of them. */
const VECTORS = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  ['606162636465666768696a6b6c6d6e6f', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
] as const;

test('the roots are those of the test vectors', () => {
  const tree = new MerkleTree();
  expect(tree.root()).toEqual(createHash('sha256').digest());
  for (const [leaf, root] of VECTORS) {
    tree.append(Buffer.from(leaf, 'hex'));
    expect(tree.root().toString('hex')).toBe(root);
  }
});

test('every leaf is proven at every size of the tree', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 40 }), (leaves) => {
      const tree = new MerkleTree();
      for (const leaf of leaves) tree.append(leaf);
      leaves.forEach((leaf, index) => {
        expect(rootFrom(leaf, index, tree.size, tree.inclusionProof(index))).toEqual(tree.root());
      });
    }),
    { numRuns: 30 },
  );
});

/** Verifying an inclusion proof as RFC 9162 2.1.3.2 writes it, bit by bit instead of by recursion. */
function rootFrom(leaf: Uint8Array, index: number, size: number, proof: readonly Buffer[]): Buffer {
  let fn = index;
  let sn = size - 1;
  let hash = sha256(0, leaf);
  for (const sibling of proof) {
    if (fn % 2 === 1 || fn === sn) {
      hash = sha256(1, sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = sha256(1, hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  expect(sn).toBe(0);
  return hash;
}

function sha256(prefix: number, ...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.of(prefix), ...parts]))
    .digest();
}
