import { LRUCache } from 'lru-cache';
import { type Challenge, parseChallenges } from './challenge.ts';
import { parseRealm } from './realm.ts';
import type { RegistryResponse } from './response.ts';
import { basicAuthorization, TokenAuth } from './token-auth.ts';
import type { RegistryRequest, Transport } from './transport.ts';

export type UnauthorizedRequest = Omit<RegistryRequest, 'authorization' | 'form'>;

/** How a registry wants to be asked. */
type Scheme =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

const MAX_REMEMBERED = 1_000;

/**
 * Sends requests with the authorization that the registry asks for. What it asked for once is remembered, so that
 * the next request carries its authorization from the start.
 */
export class AuthorizedTransport {
  readonly #transport: Transport;
  readonly #tokens: TokenAuth;
  readonly #schemes = new LRUCache<string, Scheme>({ max: MAX_REMEMBERED });

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#tokens = new TokenAuth(transport);
  }

  /**
   * @returns the answer, whatever its status; 401 and 403 are final
   * @throws CREDENTIALS_UNAVAILABLE, and what Transport.send throws
   */
  async send(request: UnauthorizedRequest): Promise<RegistryResponse> {
    const { access, repository } = request;
    const pull = `repository:${repository}:pull`;
    const own = `${access.fingerprint} ${access.endpoint.href} ${repository}`;
    // A registry that asked for the usual scope of one repository asks the same for all others.
    const shared = `${access.fingerprint} ${access.endpoint.href}`;
    let scheme = this.#schemes.get(own) ?? withScope(this.#schemes.get(shared), pull);
    let authorization = scheme && (await this.#authorization(request, scheme));
    let response = await this.#transport.send(withAuthorization(request, authorization));

    for (let round = 1; isChallenge(response, round) && isOwn(response, request); round += 1) {
      scheme = chooseScheme(parseChallenges(response.headers['www-authenticate']));
      const next = scheme && (await this.#authorization(request, scheme, authorization));
      if (scheme === undefined || next === undefined || next === authorization) break;
      authorization = next;
      this.#schemes.set(own, scheme);
      if (scheme.kind === 'basic' || scheme.scope === pull) this.#schemes.set(shared, scheme);
      response = await this.#transport.send(withAuthorization(request, authorization));
    }
    return response;
  }

  /** @returns undefined where the registry wants a password and none is configured */
  async #authorization(
    request: UnauthorizedRequest,
    scheme: Scheme,
    refused?: string,
  ): Promise<string | undefined> {
    const { access, call } = request;
    const credential = await access.credentials.lookup(access.endpoint.host, call.signal);
    if (scheme.kind === 'basic') return credential && basicAuthorization(credential);
    const token = await this.#tokens.token(
      {
        ...scheme,
        access,
        realm: parseRealm(access, scheme.realm),
        credential,
        ...(refused?.startsWith(BEARER) ? { refused: refused.slice(BEARER.length) } : {}),
      },
      call.signal,
    );
    return `${BEARER}${token}`;
  }
}

const BEARER = 'Bearer ';

/** The first 401 is how it goes; after that only "your token's scope doesn't suffice" leads to another round. */
function isChallenge(response: RegistryResponse, round: number): boolean {
  const isInsufficient =
    (response.status === 401 || response.status === 403) &&
    parseChallenges(response.headers['www-authenticate']).some(
      ({ parameters }) => parameters.get('error') === 'insufficient_scope',
    );
  return round === 1 ? response.status === 401 || isInsufficient : round === 2 && isInsufficient;
}

/** Whoever was redirected to gets no credentials, whatever it asks for. */
function isOwn(response: RegistryResponse, request: UnauthorizedRequest): boolean {
  return response.url.origin === request.url.origin;
}

function chooseScheme(challenges: readonly Challenge[]): Scheme | undefined {
  for (const { scheme, parameters } of challenges) {
    const realm = parameters.get('realm');
    if (scheme !== 'bearer' || realm === undefined) continue;
    const service = parameters.get('service');
    const scope = parameters.get('scope');
    return {
      kind: 'bearer',
      realm,
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
    };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

function withScope(scheme: Scheme | undefined, scope: string): Scheme | undefined {
  return scheme?.kind === 'bearer' ? { ...scheme, scope } : scheme;
}

function withAuthorization(request: UnauthorizedRequest, authorization: string | undefined): RegistryRequest {
  return authorization === undefined ? request : { ...request, authorization };
}
