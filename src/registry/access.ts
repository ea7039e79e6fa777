/** A user name and password for one registry; or an identity token, which docker calls `identitytoken`. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string };

/** Where credentials come from; the file behind it may change, so it is asked each time. */
export interface CredentialSource {
  /**
   * @param host host or host:port of the endpoint that will be asked
   * @returns undefined where none are configured: the request goes out anonymously
   * @throws CREDENTIALS_UNAVAILABLE where they are configured and cannot be read: never silently anonymous
   */
  lookup(host: string, signal: AbortSignal): Promise<Credential | undefined>;
  /** Changes when the configuration of the source changes; part of cache keys. Never derived from a secret. */
  readonly fingerprint: string;
}

/**
 * How the registry of one image is reached on behalf of what governs the image: the effective view of a Store.
 * Built with the snapshot, immutable, plain data but for the credentials.
 */
export interface RegistryAccess {
  /** The host that the image names, canonical: `docker.io`, lower case, with port if it has one. */
  readonly host: string;
  /** Where requests go: origin and optional path prefix, e.g. `https://registry-1.docker.io`. */
  readonly endpoint: URL;
  /** PEM certificates that are trusted for this endpoint in addition to the system's. */
  readonly ca?: string;
  /** Whether this endpoint may have a loopback or private address. */
  readonly allowPrivate: boolean;
  /** `host:port` of other places (redirects, token realms) that may have private addresses. */
  readonly privateHosts: ReadonlySet<string>;
  /** Those among them that speak http, because the operator says so. */
  readonly plainHosts: ReadonlySet<string>;
  readonly credentials: CredentialSource;
  /** Whether `.sig` tags are looked for (Ratify's `cosignEnabled`). */
  readonly cosignEnabled: boolean;
  /** Hash of all of the above; part of every cache key. */
  readonly fingerprint: string;
}
