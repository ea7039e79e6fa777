import type { Scope } from './scope.ts';

/** What stands under one scope. */
export interface Indexed<T> {
  /** The first of those that say the same in different spellings. */
  readonly scope: Scope;
  /** In the order in which they were given. */
  readonly values: readonly [T, ...T[]];
}

type Buckets<T> = Map<string, { readonly scope: Scope; readonly values: [T, ...T[]] }>;

/** Finds the most specific of many scopes: exact ones by one look-up, prefixes by one look-up a length in use. */
export class ScopeIndex<T> {
  readonly #exact: Buckets<T> = new Map();
  readonly #prefixes: Buckets<T> = new Map();
  /** Longest first; `*` is the prefix of length 0. */
  readonly #prefixLengths: readonly number[];
  readonly #sorted: readonly Scope[];

  constructor(entries: Iterable<readonly [Scope, T]>) {
    for (const [scope, value] of entries) {
      const map = scope.kind === 'prefix' || scope.kind === 'all' ? this.#prefixes : this.#exact;
      const indexed = map.get(scope.canonical);
      if (indexed === undefined) map.set(scope.canonical, { scope, values: [value] });
      else indexed.values.push(value);
    }
    const lengths = new Set([...this.#prefixes.keys()].map((prefix) => prefix.length));
    this.#prefixLengths = [...lengths].toSorted((a, b) => b - a);
    this.#sorted = [...this.#exact.values(), ...this.#prefixes.values()]
      .map(({ scope }) => scope)
      .toSorted((a, b) => (a.canonical < b.canonical ? -1 : 1));
  }

  /** @param texts what the reference is called, canonical, most specific first: by digest, by tag, by repository */
  mostSpecific(texts: readonly string[]): Indexed<T> | undefined {
    for (const text of texts) {
      const indexed = this.#exact.get(text);
      if (indexed !== undefined) return indexed;
    }
    for (const length of this.#prefixLengths) {
      for (const text of texts) {
        // Cut at a length it doesn't have, a text would meet a shorter prefix before its turn.
        const indexed = text.length < length ? undefined : this.#prefixes.get(text.slice(0, length));
        if (indexed !== undefined) return indexed;
      }
    }
    return undefined;
  }

  /** The scopes that share the longest beginning with the text, best first; none that shares nothing. */
  nearest(text: string, count: number): readonly Scope[] {
    const at = this.#position(text);
    // In sorted order, what shares less stands further away, on either side.
    return this.#sorted
      .slice(Math.max(0, at - count), at + count)
      .map((scope) => ({ scope, shared: sharedLength(scope.canonical, text) }))
      .filter(({ shared }) => shared > 0)
      .toSorted((a, b) => b.shared - a.shared)
      .slice(0, count)
      .map(({ scope }) => scope);
  }

  /** Index of the first scope that does not stand before the text. */
  #position(text: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const scope = this.#sorted[middle];
      if (scope !== undefined && scope.canonical < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a.charAt(length) === b.charAt(length)) length += 1;
  return length;
}
