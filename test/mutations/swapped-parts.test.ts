import { createPublicKey, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CandidateContent, SimpleSigningAnnotations } from '../../src/cosign/candidate.ts';
import { compileTrust } from '../../src/sigstore/trust-material.ts';
import { labCase, labContents, labKeys, labTrust } from '../support/lab-material.ts';
import type { BundleJson, EntryJson } from '../support/private-sigstore.ts';
import { codeOf, isPartOf } from './expectations.ts';
import { honestSignature } from './field-by-field.ts';
import { formsOf, judge, labMaterials, type Material } from './material.ts';

type Swap = readonly [part: string, into: (bundle: BundleJson, from: BundleJson) => void];

function entryOf({ verificationMaterial }: BundleJson): EntryJson | undefined {
  return verificationMaterial.tlogEntries?.[0];
}

function entrySwap<Field extends keyof EntryJson>(field: Field): Swap {
  return [
    field,
    (bundle, from) => {
      const [own, other] = [entryOf(bundle), entryOf(from)];
      if (own !== undefined && other !== undefined) Object.assign(own, { [field]: other[field] });
    },
  ];
}

/** What an attacker can take from one bundle and put into another. */
const SWAPS: readonly Swap[] = [
  ['the envelope', (bundle, from) => Object.assign(bundle, { dsseEnvelope: from.dsseEnvelope })],
  [
    'the payload',
    (bundle, from) => Object.assign(bundle.dsseEnvelope ?? {}, { payload: from.dsseEnvelope?.payload }),
  ],
  [
    'the signature',
    (bundle, from) => Object.assign(bundle.dsseEnvelope ?? {}, { signatures: from.dsseEnvelope?.signatures }),
  ],
  [
    'all that proves it',
    (bundle, from) => Object.assign(bundle, { verificationMaterial: from.verificationMaterial }),
  ],
  [
    'the certificate',
    ({ verificationMaterial: own }, { verificationMaterial: other }) =>
      Object.assign(own, { certificate: other.certificate, publicKey: other.publicKey }),
  ],
  [
    'the log entries',
    ({ verificationMaterial: own }, { verificationMaterial: other }) =>
      Object.assign(own, { tlogEntries: other.tlogEntries }),
  ],
  [
    'one more log entry',
    ({ verificationMaterial: own }, { verificationMaterial: other }) =>
      Object.assign(own, { tlogEntries: [...(own.tlogEntries ?? []), ...(other.tlogEntries ?? [])] }),
  ],
  entrySwap('canonicalizedBody'),
  entrySwap('inclusionPromise'),
  entrySwap('inclusionProof'),
  entrySwap('integratedTime'),
  entrySwap('kindVersion'),
  entrySwap('logId'),
  [
    'the checkpoint',
    (bundle, from) => {
      const [own, other] = [entryOf(bundle)?.inclusionProof, entryOf(from)?.inclusionProof];
      if (own !== undefined && other !== undefined) Object.assign(own, { checkpoint: other.checkpoint });
    },
  ],
  [
    'the timestamps',
    ({ verificationMaterial: own }, { verificationMaterial: other }) =>
      Object.assign(own, { timestampVerificationData: other.timestampVerificationData }),
  ],
  [
    'one more timestamp',
    ({ verificationMaterial: own }, { verificationMaterial: other }) => {
      const rfc3161Timestamps = [own, other].flatMap(
        (material) => material.timestampVerificationData?.rfc3161Timestamps ?? [],
      );
      Object.assign(own, { timestampVerificationData: { rfc3161Timestamps } });
    },
  ],
];

