import { join } from 'node:path';
import type { CredentialSource } from '../registry/access.ts';
import { dockerConfigCredentials } from '../registry/docker-config.ts';

/**
 * Docker configs by path, each read by one source however often the configuration is loaded; without a path the default
 * one, `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`, which need not exist.
 */
export function createCredentialSources(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): (path: string | undefined) => CredentialSource {
  const folder = environment['DOCKER_CONFIG'] || join(home, '.docker');
  const fallback = dockerConfigCredentials({ path: join(folder, 'config.json'), required: false });
  const sources = new Map<string, CredentialSource>();
  return (path) => {
    if (path === undefined) return fallback;
    const source = sources.get(path) ?? dockerConfigCredentials({ path, required: true });
    sources.set(path, source);
    return source;
  };
}
