import { createHash } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { limits } from '../limits.ts';
import { classifyAddress } from './address.ts';
import { addressForbidden, type Contact, isPermitted } from './contact.ts';
import type { ProxySettings } from './proxy.ts';

/** All addresses of a name, as the resolver of the system orders them. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface ConnectionsOptions {
  /** No proxy by default. */
  readonly proxy?: ProxySettings;
  /** The system's resolver by default. */
  readonly resolveHost?: ResolveHost;
}

/** Dispatchers that are kept; each keeps connections per origin. One a Store's CA and address rule. */
const MAX_DISPATCHERS = 64;

/**
 * Kept-alive connections, kept apart by everything that a connection was checked under: the address rule and the
 * trusted certificate authorities.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #dispatchers = new LRUCache<string, Dispatcher>({
    max: MAX_DISPATCHERS,
    // Requests that are under way end in peace.
    dispose: (dispatcher, _key, reason) => {
      if (reason === 'evict') void dispatcher.close();
    },
  });

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  dispatcher(url: URL, contact: Contact): Dispatcher {
    const ca = contact.ca === undefined ? '' : createHash('sha256').update(contact.ca).digest('hex');
    const key = `${url.protocol} ${contact.allowPrivate} ${ca}`;
    const known = this.#dispatchers.get(key);
    if (known !== undefined) return known;
    const dispatcher = this.#create(url.protocol, contact);
    this.#dispatchers.set(key, dispatcher);
    return dispatcher;
  }

  /** Ends all connections; they are not opened again. */
  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
  }

  #create(protocol: string, contact: Contact): Dispatcher {
    const tls = contact.ca === undefined ? {} : { secureContext: secureContext(contact.ca) };
    const options = {
      allowH2: false,
      connections: limits.registryConcurrency,
      connect: buildConnector({
        ...tls,
        allowH2: false,
        timeout: limits.registryConnect,
        lookup: guardedLookup(contact.allowPrivate, this.#options.resolveHost ?? resolveWithSystem),
      }),
    };
    const proxy = protocol === 'https:' ? this.#options.proxy?.https : this.#options.proxy?.http;
    if (proxy === undefined) return new Agent(options);
    // The agent falls back from one of the two to the other; here the choice is made already.
    return new EnvHttpProxyAgent({
      ...options,
      httpProxy: proxy,
      httpsProxy: proxy,
      noProxy: this.#options.proxy?.none ?? '',
      connectTimeout: limits.registryConnect,
      requestTls: { ...tls, allowH2: false },
    });
  }
}

function resolveWithSystem(hostname: string): Promise<readonly LookupAddress[]> {
  return lookup(hostname, { all: true });
}

/**
 * The addresses that pass are the ones that are connected to, so a name cannot resolve to something else after it was
 * checked. It is not asked for literal addresses; those are judged with the URL.
 */
function guardedLookup(allowPrivate: boolean, resolve: ResolveHost): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const permitted = addresses.filter(({ address }) =>
          isPermitted(classifyAddress(address), allowPrivate),
        );
        const [first] = permitted;
        if (first === undefined) callback(addressForbidden(hostname), '', 0);
        else if (options.all === true) callback(null, permitted);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

/** Made once a dispatcher: parsing the system's certificates takes longer than a handshake. */
function secureContext(ca: string): SecureContext {
  return createSecureContext({ ca: [...getCACertificates('default'), ca] });
}
