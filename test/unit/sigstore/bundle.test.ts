import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { compileTrust } from '../../../src/sigstore/trust-material.ts';
import { verifyContent } from '../../../src/verification/verify-content.ts';
import { labCase, labContents, labTrust } from '../../support/lab-material.ts';
import {
  type BundleJson,
  changedBundle,
  entryOf,
  parsed,
  verdictOf,
} from '../../support/private-sigstore.ts';

const { digest: subject, content: honest } = onlyContent('b-email-rekor1tsa');
const trust = compileTrust(labTrust());
const NOW = Date.parse('2027-01-01T00:00:00Z');

function verdict(content = honest): string {
  return verdictOf(verifyContent(content, subject, () => trust, NOW));
}

function changed(change: (bundle: BundleJson) => void): string {
  return verdict(changedBundle(honest, change));
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = (string | number)[];

/** Every path to a value in the bundle. */
function paths(value: Json, here: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [here];
  const inside = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [here, ...inside.flatMap(([key, child]) => paths(child, [...here, key]))];
}

function replaced(value: Json, path: Path, by: Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) return by ?? null;
  if (value === null || typeof value !== 'object') return value;
  const copy: Record<string, Json> = Object.fromEntries(Object.entries(value));
  const next = rest.length === 0 ? by : replaced(copy[key] ?? null, rest, by);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return Array.isArray(value) ? Object.values(copy) : copy;
}

const tree: Json = JSON.parse(JSON.stringify(parsed(honest)));
const everywhere = paths(tree).filter((path) => path.length > 0);

describe('the form of a bundle', () => {
  it('is accepted as cosign writes it', () => {
    expect(verdict()).toBe('signed');
  });

  it.each([
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.dev.sigstore.bundle+json;version=0.3',
  ])('may call itself %s', (mediaType) => {
    expect(changed((bundle) => Object.assign(bundle, { mediaType }))).toBe('signed');
  });

  it.each([
    'application/vnd.dev.sigstore.bundle.v0.4+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json; charset=utf-8',
    'application/vnd.dev.sigstore.bundle+json;version=0.3.2',
    'application/vnd.dev.sigstore.bundle+json;version=9.9',
    'application/json',
    '',
  ])('may not call itself %j', (mediaType) => {
    expect(changed((bundle) => Object.assign(bundle, { mediaType }))).toBe('SIGNATURE_MALFORMED');
  });

  it.each<[string, (bundle: BundleJson) => void]>([
    [
      'a certificate and a key at once',
      (bundle) => {
        bundle.verificationMaterial.publicKey = { hint: 'x' };
      },
    ],
    [
      'an envelope and a message signature at once',
      (bundle) => {
        bundle.messageSignature = {
          messageDigest: { algorithm: 'SHA2_256', digest: 'AA==' },
          signature: 'AA==',
        };
      },
    ],
    [
      'a chain in version 0.3',
      (bundle) => {
        const { certificate } = bundle.verificationMaterial;
        bundle.verificationMaterial.x509CertificateChain = {
          certificates: certificate === undefined ? [] : [certificate],
        };
        delete bundle.verificationMaterial.certificate;
      },
    ],
    [
      'two signatures in its envelope',
      (bundle) => {
        const signatures = bundle.dsseEnvelope?.signatures ?? [];
        signatures.push(...signatures);
      },
    ],
    [
      'no signature in its envelope',
      (bundle) => {
        bundle.dsseEnvelope?.signatures.pop();
      },
    ],
    [
      'fields that nobody knows',
      (bundle) => {
        Object.assign(bundle.verificationMaterial, { more: 1 });
      },
    ],
    [
      'names in snake_case',
      (bundle) => {
        Object.assign(entryOf(bundle), { canonicalized_body: '' });
      },
    ],
    [
      '33 log entries (E2)',
      (bundle) => {
        bundle.verificationMaterial.tlogEntries = Array(limits.logEntries + 1).fill(entryOf(bundle));
      },
    ],
    [
      '33 timestamps (E2)',
      (bundle) => {
        const stamps = bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
        const [stamp] = stamps;
        if (stamp !== undefined) stamps.push(...Array(limits.timestamps).fill(stamp));
      },
    ],
    [
      'a timestamp of many bytes (E6)',
      (bundle) => {
        const signedTimestamp = Buffer.alloc(20_000, 0x30).toString('base64');
        bundle.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      },
    ],
    [
      'a certificate of a megabyte (E6)',
      (bundle) => {
        bundle.verificationMaterial.certificate = {
          rawBytes: Buffer.alloc(700_000, 0x30).toString('base64'),
        };
      },
    ],
    [
      'a checkpoint of many numbers',
      (bundle) => {
        const { inclusionProof } = entryOf(bundle);
        if (inclusionProof?.checkpoint)
          inclusionProof.checkpoint.envelope = `x\n${'9'.repeat(100_000)}\nAA==\n\n`;
      },
    ],
    [
      'a number with a sign',
      (bundle) => {
        entryOf(bundle).logIndex = '-1';
      },
    ],
    [
      'a number with leading zeros',
      (bundle) => {
        entryOf(bundle).integratedTime = `0${entryOf(bundle).integratedTime}`;
      },
    ],
  ])('is refused with %s', (_, change) => {
    expect(changed(change)).toBe('SIGNATURE_MALFORMED');
  });

  it('is refused in another base64 of the same bytes (B17)', () => {
    const isBase64 = (value: Json | undefined): value is string =>
      typeof value === 'string' && value.length >= 32 && /^[A-Za-z0-9+/]+=*$/.test(value);
    const fields = everywhere.filter((path) => isBase64(at(tree, path)));
    expect(fields.length).toBeGreaterThan(8);
    for (const path of fields) {
      const value = String(at(tree, path));
      for (const other of [
        ` ${value}`,
        `${value}\n`,
        `${value}=`,
        value.replace(/=+$/, '').replaceAll('+', '-').concat('!'),
      ]) {
        const bytes = Buffer.from(JSON.stringify(replaced(tree, path, other)));
        expect({ path, verdict: verdict({ kind: 'bundle', bytes }) }).toEqual({
          path,
          verdict: 'SIGNATURE_MALFORMED',
        });
      }
    }
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'bundle'],
    ['a list', '[]'],
    [
      'a key twice (B16)',
      Buffer.from(honest.kind === 'bundle' ? honest.bytes : [])
        .toString('utf8')
        .replace('{', '{"mediaType":"x",'),
    ],
    ['trailing data (B16)', `${JSON.stringify(tree)}{}`],
    ['deep nesting (E6)', '['.repeat(100_000)],
  ])('is refused where it is %s', (_, text) => {
    expect(verdict({ kind: 'bundle', bytes: Buffer.from(text) })).toBe('SIGNATURE_MALFORMED');
  });

  it('is not read beyond its limit (E2)', () => {
    expect(verdict({ kind: 'bundle', bytes: Buffer.alloc(limits.bundle + 1, ' ') })).toBe('LIMIT_EXCEEDED');
  });
});

