import { sha256 } from './signing-key.ts';

/** RFC 6962 2.1: leaves and nodes are hashed with different prefixes, so that neither can pass for the other. */
const LEAF_PREFIX = Buffer.of(0);
const NODE_PREFIX = Buffer.of(1);

/** An append-only Merkle tree with proofs of inclusion (RFC 6962 2.1). */
export class MerkleTree {
  readonly #leaves: Buffer[] = [];

  get size(): number {
    return this.#leaves.length;
  }

  /** @returns the index of the new leaf */
  append(data: Uint8Array): number {
    return this.#leaves.push(sha256(LEAF_PREFIX, data)) - 1;
  }

  root(): Buffer {
    return rootOf(this.#leaves);
  }

  /** The siblings on the way from the leaf to the root, lowest first. */
  inclusionProof(index: number): Buffer[] {
    return pathOf(index, this.#leaves);
  }
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return only;
  const split = splitPoint(leaves.length);
  return sha256(NODE_PREFIX, rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

function pathOf(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitPoint(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...pathOf(index, left), rootOf(right)]
    : [...pathOf(index - split, right), rootOf(left)];
}

/** The largest power of two below `size`. */
function splitPoint(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}
