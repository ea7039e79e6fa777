import { randomBytes } from 'node:crypto';
import { type Answer, errorAnswer, jsonAnswer } from './answer.ts';
import type { RegistryRequest } from './registry-request.ts';

/** Who may pull. Without credentials, `token` hands tokens to everybody, as public registries do. */
export type RegistryAuthentication =
  | { readonly kind: 'basic'; readonly credentials: Credentials }
  | { readonly kind: 'token'; readonly credentials?: Credentials };

interface Credentials {
  readonly user: string;
  readonly password: string;
}

const TOKEN_LIFETIME_SECONDS = 300;

/** The gate before the content: HTTP Basic, or the bearer tokens of distribution's token specification. */
export class Authenticator {
  readonly #authentication: RegistryAuthentication;
  /** Token → the scopes it was given for. */
  readonly #tokens = new Map<string, readonly string[]>();

  constructor(authentication: RegistryAuthentication) {
    this.#authentication = authentication;
  }

  /** undefined: let through. `url` is where the registry itself is reached. */
  refuse(request: RegistryRequest, url: string): Answer | undefined {
    if (this.#authentication.kind === 'basic') {
      if (carries(this.#authentication.credentials, request)) return undefined;
      return unauthorized('Basic realm="demo"');
    }
    const { target } = request;
    const scope = 'repository' in target ? `repository:${target.repository}:pull` : undefined;
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const granted = token === undefined ? undefined : this.#tokens.get(token);
    if (granted !== undefined && (scope === undefined || granted.includes(scope))) return undefined;

    const parameters = [`realm="${url}/token"`, `service="${new URL(url).host}"`];
    if (scope !== undefined) parameters.push(`scope="${scope}"`);
    if (token !== undefined)
      parameters.push(`error="${granted === undefined ? 'invalid_token' : 'insufficient_scope'}"`);
    return unauthorized(`Bearer ${parameters.join(',')}`);
  }

  answerToken(request: RegistryRequest): Answer {
    const { credentials } = this.#authentication;
    if (credentials !== undefined && !carries(credentials, request))
      return errorAnswer(401, 'UNAUTHORIZED', 'the credentials are missing or wrong');
    const token = randomBytes(16).toString('base64url');
    this.#tokens.set(token, request.query.getAll('scope'));
    return jsonAnswer({
      token,
      access_token: token,
      expires_in: TOKEN_LIFETIME_SECONDS,
      issued_at: new Date().toISOString(),
    });
  }
}

function carries({ user, password }: Credentials, request: RegistryRequest): boolean {
  const expected = Buffer.from(`${user}:${password}`).toString('base64');
  return /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] === expected;
}

function unauthorized(challenge: string): Answer {
  return errorAnswer(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
}
