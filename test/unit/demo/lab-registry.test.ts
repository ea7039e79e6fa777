import { afterEach, describe, expect, test } from 'vitest';
import type { DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import { createLabRegistry, labCases } from '../../support/lab-registry.ts';

interface Body {
  readonly config?: { digest: string };
  readonly layers?: readonly { digest: string }[];
  readonly manifests?: readonly { digest: string }[];
}

let registry: DemoRegistry;

afterEach(() => registry.close());

async function get(path: string): Promise<Body | undefined> {
  const response = await fetch(`${registry.url}/v2/${path}`);
  return response.status === 404 ? undefined : ((await response.json()) as Body);
}

async function attached(referrersApi: boolean, repository: string, digest: string): Promise<string[]> {
  const tag = digest.replace(':', '-');
  const index = await get(`${repository}/${referrersApi ? `referrers/${digest}` : `manifests/${tag}`}`);
  return (index?.manifests ?? []).map((descriptor) => descriptor.digest).toSorted();
}

describe.each([{ referrersApi: true }, { referrersApi: false }])(
  'with referrers API: $referrersApi',
  ({ referrersApi }) => {
    test.each(labCases())('$case', async ({ repository, tag, digest, form }) => {
      registry = createLabRegistry({ referrersApi });
      await registry.start();

      expect(registry.manifest(repository, tag)?.digest).toBe(digest);
      const referrers = await attached(referrersApi, repository, digest);
      expect(referrers.length > 0).toBe(/bundle|referrer/.test(form));
      expect((await attached(!referrersApi, repository, digest)).length).toBe(0);
      for (const suffix of ['sig', 'att']) {
        const found = await get(`${repository}/manifests/${digest.replace(':', '-')}.${suffix}`);
        expect(found !== undefined).toBe(form.includes(`.${suffix}`));
        for (const content of [found?.config, ...(found?.layers ?? [])])
          if (content !== undefined) expect(registry.blob(content.digest)).toBeDefined();
      }
      for (const referrer of referrers)
        for (const { digest: layer } of (await get(`${repository}/manifests/${referrer}`))?.layers ?? [])
          expect(registry.blob(layer)).toBeDefined();
    });
  },
);
