import { describe, expect, it } from 'vitest';
import { renderReference } from '../../../src/config/reference-docs.ts';

describe('the configuration reference', () => {
  const text = renderReference();
  const rows = text.split('\n').filter((line) => line.startsWith('| `spec'));

  it('has every field, down to the last', () => {
    for (const field of [
      'spec.parameters.trustPolicies[].keyless.identities[].issuerRegExp',
      'spec.parameters.trustPolicies[].requireDigest',
      'spec.parameters.registries[].endpoint',
      'spec.parameters.authProvider.configPath',
      'spec.parameters.preset',
      'spec.parameters.contentType',
      'spec.parameters.artifactVerificationPolicies',
    ]) {
      expect(
        rows.filter((row) => row.startsWith(`| \`${field}\` |`) || row.startsWith(`| \`${field}[]\` |`)),
      ).toHaveLength(1);
    }
  });

  it('says of every field what it is, and whether it is required or what its default is', () => {
    for (const row of rows) {
      if (
        /^\| `[^`]*(trustPolicies|identities|keys|registries)\[\]\.?[^`]*` \|/.test(row) &&
        row.includes('| A ')
      )
        continue;
      expect(row).toMatch(/(Required[^.]*\.|Optional, default .+\.) \|$/);
    }
    expect(rows.length).toBeGreaterThan(50);
  });

  it('has every setting', () => {
    expect(text).toContain('| `--client-ca-file <file>` | `COUNTERSIGN_CLIENT_CA_FILE` | none | PEM');
    expect(text).toContain('| `--address <host:port>` | `COUNTERSIGN_ADDRESS` | `127.0.0.1:6001` |');
  });
});
