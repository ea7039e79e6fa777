import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import { publishImage } from '../../../src/demo/registry/image.ts';
import { runCommand } from '../../support/command-line.ts';
import { createLabRegistry, labCases, labFile } from '../../support/lab-registry.ts';
import { policy, store, trustRoot, verifier, yamlOf } from '../../support/resources.ts';

// Somebody has an image that is denied, and no knowledge of the code: the cause is there to be read after one command,
// `verify`, or after a second one, which every answer of `verify` leads to.

const SIGNED = 'v2-email-rekor1';
const ATTESTED = 'b-att-slsa1';
const ENDED = '2020-01-01T00:00:00Z';

interface Denial {
  readonly cause: string;
  /** Changes of the trust policy. */
  readonly policy?: object;
  readonly root?: string;
  readonly yaml?: string;
  /** Repository and tag. */
  readonly image: string;
  readonly registry?: 'open' | 'closed';
  readonly exit: number;
  /** What `verify` says. */
  readonly verify: readonly string[];
  /** What the second command says in addition. */
  readonly second: readonly [command: 'inspect' | 'discover' | 'lint', ...says: string[]];
}

const [signer] = labCases().find(({ case: name }) => name === SIGNED)?.signers ?? [];
const { issuer, identity } =
  signer !== undefined && 'issuer' in signer ? signer : { issuer: '', identity: '' };

const DENIALS: readonly Denial[] = [
  {
    cause: 'wrong identity',
    policy: { keyless: { certificateOIDCIssuer: issuer, certificateIdentity: 'bob@example.com' } },
    image: `lab/${SIGNED}:v1`,
    exit: 1,
    verify: ['✘ rejected', 'IDENTITY_MISMATCH', `signed by "${identity}"`, 'expects "bob@example.com"'],
    second: [
      'inspect',
      '✔ it verifies over the signed content',
      '✔ the OIDC issuer is one that the policy trusts',
      '✘ the identity is one that the policy trusts',
      `found  ${identity}`,
      'needed "bob@example.com"',
    ],
  },
  {
    cause: 'wrong issuer',
    policy: { keyless: { certificateOIDCIssuer: 'https://login.example', certificateIdentity: identity } },
    image: `lab/${SIGNED}:v1`,
    exit: 1,
    verify: ['✘ rejected', 'ISSUER_MISMATCH', `of issuer "${issuer}"`, 'of issuer "https://login.example"'],
    second: [
      'inspect',
      '✘ the OIDC issuer is one that the policy trusts',
      `found  ${issuer}`,
      'needed "https://login.example"',
      '✔ the identity is one that the policy trusts',
    ],
  },
  {
    cause: 'unsigned',
    image: 'lab/unsigned:v1',
    exit: 1,
    verify: ['✘ rejected', 'SIGNATURE_NOT_FOUND', 'no signature is attached', 'cosign sign'],
    second: ['discover', 'the .sig tag: nothing', 'the referrers API: nothing', 'the fallback tag: nothing'],
  },
  {
    cause: 'only an attestation',
    image: `lab/${ATTESTED}:v1`,
    exit: 1,
    verify: ['✘ rejected', 'ATTESTATION_ONLY', 'https://slsa.dev/provenance/v1'],
    second: ['discover', 'attestation https://slsa.dev/provenance/v1 of this image'],
  },
  {
    cause: 'only an attestation, as cosign 2 attached it',
    image: 'lab/v2-att-slsa1:v1',
    exit: 1,
    verify: ['✘ rejected', 'SIGNATURE_NOT_FOUND', 'cosign sign'],
    second: [
      'discover',
      'the .sig tag: nothing',
      'attached without being a signature',
      'https://slsa.dev/provenance/v1',
    ],
  },
  {
    cause: 'expired trust root',
    root: endedRoot(),
    image: `lab/${SIGNED}:v1`,
    exit: 1,
    verify: ['✘ rejected', 'CERTIFICATE_UNTRUSTED', 'at the time of signing'],
    second: [
      'inspect',
      'trust root lab',
      'is trusted until 2020-01-01T00:00:00.000Z only',
      'claims     log entry',
      '✘ the certificate is of an authority that the trust root trusts at that time',
    ],
  },
  {
    cause: 'registry 401',
    image: `lab/${SIGNED}:v1`,
    registry: 'closed',
    exit: 3,
    verify: ['? unavailable', 'REGISTRY_UNAUTHORIZED', 'Configure credentials for the registry'],
    second: ['inspect', 'registry   http://127.0.0.1:', 'REGISTRY_UNAUTHORIZED'],
  },
  {
    cause: 'unknown scope',
    image: 'library/app:v1',
    exit: 1,
    verify: ['✘ rejected', 'NO_MATCHING_POLICY', 'the nearest scopes are', '/lab/*', 'Add a scope'],
    second: ['inspect', '/lab/* of release comes near, and does not cover it', 'configuration.yaml:'],
  },
  {
    cause: 'broken YAML',
    yaml: 'apiVersion: config.ratify.deislabs.io/v1beta1\nkind: Verifier\nmetadata:\n  name: "verifier\nspec: {}\n',
    image: `lab/${SIGNED}:v1`,
    exit: 2,
    verify: ['? unavailable', 'YAML_INVALID', 'broken.yaml:6', 'Correct the line that is named'],
    second: ['lint', 'broken.yaml:6: error YAML_INVALID'],
  },
];

