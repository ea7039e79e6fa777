/** Whose work something is: the host that the image names, and the repository on it. */
export type Owner = readonly [host: string, repository: string];

/**
 * Counts who holds how much of something scarce, and keeps some of it for those who hold nothing yet. More is granted
 * while what everybody, this host and this repository hold comes to no more than the bound *in sum*. So one repository
 * alone gets a third, the repositories of one host together half, and whoever comes next the same part of the rest; as
 * work comes and goes, `n` greedy hosts end with the same amount each, and about as much is free. Nothing has to be
 * known of who will come, and nothing is taken away from anybody.
 */
export class Shares {
  readonly #bound: number;
  readonly #held = new Map<string, number>();

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** @returns whether it was granted; if so, `give` it back */
  take(owner: Owner, amount = 1): boolean {
    const levels = levelsOf(owner);
    const held = levels.reduce((sum, level) => sum + (this.#held.get(level) ?? 0), 0);
    if (held + amount > this.#bound) return false;
    for (const level of levels) this.#held.set(level, (this.#held.get(level) ?? 0) + amount);
    return true;
  }

  give(owner: Owner, amount = 1): void {
    for (const level of levelsOf(owner)) {
      const left = (this.#held.get(level) ?? 0) - amount;
      if (left > 0) this.#held.set(level, left);
      else this.#held.delete(level);
    }
  }

  /** What everybody holds. */
  get total(): number {
    return this.#held.get(EVERYBODY) ?? 0;
  }
}

/** No host has this name. */
const EVERYBODY = '*';

function levelsOf([host, repository]: Owner): readonly string[] {
  return [EVERYBODY, host, `${host}/${repository}`];
}
