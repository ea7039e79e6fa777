import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createConfiguration } from '../../../src/config/configuration.ts';
import { FileSource } from '../../../src/config/file-source.ts';
import { lint } from '../../../src/config/lint.ts';
import type { Governance, Snapshot } from '../../../src/policy/snapshot.ts';
import { anonymousCredentials } from '../../../src/registry/docker-config.ts';
import { parseReference } from '../../../src/registry/reference.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SHARED = '../shared/manifests';
const VERIFIER = '01-verifier-chainguard-public.yaml';
const POLICY = '03-policy.yaml';
const ISSUER = 'https://token.actions.githubusercontent.com';
const IDENTITY = 'https://github.com/chainguard-images/images/.github/workflows/release.yaml@refs/heads/main';

async function snapshotOf(paths: readonly string[]): Promise<Snapshot> {
  const configuration = createConfiguration(new FileSource(paths), {
    version: '1',
    credentials: () => anonymousCredentials,
  });
  await configuration.start();
  await configuration.close();
  return configuration.current();
}

function accepts(governance: Governance, issuer: string, identity: string): boolean {
  if (governance.kind !== 'governed') throw new Error(`not governed: ${JSON.stringify(governance)}`);
  const [{ signedBy }] = governance.policies;
  return (
    signedBy.kind === 'keyless' &&
    signedBy.identities.some((known) => known.issuer.matches(issuer) && known.identity.matches(identity))
  );
}

describe('config/default', () => {
  it('loads without an error and governs the images of Chainguard', async () => {
    expect((await lint(['config/default'])).filter(({ severity }) => severity === 'error')).toEqual([]);
    const snapshot = await snapshotOf(['config/default']);
    const found = snapshot.governing(parseReference('cgr.dev/chainguard/nginx:latest'), undefined);
    expect(found).toMatchObject({ kind: 'governed', scope: 'cgr.dev/chainguard/*', enforcement: 'any' });
    expect(accepts(found, ISSUER, IDENTITY)).toBe(true);
    expect(accepts(found, `${ISSUER}.evil`, IDENTITY)).toBe(false);
    expect(accepts(found, ISSUER, `${IDENTITY}-evil`)).toBe(false);
    expect(snapshot.governing(parseReference('nginx'), undefined).kind).toBe('ungoverned');
  });
});

describe.skipIf(!existsSync(SHARED))(
  'the manifests of ../shared (SKIPPED LOUDLY where that folder is absent)',
  () => {
    it('01 and 03 are those of config/default, byte for byte', () => {
      for (const file of [VERIFIER, POLICY]) {
        expect(readFileSync(join('config/default', file))).toEqual(readFileSync(join(SHARED, file)));
      }
    });

    it('01 and 03 load unchanged', async () => {
      const snapshot = await snapshotOf([join(SHARED, VERIFIER), join(SHARED, POLICY)]);
      expect(snapshot.resources.map(({ state }) => state)).toEqual(['valid', 'valid']);
    });

    it('02 loads with its values filled in, and its pattern decides', async () => {
      const folder = await temporaryFolder();
      const values: Readonly<Record<string, string>> = {
        PARENT: 'example.com',
        CATALOG_SYNCER: 'aaaa/bbbb',
        APKO_BUILDER: 'aaaa/cccc',
      };
      const text = readFileSync(join(SHARED, '02-verifier-chainguard-private.yaml'), 'utf8');
      await writeFile(
        join(folder, 'verifier.yaml'),
        text.replace(/\$\{([A-Z_]+)\}/g, (_match, name: string) => values[name] ?? ''),
      );
      const paths = [folder, join(SHARED, POLICY)];
      const found = (await snapshotOf(paths)).governing(
        parseReference('cgr.dev/example.com/nginx'),
        undefined,
      );
      expect(accepts(found, 'https://issuer.enforce.dev', 'https://issuer.enforce.dev/aaaa/cccc')).toBe(true);
      expect(accepts(found, 'https://issuer.enforce.dev', 'https://issuer.enforce.dev/aaaa/dddd')).toBe(
        false,
      );
      expect(accepts(found, 'https://issuer.enforce.dev.evil', 'https://issuer.enforce.dev/aaaa/cccc')).toBe(
        false,
      );
      expect((await lint(paths)).map(({ severity, code }) => [severity, code])).toEqual([
        ['warning', 'DIGEST_NOT_REQUIRED'],
        ['warning', 'PATTERN_UNANCHORED'],
      ]);
    });

    it('of other programs are passed over', async () => {
      const found = await lint([
        join(SHARED, '04-constrainttemplate-requiredimagesignatures.yaml'),
        join(SHARED, POLICY),
      ]);
      expect(found).toMatchObject([{ code: 'RESOURCE_IGNORED', severity: 'warning', line: 2 }]);
    });
  },
);
