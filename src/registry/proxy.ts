import { CountersignError } from '../errors.ts';

/** Which proxy leads out, as the usual environment variables say. */
export interface ProxySettings {
  /** For `http:` URLs. Optional. */
  readonly http?: string;
  /** For `https:` URLs. Optional. */
  readonly https?: string;
  /** Hosts that are contacted directly: comma-separated names, which cover their subdomains, with or without port. */
  readonly none: string;
}

/**
 * Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in lower case first as curl does.
 *
 * @throws SETTING_INVALID for a proxy that is no http or https URL
 */
export function proxyFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings {
  const value = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const http = proxyUrl('HTTP_PROXY', value('HTTP_PROXY'));
  const https = proxyUrl('HTTPS_PROXY', value('HTTPS_PROXY'));
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    none: value('NO_PROXY') ?? '',
  };
}

function proxyUrl(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href;
  // The value may hold a password.
  throw new CountersignError('SETTING_INVALID', `${name} is not the URL of an http or https proxy`);
}
