import * as fc from 'fast-check';

/**
 * One change of a document, as numbers: what they mean depends on what is there. So every list of edits fits every
 * document, and leaving some out, as shrinking does, gives a list of edits again.
 */
export interface Edit {
  readonly operation: number;
  readonly at: number;
  readonly to: number;
}

const MAXIMUM = 0x7fff_ffff;

const edit: fc.Arbitrary<Edit> = fc.record({
  operation: fc.nat(MAXIMUM),
  at: fc.nat(MAXIMUM),
  to: fc.nat(MAXIMUM),
});

/** @param most edits of one input; some have none, since what is honest must stay so */
export function edits(most: number): fc.Arbitrary<readonly Edit[]> {
  return fc.array(edit, { maxLength: most, size: 'max' });
}

/** The member of a list that a number picks; the list has one. */
export function pick<T>(list: readonly T[], number: number): T {
  const member = list[number % list.length];
  if (member === undefined) throw new Error('there is nothing to pick from');
  return member;
}
