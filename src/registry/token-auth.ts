import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { limits } from '../limits.ts';
import { orAborted } from './abort.ts';
import type { Credential, RegistryAccess } from './access.ts';
import { createByteBudget } from './byte-budget.ts';
import { invalidResponse, readJsonObject } from './json-body.ts';
import { maySeeCredentials } from './realm.ts';
import { type RegistryResponse, statusError } from './response.ts';
import type { RegistryRequest, Transport } from './transport.ts';

export interface TokenRequest {
  readonly access: RegistryAccess;
  readonly realm: URL;
  readonly service?: string;
  /** Space-separated, as the challenge has it. */
  readonly scope?: string;
  readonly credential: Credential | undefined;
  /** A token that was just refused: it is not answered again. */
  readonly refused?: string;
}

const MAX_TOKENS = 1_000;
/** Seconds that a token is good for where the server doesn't say (distribution's token specification). */
const DEFAULT_LIFETIME = 60;
const MAX_LIFETIME = 3_600;
/** Part of its lifetime for which a token is used; then it is fetched anew, before it expires under way. */
const USED_LIFETIME = 0.8;

/**
 * Bearer tokens of registries (distribution's token authentication). They are kept by host, token server, service,
 * scope and credential, so that nobody is served with what somebody else's credentials obtained.
 */
export class TokenAuth {
  readonly #transport: Transport;
  readonly #tokens = new LRUCache<string, string>({ max: MAX_TOKENS });
  readonly #flights = new Map<string, Promise<string>>();
  /** Keys hold credentials only as a hash that means nothing outside of this process. */
  readonly #secret = randomBytes(32);

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** @throws REGISTRY_UNAUTHORIZED, REGISTRY_RESPONSE_INVALID, and what Transport.send throws */
  token(request: TokenRequest, signal: AbortSignal): Promise<string> {
    const { access, realm, service, scope } = request;
    const credential = maySeeCredentials(access, realm) ? request.credential : undefined;
    const key = this.#key([
      access.endpoint.host,
      realm.href,
      service ?? null,
      scope ?? null,
      credential ?? null,
    ]);
    const kept = this.#tokens.get(key);
    if (kept !== undefined && kept !== request.refused) return Promise.resolve(kept);
    const flight = this.#flights.get(key) ?? this.#start(key, { ...request, credential });
    return orAborted(flight, signal, realm.host);
  }

  #key(parts: readonly unknown[]): string {
    return createHmac('sha256', this.#secret).update(JSON.stringify(parts)).digest('base64');
  }

  /** Several callers wait for it, so it heeds the signal of none. */
  #start(key: string, request: TokenRequest): Promise<string> {
    const flight = this.#fetch(request)
      .then(({ token, lifetime }) => {
        this.#tokens.set(key, token, { ttl: Math.max(1, Math.floor(lifetime * USED_LIFETIME * 1_000)) });
        return token;
      })
      .finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  async #fetch(request: TokenRequest): Promise<{ token: string; lifetime: number }> {
    const { access, realm, credential } = request;
    const call = {
      signal: AbortSignal.timeout(limits.registryIdle),
      budget: createByteBudget(limits.registryAttempts * limits.tokenResponse),
    };
    const base = {
      access,
      repository: request.scope ?? '',
      maxBytes: limits.tokenResponse,
      overflow: 'REGISTRY_RESPONSE_INVALID',
      call,
    } as const;
    const exchange = (sent: Pick<RegistryRequest, 'method' | 'url' | 'form' | 'authorization'>) =>
      this.#transport.send({ ...base, ...sent });

    if (credential?.kind === 'identity-token') {
      const response = await exchange({
        method: 'POST',
        url: realm,
        form: refreshForm(request, credential.token),
      });
      // Token servers that only know GET say so in one of these ways.
      if (response.status !== 404 && response.status !== 405) return readToken(response);
    }
    const url = tokenUrl(request);
    const authorization = credential === undefined ? {} : { authorization: basicAuthorization(credential) };
    return readToken(await exchange({ method: 'GET', url, ...authorization }));
  }
}

/** An identity token goes where docker puts it: in the place of the password. */
export function basicAuthorization(credential: Credential): string {
  const [user, secret] =
    credential.kind === 'basic' ? [credential.username, credential.password] : ['<token>', credential.token];
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

function scopesOf(request: TokenRequest): string[] {
  return (request.scope ?? '').split(' ').filter((scope) => scope !== '');
}

function tokenUrl(request: TokenRequest): URL {
  const url = new URL(request.realm);
  if (request.service !== undefined) url.searchParams.set('service', request.service);
  for (const scope of scopesOf(request)) url.searchParams.append('scope', scope);
  return url;
}

/** OAuth2 as the distribution specification has it, RFC 6749 6. */
function refreshForm(request: TokenRequest, token: string): URLSearchParams {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'countersign',
    refresh_token: token,
  });
  if (request.service !== undefined) form.set('service', request.service);
  if (request.scope !== undefined) form.set('scope', scopesOf(request).join(' '));
  return form;
}

function readToken(response: RegistryResponse): { token: string; lifetime: number } {
  if (response.status !== 200) throw statusError(response, 'a request for a token');
  const body = readJsonObject(response);
  const token = body['token'] || body['access_token'];
  // It becomes a header.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw invalidResponse(response, 'has no usable token');
  const expires = body['expires_in'];
  const lifetime =
    typeof expires === 'number' && expires > 0 ? Math.min(expires, MAX_LIFETIME) : DEFAULT_LIFETIME;
  return { token, lifetime };
}
