import { type Owner, Shares } from './shares.ts';

/** Something that waits for its turn. */
export interface Waiting {
  readonly owner: Owner;
  /** How much of the queue's bound it takes up. */
  readonly weight: number;
}

/**
 * A bounded queue in which hosts take turns, and so do the repositories of each: however much one of them brings, the
 * others wait for one turn of it. Within a repository, who waits longest goes first. Nobody can fill it alone (`Shares`).
 */
export class FairQueue<T extends Waiting> {
  readonly #shares: Shares;
  /** Hosts and their repositories, whose turn it is first: a Map keeps the order of insertion. */
  readonly #hosts = new Map<string, Map<string, T[]>>();
  #size = 0;

  /** @param bound of the weights of all that wait, see `Shares` */
  constructor(bound: number) {
    this.#shares = new Shares(bound);
  }

  /** @returns false where there is no room for it */
  push(item: T): boolean {
    if (!this.#shares.take(item.owner, item.weight)) return false;
    const [host, repository] = item.owner;
    const repositories = this.#hosts.get(host) ?? new Map<string, T[]>();
    const line = repositories.get(repository) ?? [];
    line.push(item);
    this.#hosts.set(host, repositories.set(repository, line));
    this.#size += 1;
    return true;
  }

  /**
   * Takes out whose turn it is.
   * @param grant asked for the owners in the order of their turns; the first that gets a yes has its turn
   */
  shift(grant: (owner: Owner) => boolean = () => true): T | undefined {
    for (const [host, repositories] of this.#hosts) {
      for (const [repository, line] of repositories) {
        const [item] = line;
        if (item === undefined || !grant([host, repository])) continue;
        this.delete(item);
        // Both go to the end of their lines.
        if (repositories.delete(repository) && line.length > 0) repositories.set(repository, line);
        if (this.#hosts.delete(host) && repositories.size > 0) this.#hosts.set(host, repositories);
        return item;
      }
    }
    return undefined;
  }

  /** Takes out what does not want to wait any more. */
  delete(item: T): void {
    const [host, repository] = item.owner;
    const repositories = this.#hosts.get(host);
    const line = repositories?.get(repository);
    const at = line?.indexOf(item) ?? -1;
    if (repositories === undefined || line === undefined || at === -1) return;
    line.splice(at, 1);
    if (line.length === 0) repositories.delete(repository);
    if (repositories.size === 0) this.#hosts.delete(host);
    this.#shares.give(item.owner, item.weight);
    this.#size -= 1;
  }

  get size(): number {
    return this.#size;
  }
}
