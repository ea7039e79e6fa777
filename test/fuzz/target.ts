import type * as fc from 'fast-check';

/** One parser, or one way through several, under hostile input. */
export interface FuzzTarget {
  readonly name: string;
  /** What an input can get past, in this order; the first is the outermost parse. */
  readonly stages: readonly string[];
  /**
   * Honest material and what can be made of it. Always a text, so that every input can be kept in a file: bytes stand as
   * the characters up to U+00FF, several parts as JSON.
   */
  readonly inputs: fc.Arbitrary<string>;
  /**
   * @param reached to be called for each stage that was got past
   * @throws whatever must not happen
   */
  readonly check: (input: string, reached: (stage: string) => void) => void | Promise<void>;
}

/** The target did what it never may. */
class Finding extends Error {
  override readonly name = 'Finding';
}

export function must(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Finding(otherwise);
}

/** The bytes that a text of characters up to U+00FF stands for. */
export function bytesOf(input: string): Buffer<ArrayBuffer> {
  return Buffer.from(input, 'latin1');
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
