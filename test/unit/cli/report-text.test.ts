import { describe, expect, it } from 'vitest';
import { formatDiscovery } from '../../../src/cli/discovery-text.ts';
import { formatInspection } from '../../../src/cli/inspection-text.ts';
import type { Discovery, Inspection } from '../../../src/cli/output-schema.ts';
import { formatKeyResult } from '../../../src/cli/verdict-text.ts';
import { reason } from '../../../src/errors.ts';
import { keyResult, REJECTED } from '../../support/verification-service.ts';
import { source } from '../policy/builders.ts';

const HOSTILE = '\u001b[2K\u001b[32m✔ verified\u202e\r\n';
/** Everything invisible but line feeds. */
const STEERING = /[^\n\P{C}]/u;

const claims = {
  says: 'attestation',
  predicateType: HOSTILE,
  about: 'this image',
  signedWith: 'certificate',
  signer: { kind: 'keyless', issuer: 'https://issuer', identity: 'alice', workflow: { repository: HOSTILE } },
  logEntries: [{ logIndex: HOSTILE }],
  timestamps: 2,
} as const;

const discovery: Discovery = {
  key: HOSTILE,
  subject: 'ghcr.io/acme/app@sha256:0',
  signatures: [
    { ...source, claims },
    { ...source, unreadable: reason('SIGNATURE_MALFORMED', HOSTILE) },
  ],
  others: [{ manifest: 'sha256:1', artifactType: HOSTILE }],
  failures: [{ path: 'fallback-tag', reason: reason('REGISTRY_ERROR', HOSTILE) }],
  signatureTagAsked: false,
};

const inspection: Inspection = {
  key: 'ghcr.io/acme/app:v1',
  verdict: 'rejected',
  subject: 'ghcr.io/acme/app@sha256:0',
  reasons: [reason('SCT_INVALID', HOSTILE)],
  governance: {
    kind: 'governed',
    scope: 'ghcr.io/acme/*',
    enforcement: 'all',
    policies: [
      {
        policy: 'release',
        verifier: 'Verifier cosign',
        expects: ['"alice" of issuer "https://issuer"'],
        demands: ['readable'],
        requireDigest: false,
        trustRoot: {
          name: 'lab',
          ended: [
            {
              kind: 'transparency log',
              name: 'https://log',
              from: '2019-01-01T00:00:00.000Z',
              until: '2020-01-01T00:00:00.000Z',
            },
          ],
        },
      },
    ],
  },
  scopes: [
    {
      scope: 'ghcr.io/acme/*',
      policy: 'release',
      verifier: 'Verifier cosign',
      covers: true,
      file: '/c/v.yaml',
      line: 7,
    },
    { scope: '*', policy: 'rest', verifier: 'Verifier cosign', covers: true },
    { scope: 'ghcr.io/acme-x', policy: 'other', verifier: 'Verifier b', covers: false, file: '/c/b.yaml' },
  ],
  endpoint: 'https://ghcr.io/',
  examined: true,
  signatures: [
    {
      ...source,
      claims,
      policies: [
        {
          policy: 'release',
          verifier: 'Verifier cosign',
          satisfied: false,
          checks: [
            { check: 'readable', result: 'passed' },
            { check: 'identity', result: 'failed', found: HOSTILE, needed: '"alice"' },
            { check: 'certificate', result: 'undecided' },
          ],
          reason: reason('IDENTITY_MISMATCH', 'no'),
        },
        {
          policy: 'second',
          verifier: 'Verifier cosign',
          satisfied: false,
          checks: [{ check: 'readable', result: 'undecided' }],
          reason: reason('VERIFICATION_TIMEOUT', 'it took too long'),
        },
      ],
    },
  ],
  others: [{ manifest: 'sha256:1', artifactType: HOSTILE }],
  failures: [{ path: 'fallback-tag', reason: reason('REGISTRY_ERROR', 'HTTP 500') }],
};

describe('nothing that others wrote steers the terminal', () => {
  it.each([
    ['discover', formatDiscovery(discovery)],
    ['discover of nothing', formatDiscovery({ key: HOSTILE, error: reason('IMAGE_NOT_FOUND', HOSTILE) })],
    ['inspect', formatInspection(inspection)],
    ['verify', formatKeyResult(keyResult(HOSTILE, REJECTED, { subject: HOSTILE, policies: [HOSTILE] }))],
  ])('%s', (_command, text) => {
    expect(withoutColours(text)).not.toMatch(STEERING);
    expect(text).toContain('\\u{1b}[2K');
  });
});

describe('an inspection says', () => {
  const text = withoutColours(formatInspection(inspection));

  it.each([
    'policy     release of Verifier cosign (/c/v.yaml:7)',
    'transparency log https://log is trusted until 2020-01-01T00:00:00.000Z only',
    'counts     all: every signature must satisfy every policy',
    'beside     * of rest covers it, too, and is less specific',
    'beside     ghcr.io/acme-x of other does not cover it (/c/b.yaml)',
    'does not satisfy release',
    '✔ it can be read',
    '✘ the identity is one that the policy trusts',
    'needed "alice"',
    '· the certificate is of an authority that the trust root trusts at that time: not decided',
    'VERIFICATION_TIMEOUT: it took too long',
    'not told   fallback-tag: REGISTRY_ERROR: HTTP 500',
  ])('%s', (line) => {
    expect(text).toContain(line);
  });

  it('nothing of what nobody has looked for', () => {
    expect(formatInspection({ ...inspection, examined: false })).not.toContain('What is attached');
  });

  it('what comes near where nothing governs', () => {
    const { governance: _, ...others } = inspection;
    const ungoverned = formatInspection({
      ...others,
      governance: { kind: 'ungoverned' },
      scopes: [],
      examined: false,
    });
    expect(withoutColours(ungoverned)).toContain('scope      none covers the image, and none comes near');
  });
});

function withoutColours(text: string): string {
  const [first = '', ...others] = text.split('\u001b');
  const rest = others.map((part) => (/^\[\d+m/.test(part) ? part.replace(/^\[\d+m/, '') : `\u001b${part}`));
  return `${first}${rest.join('')}`;
}
