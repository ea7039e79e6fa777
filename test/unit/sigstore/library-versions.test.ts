import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/**
 * What is checked beside the library, and the meaning of its error texts, was worked out for these very versions:
 * whoever raises one reads the library's changes first. Older ones are installed by npm where Node is too old.
 */
it.each([
  ['@sigstore/verify', '4.1.3'],
  ['@sigstore/bundle', '5.0.1'],
  ['@sigstore/core', '4.0.1'],
  ['@sigstore/protobuf-specs', '0.5.2'],
  ['@sigstore/tuf', '5.0.1'],
])('%s is installed in version %s', (name, version) => {
  const manifest = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe(version);
});
