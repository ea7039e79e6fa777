import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import { runCommand } from '../../support/command-line.ts';
import { type LabChange, labConfiguration } from '../../support/lab-configuration.ts';
import { createLabRegistry, type LabCase, labCases } from '../../support/lab-registry.ts';

// All images that the real cosign signed, judged by the command line.

let registry: DemoRegistry;
let folder: string;

beforeAll(async () => {
  registry = createLabRegistry({ referrersApi: false });
  await registry.start();
  folder = await mkdtemp(join(tmpdir(), 'countersign-cli-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await registry.close();
});

async function verify(cases: readonly LabCase[], change: LabChange = {}) {
  const file = join(folder, 'configuration.yaml');
  await writeFile(file, labConfiguration(registry.host, change));
  const images = cases.map(({ repository, digest }) => `${registry.host}/${repository}@${digest}`);
  const { exitCode, stdout } = await runCommand(['verify', '--config', file, '--output', 'json', ...images]);
  const { items } = JSON.parse(stdout);
  expect(items.map(({ key }: { key: string }) => key)).toEqual(images);
  return { exitCode, verdicts: items.map(({ value }: { value: { isSuccess: boolean } }) => value.isSuccess) };
}

const signed = labCases().filter(({ kind }) => kind !== 'attestation');
const attested = labCases().filter(({ kind }) => kind === 'attestation');

describe('countersign verify', () => {
  it('verifies every signed image, and exits with 0', async () => {
    expect(await verify(signed)).toEqual({ exitCode: 0, verdicts: signed.map(() => true) });
  });

  it('A10: rejects what is only attested, and exits with 1', async () => {
    expect(await verify(attested)).toEqual({ exitCode: 1, verdicts: attested.map(() => false) });
  });

  it.each<LabChange>([
    { identity: 'mallory@example.com', key: 'other-key' },
    { issuer: 'https://issuer.example', key: 'other-key' },
  ])('rejects every image where the policies have %o', async (change) => {
    expect(await verify(labCases(), change)).toEqual({ exitCode: 1, verdicts: labCases().map(() => false) });
  });
});
