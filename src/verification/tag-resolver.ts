import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';
import type { RegistryAccess } from '../registry/access.ts';
import { createByteBudget } from '../registry/byte-budget.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Digest } from '../registry/digest.ts';
import { ownerOf, type Reference, repositoryName } from '../registry/reference.ts';
import { Flights, type FlightsOptions } from './flights.ts';

export interface TagResolverOptions {
  /** Milliseconds for which a tag is taken to point where it did. */
  readonly ttl: number;
  readonly maxEntries: number;
  readonly flights: FlightsOptions;
}

/** Tag → digest, once: everything after is addressed by digest. */
export class TagResolver {
  readonly #client: RegistryClient;
  readonly #options: TagResolverOptions;
  readonly #digests: LRUCache<string, Digest>;
  readonly #flights: Flights<Digest | undefined>;

  constructor(client: RegistryClient, options: TagResolverOptions, clock: Clock) {
    this.#client = client;
    this.#options = options;
    this.#digests = new LRUCache<string, Digest>({
      max: options.maxEntries,
      perf: { now: () => clock.monotonic() },
      ttlResolution: 0,
    });
    this.#flights = new Flights(options.flights);
  }

  /**
   * @param traceId of the request; one that joins others has theirs
   * @returns undefined where the registry has no such tag
   * @throws what RegistryClient.resolve throws, OVERLOADED
   */
  async resolve(
    reference: Reference & { readonly tag: string },
    access: RegistryAccess,
    traceId?: string,
  ): Promise<Digest | undefined> {
    const { repository, tag } = reference;
    const key = `${access.fingerprint} ${repositoryName(repository)}:${tag}`;
    const kept = this.#digests.get(key);
    if (kept !== undefined) return kept;
    const { result } = this.#flights.join(key, ownerOf(repository), async (signal) => {
      const call = {
        signal,
        budget: createByteBudget(limits.subjectBytes),
        ...(traceId !== undefined && { traceId }),
      };
      const digest = await this.#client.resolve(access, reference, call);
      if (digest !== undefined && this.#options.ttl > 0)
        this.#digests.set(key, digest, { ttl: this.#options.ttl });
      return digest;
    });
    return result;
  }

  get size(): number {
    return this.#digests.size;
  }

  /** Resolutions that are under way. */
  get flying(): number {
    return this.#flights.size;
  }
}