/** The certificate authority is no longer trusted at the time at which the images of the lab were signed. */
function endedRoot(): string {
  const root = JSON.parse(labFile('trusted_root.json'));
  for (const authority of root.certificateAuthorities)
    authority.validFor = { start: '2019-01-01T00:00:00Z', end: ENDED };
  return JSON.stringify(root);
}

describe('two commands lead to the cause', () => {
  let folder: string;
  let registries: Record<'open' | 'closed', DemoRegistry>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-cause-'));
    const credentials = { user: 'ci', password: 'not for you' };
    registries = {
      open: createLabRegistry(),
      closed: createLabRegistry({ authentication: { kind: 'token', credentials } }),
    };
    await Promise.all(Object.values(registries).map((registry) => registry.start()));
    publishImage({ registry: registries.open, repository: 'lab/unsigned' }, 'unsigned', 'v1');
  });

  afterAll(async () => {
    await Promise.all(Object.values(registries).map((registry) => registry.close()));
    await rm(folder, { recursive: true, force: true });
  });

  it.each(DENIALS)('$cause', async (denial) => {
    const { host } = registries[denial.registry ?? 'open'];
    const place = await mkdtemp(join(folder, 'case-'));
    await writeFile(join(place, 'configuration.yaml'), configurationOf(host, denial));
    if (denial.yaml !== undefined) await writeFile(join(place, 'broken.yaml'), denial.yaml);
    const image = `${host}/${denial.image}`;

    const verified = await runCommand(['verify', '--config', place, image]);
    for (const said of denial.verify) expect(verified.stdout + verified.stderr).toContain(said);
    expect(verified.exitCode).toBe(denial.exit);

    const [second, ...says] = denial.second;
    const told = await runCommand([second, '--config', place, ...(second === 'lint' ? [] : [image])]);
    for (const said of says) expect(told.stdout + told.stderr).toContain(said);
    if (second !== 'discover') expect(told.exitCode).toBe(denial.exit);
  });
});

function configurationOf(host: string, denial: Denial): string {
  const release = {
    name: 'release',
    scopes: [`${host}/lab/*`],
    trustRoot: 'lab',
    keyless: { certificateOIDCIssuer: issuer, certificateIdentity: identity },
    ...denial.policy,
  };
  return yamlOf(
    policy(),
    verifier([release]),
    trustRoot('lab', denial.root ?? labFile('trusted_root.json')),
    store([{ host, plainHttp: true }]),
  );
}