/** Why a bundle with a foreign part still verifies; it says then what it said before, or less. */
function whyHarmless(part: string, one: Material, other: Material): string | undefined {
  const isOfLog = part.includes('log entr') || ENTRY_FIELDS.has(part);
  const isAllOfKey = part === 'all that proves it' && one.keyed && !other.timestamp;
  if ((isOfLog || isAllOfKey) && one.log === 'none') return 'no log entry is demanded, so none is read';
  if (part === 'integratedTime' && one.log === 'rekor v2') return 'no promise signs it, so it is no time';
  if (part === 'inclusionPromise' && one.timestamp) return 'less evidence: proof and timestamp are left';
  if (part === 'the timestamps' && one.log === 'rekor v1' && !other.timestamp) {
    return 'less evidence: the promise of the log proves the time';
  }
  if (part === 'one more timestamp' && !one.timestamp && !other.timestamp) return 'there is none to take';
  return undefined;
}

const ENTRY_FIELDS = new Set(['canonicalizedBody', 'inclusionPromise', 'inclusionProof', 'integratedTime']);

function parsed(content: CandidateContent): BundleJson {
  return JSON.parse(content.kind === 'bundle' ? Buffer.from(content.bytes).toString('utf8') : '{}');
}

function pairs(materials: readonly Material[]): (readonly [Material, Material])[] {
  return materials.flatMap((one) =>
    materials
      .filter((other) => other !== one && other.keyed === one.keyed)
      .map((other) => [one, other] as const),
  );
}

/** What is wrong with the outcome of a swap; undefined where nothing is. */
function swapInto(one: Material, other: Material, [part, swap]: Swap): string | undefined {
  const [own, from] = [parsed(one.content), parsed(other.content)];
  const before = JSON.stringify(own);
  swap(own, from);
  const after = JSON.stringify(own);
  if (after === before) return undefined;
  const outcome = judge(one, { kind: 'bundle', bytes: Buffer.from(after) });
  if (outcome.kind !== 'signed') return undefined;
  const isExplained = whyHarmless(part, one, other) !== undefined;
  return isExplained && isPartOf(outcome.signature, honestSignature(one))
    ? undefined
    : `${one.name} with ${part} of ${other.name}: ${codeOf(outcome)}`;
}

describe('parts of one bundle in another', () => {
  // Two that differ in nothing but signer and image, and one of each other form.
  const same = new Set(['b-email-rekor2', 'b-github-rekor2']);
  const forms = new Set(formsOf(labMaterials()).map(({ name }) => name));
  const bundles = labMaterials().filter(
    ({ name, content }) =>
      content.kind === 'bundle' && name !== 'b-annotated' && (same.has(name) || forms.has(name)),
  );

  it.each(SWAPS.map((swap) => ({ part: swap[0], swap })))('$part', ({ swap }) => {
    const accepted = pairs(bundles).flatMap(([one, other]) => swapInto(one, other, swap) ?? []);
    expect(accepted).toEqual([]);
  });
});

describe('parts of one legacy signature in another', () => {
  const signatures = labMaterials().filter(({ content }) => content.kind === 'simple-signing');
  const parts: readonly (keyof SimpleSigningAnnotations | 'payload')[] = [
    'payload',
    'signature',
    'certificate',
    'bundle',
    'timestamp',
  ];

  it.each(parts)('the %s', (part) => {
    const accepted = pairs(signatures).flatMap(([one, other]) => {
      const [own, from] = [one.content, other.content];
      if (own.kind !== 'simple-signing' || from.kind !== 'simple-signing') return [];
      const content: CandidateContent =
        part === 'payload'
          ? { ...own, payload: from.payload }
          : { ...own, annotations: { ...own.annotations, [part]: from.annotations[part] ?? '' } };
      if (JSON.stringify(content) === JSON.stringify(own)) return [];
      const outcome = judge(one, content);
      // Without its timestamp the signature of a log is proven by the log's promise alone.
      const isLess = part === 'timestamp' && from.annotations.timestamp === undefined;
      const isUnread = part === 'bundle' && one.log === 'none';
      const isSame = part !== 'payload' && (from.annotations[part] ?? '') === (own.annotations[part] ?? '');
      return outcome.kind === 'signed' && !isLess && !isUnread && !isSame
        ? [`${one.name} with the ${part} of ${other.name}`]
        : [];
    });
    expect(accepted).toEqual([]);
  });
});