describe('a bundle with any one value changed', () => {
  /** What nobody signed, and so nothing rests on. */
  const UNSIGNED = new Set(['rootHash', 'treeSize', 'keyid']);

  it('does not verify, and never makes a parser stumble (B19)', () => {
    // One without a timestamp, so that there is nothing that could be left out.
    const { digest, content } = onlyContent('b-email-rekor1');
    const whole: Json = JSON.parse(JSON.stringify(parsed(content)));
    const values = fc.oneof(
      fc.constant(undefined),
      fc.json({ maxDepth: 1 }).map((text): Json => JSON.parse(text)),
      fc.base64String({ minLength: 4, maxLength: 64 }),
      fc.integer().map(String),
    );
    const meaningful = paths(whole).filter((path) => path.length > 0 && !UNSIGNED.has(String(path.at(-1))));
    fc.assert(
      fc.property(fc.constantFrom(...meaningful), values, (path, value) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify(at(whole, path)));
        const bytes = Buffer.from(JSON.stringify(replaced(whole, path, value)));
        const outcome = verifyContent({ kind: 'bundle', bytes }, digest, () => trust, NOW);
        expect(outcome.kind).not.toBe('signed');
      }),
      { numRuns: 300 },
    );
  });
});

function onlyContent(name: string) {
  const { digest } = labCase(name);
  const [content] = labContents(labCase(name));
  if (content === undefined) throw new Error(`${name} has no bundle`);
  return { digest, content };
}

function at(value: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((inside, key) => {
    if (inside === null || typeof inside !== 'object') return undefined;
    return Array.isArray(inside) ? inside[Number(key)] : inside[key];
  }, value);
}
