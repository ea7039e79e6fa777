import { z } from 'zod';

const registry = z
  .strictObject({
    host: z
      .string({ error: 'host is required' })
      .min(1, 'host is required')
      .describe('Host that images name, with port if they name one, e.g. `registry.corp:5000`. Required.'),
    endpoint: z
      .string()
      .optional()
      .describe(
        'URL that is asked in place of the host: a mirror or pull-through cache, with an optional path prefix. Credentials are looked up for its own host and port, and there is no way back to `host`. In a NamespacedStore it is asked without credentials, as with `ca`, and neither is allowed for a host that a cluster-wide Store lists, or that a scope other than `*` of a cluster-wide Verifier is for that governs the namespace. Optional, default `https://<host>`.',
      ),
    plainHttp: z
      .boolean()
      .optional()
      .describe(
        'Speak http instead of https with the host. Not together with `endpoint`, whose URL says it. Optional, default the value of `useHttp`.',
      ),
    caFile: z
      .string()
      .optional()
      .describe(
        "File of PEM certificates that are trusted for this registry in addition to the system's. Not together with `ca`. Optional, default none.",
      ),
    ca: z
      .string()
      .optional()
      .describe(
        "PEM certificates that are trusted for this registry in addition to the system's. Optional, default none.",
      ),
  })
  .superRefine((entry, context) => {
    if (entry.endpoint !== undefined && entry.plainHttp !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['plainHttp'],
        message: `registry ${entry.host} has both endpoint and plainHttp; the URL of endpoint says which protocol is spoken`,
        params: { code: 'CONFIG_INVALID' },
      });
    }
    if (entry.ca !== undefined && entry.caFile !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['caFile'],
        message: `registry ${entry.host} has both ca and caFile`,
        params: { code: 'CONFIG_INVALID' },
      });
    }
  })
  .describe('How one registry is reached.');

/** `spec` of Store and NamespacedStore, `name: oras`. */
export const storeSpec = z
  .strictObject({
    name: z
      .literal('oras', { error: 'the only store is "oras"' })
      .describe('Kind of store: `oras`. Required.'),
    version: z
      .string()
      .optional()
      .describe("Accepted for Ratify's sake, without effect. Optional, default none."),
    address: z
      .string()
      .optional()
      .describe("Accepted for Ratify's sake, without effect. Optional, default none."),
    parameters: z
      .strictObject({
        cosignEnabled: z
          .boolean()
          .default(true)
          .describe(
            'Look for signatures under the `sha256-<hex>.sig` tag too, not only among the referrers. Optional, default `true`.',
          ),
        useHttp: z
          .boolean()
          .default(false)
          .describe(
            'Speak http instead of https with every registry of this Store that has no `endpoint`. Optional, default `false`.',
          ),
        authProvider: z
          .strictObject({
            name: z
              .literal('dockerConfig', { error: 'the only authProvider is "dockerConfig"' })
              .describe('Kind of provider: `dockerConfig`. Required.'),
            configPath: z
              .string()
              .optional()
              .describe(
                'Docker config file with `auths`, `credHelpers` or `credsStore`. Optional, default `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`, where it exists.',
              ),
          })
          .optional()
          .describe('Where credentials come from. Optional, default `dockerConfig` with its default file.'),
        registries: z
          .array(registry)
          .default([])
          .describe(
            'Registries that are reached in a special way. Hosts listed in a cluster-wide Store may have private addresses. Optional, default none.',
          ),
        cacheEnabled: z
          .boolean()
          .optional()
          .describe(
            "Accepted for Ratify's sake, without effect: what is addressed by digest is always cached. Optional, default none.",
          ),
        ttl: z
          .number()
          .optional()
          .describe(
            "Accepted for Ratify's sake, without effect: listings of signatures are not kept apart from verdicts. Optional, default none.",
          ),
        localCachePath: z
          .string()
          .optional()
          .describe(
            "Accepted for Ratify's sake, without effect: nothing is cached on disk. Optional, default none.",
          ),
      })
      .prefault({})
      .describe('Parameters of the store. Optional, default as below.'),
  })
  .describe(
    'How registries are reached. Without any, public registries are, over https, with the credentials of the default docker config.',
  );

export type StoreSpec = z.infer<typeof storeSpec>;
export type RegistryEntry = z.infer<typeof registry>;