describe('parts of several signatures of one image: m-multi', () => {
  it('never make another signer', () => {
    const multi = labCase('m-multi');
    const bundles = labContents(multi).filter(({ kind }) => kind === 'bundle');
    for (const keys of [[], labKeys]) {
      const trust = compileTrust(labTrust({ keys }));
      const materials = bundles.map(
        (content, index): Material => ({
          name: `m-multi ${index}`,
          content,
          subject: multi.digest,
          trust,
          now: Date.parse('2027-01-01T00:00:00Z'),
          keyed: keys.length > 0,
          log: multi.log,
          timestamp: multi.timestamp,
          form: 'bundle',
        }),
      );
      const own = materials.map((material) => codeOf(judge(material, material.content)));
      expect(own.filter((code) => code === 'VERIFIED')).toHaveLength(keys.length > 0 ? 1 : 2);
      // What verifies none by itself can't be compared with.
      const honest = materials.filter((_, index) => own[index] === 'VERIFIED');
      const accepted = SWAPS.flatMap((swap) =>
        honest.flatMap((one) =>
          materials.flatMap((other) => (one === other ? [] : (swapInto(one, other, swap) ?? []))),
        ),
      );
      expect(accepted).toEqual([]);
    }
  });
});

/** ECDSA signatures verify with `n - s` in the place of `s`, too. */
describe('the other ECDSA signature of the same content', () => {
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

  function otherSignature(signature: string): string {
    const der = Buffer.from(signature, 'base64');
    const lengthOfR = der.readUInt8(3);
    const r = der.subarray(4, 4 + lengthOfR);
    const s = BigInt(`0x${der.subarray(6 + lengthOfR).toString('hex')}`);
    const hex = (ORDER - s).toString(16).padStart(64, '0');
    const negated = Buffer.from(Number.parseInt(hex.slice(0, 2), 16) >= 0x80 ? `00${hex}` : hex, 'hex');
    const integers = Buffer.concat([Buffer.of(2, r.length), r, Buffer.of(2, negated.length), negated]);
    return Buffer.concat([Buffer.of(0x30, integers.length), integers]).toString('base64');
  }

  function named(name: string): Material {
    const found = labMaterials().find((material) => material.name === name);
    if (found === undefined) throw new Error(`no material ${name}`);
    return found;
  }

  function withOther(name: string, change: (bundle: BundleJson) => void): string {
    const material = named(name);
    const bundle = parsed(material.content);
    change(bundle);
    return codeOf(judge(material, { kind: 'bundle', bytes: Buffer.from(JSON.stringify(bundle)) }));
  }

  function ofContent({ dsseEnvelope }: BundleJson): void {
    for (const signature of dsseEnvelope?.signatures ?? []) signature.sig = otherSignature(signature.sig);
  }

  it('is for a key of the policy what the first one is, where no log has recorded which one it was', () => {
    const [key] = labKeys;
    const publicKey: KeyObject = createPublicKey(key?.pem ?? '');
    expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(withOther('b-key-bare', ofContent)).toBe('VERIFIED');
  });

  it('is not the one that the log recorded, nor the one that was stamped', () => {
    expect(withOther('b-key-rekor1', ofContent)).toBe('LOG_ENTRY_MISMATCH');
    expect(withOther('b-email-rekor1', ofContent)).toBe('LOG_ENTRY_MISMATCH');
    expect(withOther('b-email-tsaonly', ofContent)).toBe('TIMESTAMP_INVALID');
  });

  it('of a promise says what the first one said', () => {
    const change = (bundle: BundleJson): void => {
      const promise = entryOf(bundle)?.inclusionPromise;
      if (promise !== undefined) promise.signedEntryTimestamp = otherSignature(promise.signedEntryTimestamp);
    };
    expect(honestSignature(named('b-key-rekor1')).times).toHaveLength(1);
    expect(withOther('b-key-rekor1', change)).toBe('VERIFIED');
  });
});
