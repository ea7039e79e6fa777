import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Discovery, type Inspection, outputSchemas } from '../../../src/cli/output-schema.ts';
import type { DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import { runCommand } from '../../support/command-line.ts';
import { labConfiguration } from '../../support/lab-configuration.ts';
import { createLabRegistry, labCases } from '../../support/lab-registry.ts';

// What the commands print for programs, held against the schemas that are published of it.

type Command = keyof typeof outputSchemas;

let registry: DemoRegistry;
let folder: string;

beforeAll(async () => {
  registry = createLabRegistry();
  await registry.start();
  folder = await mkdtemp(join(tmpdir(), 'countersign-json-'));
  await writeFile(join(folder, 'right.yaml'), labConfiguration(registry.host));
  const wrong = labConfiguration(registry.host, { identity: 'mallory@example.com', key: 'other-key' });
  await writeFile(join(folder, 'wrong.yaml'), wrong);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await registry.close();
});

/** The parsed output, once it is as its schema says. */
async function run<Output>(
  command: Command,
  ...args: readonly string[]
): Promise<{ exitCode: number | null; output: Output }> {
  const { exitCode, stdout } = await runCommand([command, '--output', 'json', ...args]);
  const output = JSON.parse(stdout);
  expect(outputSchemas[command].safeParse(output).error).toBeUndefined();
  return { exitCode, output };
}

const config = (name: 'right' | 'wrong') => ['--config', join(folder, `${name}.yaml`)];
const imagesOf = (host: string) => labCases().map(({ repository, tag }) => `${host}/${repository}:${tag}`);

describe.each(['right', 'wrong'] as const)('with the %s policies', (name) => {
  it('inspect has the verdict of verify for every image of the lab, and a check that fails for every no', async () => {
    const images = imagesOf(registry.host);
    const verified = await run<{ items: { key: string; value: { isSuccess: boolean; subject?: string } }[] }>(
      'verify',
      ...config(name),
      ...images,
    );
    const { output, exitCode } = await run<Inspection[]>('inspect', ...config(name), ...images);
    expect(exitCode).toBe(verified.exitCode);
    expect(
      output.map(({ key, verdict, subject }) => ({ key, isSuccess: verdict === 'verified', subject })),
    ).toEqual(
      verified.output.items.map(({ key, value: { isSuccess, subject } }) => ({ key, isSuccess, subject })),
    );
    for (const { signatures } of output) {
      for (const { policies } of signatures) {
        for (const { satisfied, checks } of policies) {
          expect(checks.every(({ result }) => result === 'passed')).toBe(satisfied);
        }
      }
    }
  });
});

it('discover finds what cosign attached, and what it claims', async () => {
  const { output, exitCode } = await run<Discovery[]>(
    'discover',
    ...config('right'),
    ...imagesOf(registry.host),
  );
  expect(exitCode).toBe(0);
  const found = new Map(labCases().map(({ case: name }, index) => [name, output[index]]));
  for (const { case: name, kind, signers } of labCases()) {
    const discovery = found.get(name);
    if (discovery === undefined || 'error' in discovery) throw new Error(`${name} was not found`);
    const claims = discovery.signatures.flatMap((signature) => signature.claims ?? []);
    const claimed = claims.flatMap(({ says, signer }) =>
      says === 'signature' && signer ? [signer.identity] : [],
    );
    for (const signer of kind === 'attestation' ? [] : signers) {
      if ('identity' in signer) expect(claimed).toContain(signer.identity);
    }
    expect(claims.every(({ about }) => about === 'this image')).toBe(true);
    expect(discovery.failures).toEqual([]);
  }
});

it('resolve says digest and reference, or why there is none', async () => {
  const [first] = labCases();
  if (first === undefined) throw new Error('the lab is empty');
  const { repository, tag, digest } = first;
  const image = `${registry.host}/${repository}`;
  const keys = [`${image}:${tag}`, `${image}@${digest}`, `${image}:none`, 'NOT an image'];
  const { output, exitCode } = await run<object[]>('resolve', ...config('right'), ...keys);
  expect(exitCode).toBe(1);
  expect(output).toMatchObject([
    { key: keys[0], digest, reference: `${image}@${digest}` },
    { key: keys[1], digest, reference: `${image}@${digest}` },
    { key: keys[2], error: { code: 'IMAGE_NOT_FOUND' } },
    { key: keys[3], error: { code: 'REFERENCE_INVALID' } },
  ]);
});

it('what nobody governs, or can read, or reach is told in the same form', async () => {
  const { output, exitCode } = await run<Inspection[]>(
    'inspect',
    ...config('right'),
    'ghcr.io/acme/app',
    'NOT an image',
    `${registry.host}/lab/b-email-rekor2:none`,
  );
  expect(exitCode).toBe(1);
  expect(output.map(({ governance, reasons: [first] }) => [governance?.kind, first?.code])).toEqual([
    ['ungoverned', 'NO_MATCHING_POLICY'],
    [undefined, 'REFERENCE_INVALID'],
    ['governed', 'IMAGE_NOT_FOUND'],
  ]);
  const unknown = await run<Discovery[]>('discover', ...config('right'), 'NOT an image');
  expect(unknown).toMatchObject({ exitCode: 1, output: [{ error: { code: 'REFERENCE_INVALID' } }] });
});

it('lint and version say what they say in text', async () => {
  const { output } = await run<{ severity: string }[]>('lint', ...config('right'));
  expect(output.every(({ severity }) => severity === 'warning')).toBe(true);
  expect((await run<{ node: string }>('version')).output.node).toBe(process.versions.node);
});
