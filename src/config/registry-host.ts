import { parseReference } from '../registry/reference.ts';

/** Host of a registry as references have it, or undefined where no reference could name it. */
export function canonicalHost(host: string): string | undefined {
  if (/[/@\s]/.test(host)) return undefined;
  try {
    const { repository } = parseReference(`${host}/any/path`);
    return repository.path === 'any/path' ? repository.host : undefined;
  } catch {
    return undefined;
  }
}

/** `host:port` of a URL, with the port of its protocol where none is written. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : url.port}`;
}
