import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DemoRegistry } from '../../../src/demo/registry/demo-registry.ts';
import { createLabRegistry, labCases, labFile } from '../../support/lab-registry.ts';
import { inlineKey, policy, store, trustRoot, verifier, yamlOf } from '../../support/resources.ts';
import { startTestProvider, type TestProvider } from '../../support/test-provider.ts';

// Editing the configuration of a running provider. A change is in force with the next request once the file was read,
// so these wait for the verdict to follow, and would fail for a verdict that stays.

let registry: DemoRegistry;
let provider: TestProvider;
let image: string;

const [first] = labCases().filter(({ case: name }) => name === 'b-key-bare');

function trusting(key: string): string {
  return yamlOf(
    verifier([{ name: 'lab', scopes: [`${registry.host}/*`], tLogVerify: false, keys: [{ provider: key }] }]),
  );
}

const others = () =>
  yamlOf(
    policy(),
    trustRoot('lab', labFile('trusted_root.json')),
    inlineKey('right', labFile('cosign.pub')),
    store([{ host: registry.host, plainHttp: true }]),
  );

beforeEach(async () => {
  registry = createLabRegistry();
  await registry.start();
  image = `${registry.host}/${first?.repository}@${first?.digest}`;
  provider = await startTestProvider(others());
});

afterEach(async () => {
  await provider.close();
  await registry.close();
});

const file = () => join(provider.folder, 'verifier.yaml');

async function becomes(expected: object): Promise<void> {
  await vi.waitFor(async () => expect((await provider.verify(image))[0]).toMatchObject(expected), {
    timeout: 15_000,
    interval: 50,
  });
}

describe('a running provider', () => {
  it('without any Verifier answers a system error in every value, never a yes', async () => {
    const [value] = await provider.verify(image);
    expect(value).toMatchObject({
      isSuccess: false,
      code: 'NO_VERIFIER',
      verifierReports: [{ isSuccess: false }],
    });
    expect(value?.system_error).toContain('NO_VERIFIER');
  });

  it('takes a good edit over, and its removal, without waiting for any cache', async () => {
    await writeFile(file(), trusting('right'));
    await becomes({ isSuccess: true });
    await rm(file());
    await becomes({ isSuccess: false, code: 'NO_VERIFIER' });
    await writeFile(`${file()}.new`, trusting('right'));
    await rename(`${file()}.new`, file());
    await becomes({ isSuccess: true });
  });

  it('a bad edit keeps the last good version of that resource', async () => {
    await writeFile(file(), trusting('right'));
    await becomes({ isSuccess: true });
    await writeFile(file(), trusting('right').replace('keys:', 'keyz:'));
    // Nothing to wait for: what must not happen has time to.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await provider.verify(image)).toMatchObject([{ isSuccess: true }]);
  });

  it('F8: a bad resource without a good predecessor claims its scopes', async () => {
    await writeFile(file(), trusting('nobody'));
    await becomes({ isSuccess: false, code: 'POLICY_INVALID' });
    const [value] = await provider.verify(image);
    expect(value?.errors).toHaveLength(1);
    await writeFile(file(), trusting('right'));
    await becomes({ isSuccess: true });
  });

  it.skipIf(process.getuid?.() === 0)(
    'an unreadable folder removes nothing (skipped for root, who reads everything)',
    async () => {
      await writeFile(file(), trusting('right'));
      await becomes({ isSuccess: true });
      await chmod(provider.folder, 0o000);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await provider.verify(image)).toMatchObject([{ isSuccess: true }]);
      await chmod(provider.folder, 0o700);
    },
  );
});
