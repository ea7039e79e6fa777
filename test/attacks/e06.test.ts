import { describe, expect, it } from 'vitest';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { publishBundle } from '../../src/demo/sigstore/publish.ts';
import { attack } from '../support/attack.ts';
import { type AttackSetUp, RELEASE, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { type Step, setUpHostileRegistry, stored } from '../support/hostile-registry.ts';
import { type BundleJson, entryOf } from '../support/private-sigstore.ts';

/** DER sequences within each other. */
function deepDer(levels: number): Buffer {
  let der = Buffer.from([0x05, 0x00]);
  for (let level = 0; level < levels; level += 1) {
    const length = der.length < 128 ? [der.length] : [0x82, der.length >> 8, der.length & 0xff];
    der = Buffer.concat([Buffer.from([0x30, ...length]), der]);
  }
  return der;
}

const DER: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from([0x30]),
  'a length beyond the end': Buffer.from([0x30, 0x82, 0xff, 0xff, 0x02]),
  'a length of the greatest number': Buffer.from([0x30, 0x88, ...Array<number>(8).fill(0xff)]),
  'a length without end': Buffer.from([0x30, 0x80, 0x05, 0x00, 0x00, 0x00]),
  'sequences within each other': deepDer(3_500),
  'an empty sequence': Buffer.from([0x30, 0x00]),
  'a number': Buffer.from([0x02, 0x01, 0x00]),
  'sequences of nothing': Buffer.from([0x30, 0x06, 0x30, 0x00, 0x30, 0x00, 0x30, 0x00]),
  zeros: Buffer.alloc(1_000),
  text: Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
};

/** Bodies of log entries, for types that are known and types that are not. */
const ENTRIES: readonly (readonly [kind: string, version: string, body: unknown])[] = [
  ['dsse', '0.0.1', {}],
  ['dsse', '0.0.1', { apiVersion: '0.0.1', kind: 'dsse', spec: null }],
  ['dsse', '0.0.1', { apiVersion: '0.0.1', kind: 'dsse', spec: { signatures: [] } }],
  ['dsse', '0.0.1', []],
  ['dsse', '0.0.1', 'text'],
  ['intoto', '0.0.2', { apiVersion: '0.0.2', kind: 'intoto', spec: { content: {} } }],
  ['intoto', '0.0.2', { apiVersion: '0.0.2', kind: 'intoto', spec: { content: { envelope: null } } }],
  ['intoto', '0.0.1', { apiVersion: '0.0.1', kind: 'intoto', spec: {} }],
  ['cose', '0.0.1', { apiVersion: '0.0.1', kind: 'cose', spec: {} }],
  ['hashedrekord', '0.0.1', { apiVersion: '0.0.1', kind: 'hashedrekord', spec: { data: {}, signature: {} } }],
  ['hashedrekord', '0.0.2', { apiVersion: '0.0.2', kind: 'hashedrekord', spec: {} }],
  ['constructor', '0.0.1', {}],
  ['__proto__', 'toString', {}],
  ['', '', {}],
];

const KNOWN: ReadonlySet<string> = new Set([
  'dsse 0.0.1',
  'intoto 0.0.2',
  'hashedrekord 0.0.1',
  'hashedrekord 0.0.2',
]);

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Verdicts by name, all of one request, in which an honest image has to be verified as well. */
async function judgeAll(setUp: AttackSetUp, keys: Readonly<Record<string, string>>) {
  const honest = setUp.signed('bundle', 'acme/e06-honest');
  const values = await setUp.provider.verify(...Object.values(keys), honest.key);
  const verdicts = values.map(verdictOf);
  expect(verdicts.pop()).toBe('verified');
  return Object.fromEntries(Object.keys(keys).map((name, index) => [name, verdicts[index]]));
}

/** The same verdict for each of them, but for those that are named. */
function each(names: readonly string[], verdict: string, others: Readonly<Record<string, string>> = {}) {
  return Object.fromEntries(names.map((name) => [name, others[name] ?? verdict]));
}

