import type { RegistryAccess } from './access.ts';
import type { Repository } from './reference.ts';

/**
 * The URL of a resource of a repository: `/v2/<name>/<resource>` below the path of the endpoint. An endpoint whose path
 * starts with `/v2/` names a place inside of the registry, as pull-through caches have it
 * (`https://harbor.example/v2/dockerhub`): the repository's path goes below it.
 */
export function apiUrl(access: RegistryAccess, repository: Repository, resource: string): URL {
  const { root, prefix } = rootOf(access);
  return new URL(`${root}/v2/${prefix}${repository.path}/${resource}`, access.endpoint.origin);
}

/** The repository's name as the endpoint knows it, for token scopes. */
export function remoteName(access: RegistryAccess, repository: Repository): string {
  return `${rootOf(access).prefix}${repository.path}`;
}

function rootOf(access: RegistryAccess): { readonly root: string; readonly prefix: string } {
  const segments = access.endpoint.pathname.split('/').filter((segment) => segment !== '');
  const isInside = segments[0] === 'v2';
  const join = (names: readonly string[]) => names.map((name) => `/${name}`).join('');
  if (!isInside) return { root: join(segments), prefix: '' };
  return {
    root: '',
    prefix: segments
      .slice(1)
      .map((name) => `${name}/`)
      .join(''),
  };
}
