import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../../src/registry/digest.ts';
import { publicGoodTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { ConformanceRequest } from './verify-request.ts';

const FOLDER = new URL('../../../shared/testdata/conformance/', import.meta.url);
const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';

export const hasConformanceCases = existsSync(FOLDER);

/** A folder of the suite. What it does not bring, the suite's own defaults stand in for. */
export interface ConformanceCase {
  readonly name: string;
  readonly expected: 'verified' | 'rejected';
  readonly request: ConformanceRequest;
  /** The arguments with which the suite calls the client, but for the artifact. */
  readonly arguments: readonly string[];
  readonly file: string;
  readonly digest: string;
}

export function conformanceCases(): readonly ConformanceCase[] {
  if (!hasConformanceCases) return [];
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readCase(name));
}

function readCase(name: string): ConformanceCase {
  const folder = new URL(`${name}/`, FOLDER);
  const path = (file: string): string => fileURLToPath(new URL(file, folder));
  const has = (file: string): boolean => existsSync(path(file));
  const text = (file: string): string | undefined =>
    has(file) ? readFileSync(path(file), 'utf8') : undefined;

  const pem = text('key.pub');
  const identity = text('identity')?.trim() ?? IDENTITY;
  const issuer = text('issuer')?.trim() ?? ISSUER;
  const file = has('artifact') ? path('artifact') : fileURLToPath(new URL('a.txt', FOLDER));
  const bytes = readFileSync(file);
  return {
    name,
    expected: name.endsWith('_fail') ? 'rejected' : 'verified',
    request: {
      bundle: readFileSync(path('bundle.sigstore.json')),
      trustedRoot: text('trusted_root.json') ?? publicGoodTrustRoot().json,
      signer: pem === undefined ? { kind: 'identity', identity, issuer } : { kind: 'key', pem },
      artifact: { bytes },
    },
    arguments: [
      ...['verify-bundle', '--bundle', path('bundle.sigstore.json')],
      ...(pem === undefined
        ? ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer]
        : ['--key', path('key.pub')]),
      ...(has('trusted_root.json') ? ['--trusted-root', path('trusted_root.json')] : []),
    ],
    file,
    digest: digestOf(bytes),
  };
}