attack('E6', 'odd input would crash the process, or make a parser use up its stack or all memory', () => {
  const KINDS = Object.keys(DER);

  describe('in a bundle', () => {
    const setUp = setUpAttack();
    let repositories = 0;

    /** One honest bundle, changed in many ways: each in a repository of its own, for the same image. */
    function judgeChanged(changes: Readonly<Record<string, (bundle: BundleJson) => Uint8Array | undefined>>) {
      const image = setUp.image('acme/e06');
      const signed = setUp.bundle(image);
      const keys = Object.entries(changes).map(([name, change]) => {
        const bundle: BundleJson = JSON.parse(Buffer.from(signed.bytes).toString());
        const bytes = change(bundle) ?? json(bundle);
        repositories += 1;
        const repository = `acme/e06-${repositories}`;
        setUp.registry.push(repository, stored(image));
        publishBundle({ registry: setUp.registry, repository }, image.digest, { ...signed, bytes });
        return [name, `${setUp.host}/${repository}@${image.digest}`];
      });
      return judgeAll(setUp, Object.fromEntries(keys));
    }

    /** For each odd DER. */
    function judgeDer(put: (bundle: BundleJson, base64: string) => void) {
      const changes = Object.entries(DER).map(([name, der]) => [
        name,
        (bundle: BundleJson) => put(bundle, der.toString('base64')),
      ]);
      return judgeChanged(Object.fromEntries(changes));
    }

    const nothing = { nothing: 'rejected SIGNATURE_MALFORMED' };

    it('twin', async () => {
      expect(await judgeChanged({ honest: () => undefined })).toEqual({ honest: 'verified' });
    });

    it('odd DER for a certificate', async () => {
      const verdicts = await judgeDer(({ verificationMaterial }, rawBytes) => {
        verificationMaterial.certificate = { rawBytes };
      });
      expect(verdicts).toEqual(each(KINDS, 'rejected CERTIFICATE_INVALID', nothing));
    });

    it('odd DER for a timestamp', async () => {
      const verdicts = await judgeDer(({ verificationMaterial }, signedTimestamp) => {
        verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      });
      expect(verdicts).toEqual(each(KINDS, 'rejected TIMESTAMP_INVALID', nothing));
    });

    it('odd DER for a signature', async () => {
      const verdicts = await judgeDer(({ dsseEnvelope }, sig) => {
        if (dsseEnvelope !== undefined) dsseEnvelope.signatures = [{ sig }];
      });
      expect(verdicts).toEqual(each(KINDS, 'rejected SIGNATURE_INVALID', nothing));
    });

    it('odd log entries', async () => {
      const named = ENTRIES.map(([kind, version, body]) => ({
        name: `${kind} ${version} ${JSON.stringify(body)}`,
        known: KNOWN.has(`${kind} ${version}`),
        change(bundle: BundleJson) {
          const entry = entryOf(bundle);
          entry.kindVersion = { kind, version };
          entry.canonicalizedBody = json(body).toString('base64');
          return undefined;
        },
      }));
      const verdicts = await judgeChanged(
        Object.fromEntries(named.map(({ name, change }) => [name, change])),
      );
      for (const { name, known } of named) {
        const code = known ? 'LOG_ENTRY_MISMATCH' : 'SIGNATURE_UNSUPPORTED';
        expect([name, verdicts[name]]).toEqual([name, `rejected ${code}`]);
      }
    });

    it('something else in its place', async () => {
      const bodies: Readonly<Record<string, Buffer>> = {
        nothing: Buffer.alloc(0),
        null: Buffer.from('null'),
        'too large a number': Buffer.from('1e400'),
        'a list': Buffer.from('[]'),
        'an empty object': Buffer.from('{}'),
        'lists within each other': Buffer.from('['.repeat(500_000)),
        'objects within each other': Buffer.from('{"a":'.repeat(100_000)),
        'a key of a megabyte': Buffer.from(`{"${'a'.repeat(1_000_000)}":1}`),
        '80,000 keys': json(Object.fromEntries(Array.from({ length: 80_000 }, (_, index) => [index, 0]))),
        'half of a character': Buffer.from([0x22, 0xc3, 0x22]),
        zeros: Buffer.alloc(100_000),
      };
      const changes = Object.entries(bodies).map(([name, bytes]) => [name, () => bytes]);
      const verdicts = await judgeChanged(Object.fromEntries(changes));
      expect(verdicts).toEqual(each(Object.keys(bodies), 'rejected SIGNATURE_MALFORMED'));
    });

    it('something else in the place of its statement', async () => {
      const statement = '"_type":"https://in-toto.io/Statement/v1","predicateType":"x"';
      const payloads: Readonly<Record<string, string>> = {
        nothing: '',
        null: 'null',
        'lists within each other': '['.repeat(100_000),
        'an empty object': '{}',
        'no subject': `{${statement},"subject":[]}`,
        'null for a subject': `{${statement},"subject":[null]}`,
      };
      const changes = Object.entries(payloads).map(([name, payload]) => [
        name,
        ({ dsseEnvelope }: BundleJson) => {
          if (dsseEnvelope !== undefined) dsseEnvelope.payload = Buffer.from(payload).toString('base64');
        },
      ]);
      const verdicts = await judgeChanged(Object.fromEntries(changes));
      expect(verdicts).toEqual(each(Object.keys(payloads), 'rejected SIGNATURE_MALFORMED'));
    });
  });

  describe('in a certificate that the authority signed', () => {
    const setUp = setUpAttack();
    const { issuer, subject: workflow } = RELEASE;

    /** Images whose signer has an extension with odd DER. */
    function withExtension(oid: string, critical: boolean) {
      const keys = Object.entries(DER).map(([name, value]) => {
        const image = setUp.image('acme/e06-extension');
        const certificate = { extraExtensions: [{ oid, critical, value }] };
        // Without the claims that GitHub's issuer adds, so that none is there twice.
        setUp.attach(image, setUp.bundle(image, { identity: { issuer, subject: workflow }, certificate }));
        return [name, image.key];
      });
      return judgeAll(setUp, Object.fromEntries(keys));
    }

    it('an extension that nobody knows, and one that decides nothing: both may be anything', async () => {
      expect(await withExtension('1.3.6.1.4.1.57264.1.99', false)).toEqual(each(KINDS, 'verified'));
      expect(await withExtension('1.3.6.1.4.1.57264.1.21', false)).toEqual(each(KINDS, 'verified'));
    });

    it('basic constraints: only those that say nothing', async () => {
      const verdicts = await withExtension('2.5.29.19', true);
      expect(verdicts).toEqual(
        each(KINDS, 'rejected CERTIFICATE_INVALID', { 'an empty sequence': 'verified' }),
      );
    });

    it('subjects that are no address', async () => {
      const subjects = ['#', '=#', '\\', ',', '+', '=', ' ', '*'];
      const keys = subjects.map((subject) => {
        const image = setUp.image('acme/e06-subject');
        setUp.attach(image, setUp.bundle(image, { identity: { issuer, subject } }));
        return [subject, image.key];
      });
      const verdicts = await judgeAll(setUp, Object.fromEntries(keys));
      expect(verdicts).toEqual(each(subjects, 'rejected CERTIFICATE_INVALID'));
    });
  });

  describe('from the registry', () => {
    const { setUp, hostile } = setUpHostileRegistry();

    const BODIES: Readonly<Record<string, Buffer>> = {
      nothing: Buffer.alloc(0),
      null: Buffer.from('null'),
      'lists within each other': Buffer.from('['.repeat(500_000)),
      'objects within each other': Buffer.from('{"a":'.repeat(100_000)),
      'one key twice': Buffer.from('{"schemaVersion":2,"schemaVersion":2}'),
      'the key __proto__': Buffer.from('{"__proto__":{"schemaVersion":2}}'),
      'half of a character': Buffer.from([0x22, 0xc3, 0x22]),
      'a byte order mark': Buffer.from('\uFEFF{}'),
      zeros: Buffer.alloc(100_000),
    };

    it.each<[Step, string]>([
      ['signature-tag', MANIFEST_MEDIA_TYPE],
      ['referrers', INDEX_MEDIA_TYPE],
      ['fallback-tag', INDEX_MEDIA_TYPE],
    ])('at %s', async (step, type) => {
      const keys = Object.entries(BODIES).map(([name, body], index) => {
        const image = setUp.image(`acme/e06-${step}-${index}`);
        hostile.misbehave(image.repository, step, { status: 200, headers: { 'content-type': type }, body });
        return [name, image.key];
      });
      const verdicts = await judgeAll(setUp, Object.fromEntries(keys));
      expect(verdicts).toEqual(each(Object.keys(BODIES), 'unavailable REGISTRY_RESPONSE_INVALID'));
    });
  });
});
