import { describe, expect, test } from 'vitest';
import { type ErrorCode, reason } from '../../../src/errors.ts';
import { decide, type Evidence, type Question } from '../../../src/policy/decision.ts';
import type { SignatureReport, Verdict } from '../../../src/verdict.ts';
import { failed, satisfied, source, trustPolicy } from './builders.ts';

const SUBJECT = 'ghcr.io/org/app@sha256:abc';
const policy = trustPolicy();
/** Of another Verifier, with the same name. */
const second = trustPolicy({ verifier: { kind: 'Verifier', name: 'second' } });

const any: Question = { subject: SUBJECT, policies: [policy], enforcement: 'any' };
const all: Question = { ...any, enforcement: 'all' };
const anyOfTwo: Question = { ...any, policies: [policy, second] };
const allOfTwo: Question = { ...all, policies: [policy, second] };

const unreachable = { reason: reason('REGISTRY_UNREACHABLE', 'no connection') };
const unreadable = { source, reason: reason('SIGNATURE_MALFORMED', 'not JSON') };

function evidence(overrides: Partial<Evidence> = {}): Evidence {
  return {
    candidates: [],
    malformed: [],
    failures: [],
    passedOver: [],
    attested: [],
    complete: true,
    ...overrides,
  };
}

function candidates(...list: (readonly SignatureReport[])[]): Pick<Evidence, 'candidates'> {
  return { candidates: list };
}

function codesOf(verdict: Verdict | undefined): readonly ErrorCode[] {
  return verdict?.kind === 'rejected' ? verdict.reasons.map(({ code }) => code) : [];
}

describe('any', () => {
  test('one satisfied candidate decides at once, whatever else there is', () => {
    const found = evidence({
      ...candidates([failed(policy)], [satisfied(policy)]),
      malformed: [unreadable],
      failures: [unreachable],
      complete: false,
    });

    expect(decide(any, found)).toEqual({
      kind: 'verified',
      reports: [failed(policy), satisfied(policy), failed(policy, unreadable.reason)],
    });
  });

  test('is undecided without one until everything is known', () => {
    const found = evidence({ ...candidates([failed(policy)]), failures: [unreachable], complete: false });

    expect(decide(any, found)).toBeUndefined();
    expect(decide(any, evidence({ complete: false }))).toBeUndefined();
  });

  test('A6: [valid, invalid] and [invalid, valid] are both verified', () => {
    expect(decide(any, evidence(candidates([satisfied(policy)], [failed(policy)])))?.kind).toBe('verified');
    expect(decide(any, evidence(candidates([failed(policy)], [satisfied(policy)])))?.kind).toBe('verified');
  });

  test('one policy of several suffices', () => {
    const found = evidence(candidates([failed(policy), satisfied(second)]));

    expect(decide(anyOfTwo, found)?.kind).toBe('verified');
  });

  test('a report on a policy that does not govern is no yes', () => {
    const foreign = trustPolicy({ name: 'lax' });
    const found = evidence(candidates([satisfied(foreign), satisfied(second), failed(policy)]));

    expect(decide(any, found)?.kind).toBe('rejected');
  });
});

describe('all', () => {
  test('takes every candidate and every policy', () => {
    const found = evidence(
      candidates([satisfied(policy), satisfied(second)], [satisfied(policy), satisfied(second)]),
    );

    expect(decide(allOfTwo, found)).toMatchObject({ kind: 'verified' });
  });

  test.each([
    [
      'a candidate that fails',
      candidates([satisfied(policy), satisfied(second)], [satisfied(policy), failed(second)]),
    ],
    ['a policy that no candidate satisfies', candidates([satisfied(policy), failed(second)])],
    [
      'policies that are satisfied by different candidates',
      candidates([satisfied(policy), failed(second)], [failed(policy), satisfied(second)]),
    ],
    [
      'a malformed candidate',
      { ...candidates([satisfied(policy), satisfied(second)]), malformed: [unreadable] },
    ],
    ['no candidate', {}],
  ])('is rejected with %s', (_, overrides) => {
    expect(decide(allOfTwo, evidence(overrides))?.kind).toBe('rejected');
  });

  test('is undecided until everything is known', () => {
    expect(decide(all, evidence({ ...candidates([satisfied(policy)]), complete: false }))).toBeUndefined();
    expect(decide(all, evidence({ ...candidates([failed(policy)]), complete: false }))).toBeUndefined();
  });

  test('is unavailable where a place could not be asked, though all that was found is satisfied', () => {
    const found = evidence({ ...candidates([satisfied(policy)]), failures: [unreachable] });

    expect(decide(all, found)).toEqual({
      kind: 'unavailable',
      cause: unreachable.reason,
      reports: [satisfied(policy)],
    });
  });
});

