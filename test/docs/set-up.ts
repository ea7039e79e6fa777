import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorAnswer } from '../../src/demo/registry/answer.ts';
import { createDemoRegistry, type DemoRegistry } from '../../src/demo/registry/demo-registry.ts';
import { publishImage } from '../../src/demo/registry/image.ts';
import type { RegistryRequest } from '../../src/demo/registry/registry-request.ts';
import { publishScenario, scenarioFaults, TRUSTED } from '../../src/demo/scenario.ts';
import { createDemoSigstore } from '../../src/demo/sigstore/demo-sigstore.ts';
import { publishBundle } from '../../src/demo/sigstore/publish.ts';
import { ensureDevelopmentCertificate } from '../../src/server/development-certificate.ts';
import { policy, store, trustRoot, yamlOf } from '../support/resources.ts';

/** What the pages take for granted: a registry with images, and somebody's configuration. */
export interface SetUp {
  /** Where commands are run. */
  readonly folder: string;
  /** With `countersign` on PATH. */
  readonly environment: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** The name that images have in the pages; the Store sends questions to the registry of the test. */
const HOST = 'registry.example';

/**
 * `policies/` has a Policy, a Store and two trust roots. The pages write the Verifiers themselves.
 * `trusted_root.json` and `registry-ca.crt` lie beside it, for the pages that configure them.
 */
export async function createSetUp(): Promise<SetUp> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-docs-'));
  const authority = await createAuthority(join(folder, '.registry'));
  const registry = createDemoRegistry({ tls: authority.tls, onRequest: faults });
  await registry.start();
  const trustedRoot = await publishImages(registry);

  const policies = join(folder, 'policies');
  await mkdir(policies);
  await writeFile(join(policies, 'policy.yaml'), yamlOf(policy('any')));
  const entry = { host: HOST, endpoint: registry.url, ca: authority.ca };
  await writeFile(join(policies, 'store.yaml'), yamlOf(store([entry])));
  const roots = [trustRoot('acme-sigstore', trustedRoot), trustRoot('old-sigstore', ended(trustedRoot))];
  await writeFile(join(policies, 'sigstore.yaml'), yamlOf(...roots));
  await writeFile(join(folder, 'trusted_root.json'), trustedRoot);
  await writeFile(join(folder, 'registry-ca.crt'), authority.ca);

  return {
    folder,
    environment: {
      HOME: folder,
      NO_COLOR: '1',
      REGISTRY: registry.url,
      PATH: [await commandFolder(folder), process.env['PATH']].join(delimiter),
    },
    async close() {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A folder with `countersign`, as an installation puts it on PATH. */
async function commandFolder(folder: string): Promise<string> {
  const bin = join(folder, '.bin');
  const program = fileURLToPath(new URL('../../bin/countersign.js', import.meta.url));
  await mkdir(bin);
  await writeFile(join(bin, 'countersign'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(join(bin, 'countersign'), 0o755);
  return bin;
}

async function createAuthority(certDir: string) {
  const { caBundle = '' } = await ensureDevelopmentCertificate({ certDir, names: [], now: Date.now() });
  const [cert, key] = await Promise.all(
    ['tls.crt', 'tls.key'].map((name) => readFile(join(certDir, name), 'utf8')),
  );
  return {
    ca: Buffer.from(caBundle, 'base64').toString('utf8'),
    tls: { cert: cert ?? '', key: key ?? '' },
  };
}

/** The demo's images, and those that only the pages tell of. @returns the trust root that signed them */
async function publishImages(registry: DemoRegistry): Promise<string> {
  const sigstore = await createDemoSigstore();
  await publishScenario(registry, sigstore);
  for (const [repository, identity] of [
    ['demo/wrong-issuer', { ...TRUSTED, issuer: 'https://gitlab.example' }],
    ['old/app', TRUSTED],
    ['other/app', TRUSTED],
  ] as const) {
    const place = { registry, repository };
    const { digest } = publishImage(place, repository, 'v1');
    publishBundle(place, digest, await sigstore.signBundle({ digest, identity }));
  }
  return sigstore.trustedRoot();
}

function faults(request: RegistryRequest) {
  const { target } = request;
  const isPrivate = 'repository' in target && target.repository === 'demo/private';
  return isPrivate ? errorAnswer(401, 'UNAUTHORIZED', 'log in first') : scenarioFaults(request);
}

/** A trust root whose parts were all replaced by others before anything was signed. */
function ended(trustedRoot: string): string {
  return trustedRoot.replaceAll(
    /"validFor":\{"start":"[^"]+"\}/g,
    '"validFor":{"start":"2020-01-01T00:00:00Z","end":"2021-01-01T00:00:00Z"}',
  );
}
