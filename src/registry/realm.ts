import { CountersignError } from '../errors.ts';
import type { RegistryAccess } from './access.ts';
import { contactOf, isListed, isListedPlain } from './contact.ts';

/**
 * The token server that a registry names.
 *
 * @throws REDIRECT_FORBIDDEN for http elsewhere than at the registry itself and the hosts that the operator lists with
 *   it, ADDRESS_FORBIDDEN, REGISTRY_RESPONSE_INVALID where it is no URL
 */
export function parseRealm(access: RegistryAccess, realm: string): URL {
  const { host } = access.endpoint;
  const url = URL.parse(realm);
  if (url === null) {
    throw new CountersignError('REGISTRY_RESPONSE_INVALID', `${host} names a token server that is no URL`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new CountersignError(
      'REDIRECT_FORBIDDEN',
      `${host} names a token server with a user name in its URL`,
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new CountersignError(
      'REDIRECT_FORBIDDEN',
      `${host} names a token server by the scheme ${url.protocol}`,
    );
  }
  contactOf(access, url);
  if (url.protocol === 'http:' && url.origin !== access.endpoint.origin && !isListedPlain(access, url)) {
    throw new CountersignError(
      'REDIRECT_FORBIDDEN',
      `${host} names a token server without encryption, ${url.host}`,
    );
  }
  return url;
}

/**
 * Whether the token server may see the registry's credentials: the registry's own host, a host that a cluster-wide Store
 * lists, or one that is known to belong to this registry. Everybody else is asked anonymously, however alike the names
 * are: who answers in the registry's name, such as the upstream of a cache, could have the credentials sent to himself,
 * and below most domains there are hosts of several owners.
 */
export function maySeeCredentials(access: RegistryAccess, realm: URL): boolean {
  const { hostname, origin } = access.endpoint;
  return realm.hostname === hostname || isListed(access, realm) || TOKEN_SERVERS.get(origin) === realm.origin;
}

/** Public registries whose token server has another name. */
const TOKEN_SERVERS: ReadonlyMap<string, string> = new Map([
  ['https://registry-1.docker.io', 'https://auth.docker.io'],
  ['https://index.docker.io', 'https://auth.docker.io'],
  ['https://registry.gitlab.com', 'https://gitlab.com'],
]);