describe.each([
  ['any', any],
  ['all', all],
])('without a yes, under %s', (_, question) => {
  test('a place that could not be asked makes it unavailable, not rejected', () => {
    const found = evidence({ ...candidates([failed(policy)]), failures: [unreachable] });

    expect(decide(question, found)).toEqual({
      kind: 'unavailable',
      cause: unreachable.reason,
      reports: [failed(policy)],
    });
  });

  test('C9: nothing found and a place that could not be asked is unavailable', () => {
    expect(decide(question, evidence({ failures: [unreachable] }))?.kind).toBe('unavailable');
  });

  test('asking again waits for the place that asks for the longest wait', () => {
    const throttled = { reason: reason('REGISTRY_THROTTLED', 'too often'), retryAfter: 7 };
    const found = evidence({ failures: [unreachable, throttled, { ...throttled, retryAfter: 3 }] });

    expect(decide(question, found)).toMatchObject({ cause: unreachable.reason, retryAfter: 7 });
  });

  test.each(['VERIFICATION_TIMEOUT', 'OVERLOADED', 'INTERNAL_ERROR'] as const)(
    'a candidate that could not be judged (%s) makes it unavailable',
    (code) => {
      const why = reason(code, 'stopped');
      const found = evidence(candidates([failed(policy)], [failed(policy, why)]));

      expect(decide(question, found)).toMatchObject({ kind: 'unavailable', cause: why });
    },
  );

  test('a candidate that was not held against a governing policy makes it unavailable', () => {
    expect(decide(question, evidence(candidates([failed(policy)], [])))).toMatchObject({
      kind: 'unavailable',
      cause: {
        code: 'INTERNAL_ERROR',
        message: 'a signature was not held against trust policy release of Verifier cosign',
      },
    });
  });

  test('says that nothing is attached', () => {
    expect(decide(question, evidence())).toEqual({
      kind: 'rejected',
      reasons: [reason('SIGNATURE_NOT_FOUND', `no signature is attached to ${SUBJECT}`)],
      reports: [],
    });
  });

  test('says that something else is attached', () => {
    const passedOver = ['application/spdx+json', 'application/spdx+json', 'unknown\n'];

    expect(decide(question, evidence({ passedOver }))).toMatchObject({
      reasons: [
        {
          code: 'SIGNATURE_NOT_FOUND',
          message: `no signature is attached to ${SUBJECT}, only "application/spdx+json" and "unknown\\n"`,
        },
      ],
    });
  });

  // A8, A10: an attestation, whoever signed it, is no signature of the image.
  test.each(['https://slsa.dev/provenance/v1', 'cosign.sigstore.dev/attestation/vuln/v1', 'no URI'])(
    'says that only an attestation of the predicate %s is attached',
    (type) => {
      const verdict = decide(question, evidence({ passedOver: ['application/spdx+json'], attested: [type] }));

      expect(verdict).toMatchObject({
        reasons: [
          {
            code: 'ATTESTATION_ONLY',
            message: `no signature is attached to ${SUBJECT}, only "${type}" and "application/spdx+json"`,
          },
        ],
      });
    },
  );

  test.each([
    'application/vnd.in-toto+json',
    'application/vnd.dsse.envelope.v1+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
  ])('says that only an attestation of the type %s is attached', (type) => {
    const verdict = decide(question, evidence({ passedOver: ['application/spdx+json', type] }));

    expect(codesOf(verdict)).toEqual(['ATTESTATION_ONLY']);
  });

  test('what is passed over does not hide why a signature failed', () => {
    const found = evidence({
      ...candidates([failed(policy)]),
      attested: ['https://slsa.dev/provenance/v1'],
    });

    expect(codesOf(decide(question, found))).toEqual(['SIGNATURE_INVALID']);
  });

  test('a signature that cannot be read counts as one', () => {
    expect(decide(question, evidence({ malformed: [unreadable] }))).toEqual({
      kind: 'rejected',
      reasons: [unreadable.reason],
      reports: [failed(policy, unreadable.reason)],
    });
  });
});

describe('reasons', () => {
  test('come best first: the signature that got furthest', () => {
    const codes = [
      'LIMIT_EXCEEDED',
      'IMAGE_NOT_FOUND',
      'SIGNATURE_MALFORMED',
      'SIGNATURE_INVALID',
      'KEY_MISMATCH',
      'CERTIFICATE_UNTRUSTED',
      'ISSUER_MISMATCH',
      'LOG_ENTRY_MISMATCH',
      'SUBJECT_MISMATCH',
      'IDENTITY_MISMATCH',
    ] as const;
    const found = evidence(candidates(...codes.map((code) => [failed(policy, reason(code, 'no'))])));

    expect(codesOf(decide(any, found))).toEqual([
      'IDENTITY_MISMATCH',
      'ISSUER_MISMATCH',
      'SUBJECT_MISMATCH',
      'LOG_ENTRY_MISMATCH',
      'CERTIFICATE_UNTRUSTED',
      'KEY_MISMATCH',
      'SIGNATURE_INVALID',
      'SIGNATURE_MALFORMED',
      'LIMIT_EXCEEDED',
      'IMAGE_NOT_FOUND',
    ]);
  });

  test('are all there, each once', () => {
    const one = reason('IDENTITY_MISMATCH', 'signed by a');
    const other = reason('IDENTITY_MISMATCH', 'signed by b');
    const found = evidence(
      candidates([failed(policy, one), failed(second, one)], [failed(policy, other), failed(second, one)]),
    );

    expect(decide(anyOfTwo, found)).toMatchObject({ kind: 'rejected', reasons: [one, other] });
  });
});

describe('validUntil', () => {
  test('is absent where nothing rests on the present time', () => {
    expect(decide(any, evidence(candidates([satisfied(policy)])))).not.toHaveProperty('validUntil');
    expect(decide(all, evidence(candidates([satisfied(policy)])))).not.toHaveProperty('validUntil');
  });

  test('under any, is that of the satisfied candidate that lasts longest', () => {
    const short = [satisfied(policy, 1_000)];
    const long = [satisfied(policy, 2_000)];

    expect(decide(any, evidence(candidates(short, long)))).toMatchObject({ validUntil: 2_000 });
    expect(decide(any, evidence(candidates(short, [satisfied(policy)])))).not.toHaveProperty('validUntil');
  });

  test('under all, is the earliest', () => {
    const found = evidence(
      candidates([satisfied(policy, 2_000)], [satisfied(policy, 1_000)], [satisfied(policy)]),
    );

    expect(decide(all, found)).toMatchObject({ validUntil: 1_000 });
  });
});
