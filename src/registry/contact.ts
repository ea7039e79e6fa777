import { CountersignError } from '../errors.ts';
import type { RegistryAccess } from './access.ts';
import { type AddressClass, classifyHost } from './address.ts';

/** How one place may be contacted on behalf of one image. */
export interface Contact {
  /** Whether it may have a loopback or private address. */
  readonly allowPrivate: boolean;
  /** PEM certificates trusted there in addition to the system's. */
  readonly ca?: string;
}

/**
 * Only what the operator named, the endpoint and the listed hosts, may be private, speak http and use the Store's
 * certificate authority. Everything else a registry points to must be public.
 *
 * @throws ADDRESS_FORBIDDEN
 */
export function contactOf(access: RegistryAccess, url: URL): Contact {
  const named = url.origin === access.endpoint.origin;
  const listed = isListed(access, url);
  const allowPrivate = listed || (named && access.allowPrivate);
  if (!isPermitted(classifyHost(url.hostname), allowPrivate)) throw addressForbidden(url.hostname);
  return access.ca !== undefined && (named || listed) ? { allowPrivate, ca: access.ca } : { allowPrivate };
}

export function isPermitted(address: AddressClass, allowPrivate: boolean): boolean {
  return address === 'public' || (allowPrivate && address !== 'forbidden');
}

/** Whether a cluster-wide Store lists this host and port; a port that the scheme implies may be left out there. */
export function isListed({ privateHosts }: RegistryAccess, url: URL): boolean {
  return isAmong(privateHosts, url);
}

/** Whether it does so as one that speaks http: a port that is listed for https gets nothing in the clear. */
export function isListedPlain({ plainHosts }: RegistryAccess, url: URL): boolean {
  return isAmong(plainHosts, url);
}

function isAmong(hosts: ReadonlySet<string>, url: URL): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return hosts.has(url.host) || hosts.has(`${url.hostname}:${port}`);
}

/**
 * Where a redirect leads.
 *
 * @throws REDIRECT_FORBIDDEN for a downgrade to http, another scheme, or user information in the URL
 */
export function redirectTarget(access: RegistryAccess, from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to === null) throw redirectForbidden(from, 'to something that is no URL');
  if (to.username !== '' || to.password !== '')
    throw redirectForbidden(from, 'to a URL with a user name in it');
  if (to.protocol === 'https:') return to;
  if (to.protocol !== 'http:') throw redirectForbidden(from, `to the scheme ${to.protocol}`);
  if (from.protocol === 'https:') throw redirectForbidden(from, `from https to http on ${to.host}`);
  if (to.origin !== access.endpoint.origin && !isListedPlain(access, to)) {
    throw redirectForbidden(from, `to ${to.host} without encryption`);
  }
  return to;
}

export function addressForbidden(hostname: string): CountersignError {
  return new CountersignError(
    'ADDRESS_FORBIDDEN',
    `${hostname} is at, or is the name of, an address that may not be contacted for this image`,
  );
}

function redirectForbidden(from: URL, where: string): CountersignError {
  return new CountersignError('REDIRECT_FORBIDDEN', `${from.host} redirects ${where}`);
}
