import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, reason } from '../../../src/errors.ts';
import { decide, type Evidence, type Question } from '../../../src/policy/decision.ts';
import type { Verdict } from '../../../src/verdict.ts';
import { failed, satisfied, source, trustPolicy } from './builders.ts';

const policy = trustPolicy();
/** Of another Verifier, with the same name. */
const second = trustPolicy({ verifier: { kind: 'Verifier', name: 'second' } });

const any: Question = { subject: 'ghcr.io/org/app@sha256:abc', policies: [policy], enforcement: 'any' };
const all: Question = { ...any, enforcement: 'all' };
const anyOfTwo: Question = { ...any, policies: [policy, second] };
const allOfTwo: Question = { ...all, policies: [policy, second] };

const unreachable = { reason: reason('REGISTRY_UNREACHABLE', 'no connection') };
const unreadable = { source, reason: reason('SIGNATURE_MALFORMED', 'not JSON') };

function codesOf(verdict: Verdict | undefined): readonly ErrorCode[] {
  return verdict?.kind === 'rejected' ? verdict.reasons.map(({ code }) => code) : [];
}

describe('whatever the evidence', () => {
  const codes: ErrorCode[] = ['IDENTITY_MISMATCH', 'SIGNATURE_INVALID', 'VERIFICATION_TIMEOUT'];
  const report = fc.oneof(
    fc.record({ end: fc.option(fc.nat(), { nil: undefined }) }),
    fc.constantFrom(...codes).map((code) => ({ code })),
  );
  /** One candidate, held against both policies, sometimes against one only. */
  const candidate = fc
    .tuple(report, report, fc.boolean())
    .map(([first, other, judged]) =>
      [[policy, first] as const, [second, other] as const]
        .slice(0, judged ? 2 : 1)
        .map(([held, how]) =>
          'code' in how ? failed(held, reason(how.code, 'no')) : satisfied(held, how.end),
        ),
    );
  const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
    candidates: fc.array(candidate, { maxLength: 4 }),
    malformed: fc.array(fc.constant(unreadable), { maxLength: 1 }),
    failures: fc.array(fc.constant(unreachable), { maxLength: 1 }),
    passedOver: fc.array(fc.constant('application/vnd.in-toto+json'), { maxLength: 1 }),
    attested: fc.array(fc.constant('https://slsa.dev/provenance/v1'), { maxLength: 1 }),
    complete: fc.boolean(),
  });
  const question = fc.constantFrom(any, all, anyOfTwo, allOfTwo);

  function isSatisfied(verdict: Verdict | undefined, { policies }: Question): boolean {
    return (
      verdict?.reports.some(
        ({ verifier, result }) =>
          result.kind === 'satisfied' && policies.some((governing) => governing.verifier.name === verifier),
      ) ?? false
    );
  }

  test('there is no yes without a satisfied report', () => {
    fc.assert(
      fc.property(question, anyEvidence, (asked, found) => {
        const verdict = decide(asked, found);
        if (verdict?.kind === 'verified') expect(isSatisfied(verdict, asked)).toBe(true);
      }),
    );
  });

  test('complete evidence is always decided, and a yes under all is a yes under any', () => {
    fc.assert(
      fc.property(question, anyEvidence, (asked, found) => {
        const complete = { ...found, complete: true };

        expect(decide(asked, complete)).toBeDefined();
        if (decide({ ...asked, enforcement: 'all' }, complete)?.kind === 'verified') {
          expect(decide({ ...asked, enforcement: 'any' }, complete)?.kind).toBe('verified');
        }
      }),
    );
  });

  test('failures and rejections never make a yes', () => {
    const worse = fc.constantFrom<(found: Evidence) => Evidence>(
      (found) => ({ ...found, failures: [...found.failures, unreachable] }),
      (found) => ({ ...found, malformed: [unreadable, ...found.malformed] }),
      (found) => ({ ...found, candidates: [[failed(policy), failed(second)], ...found.candidates] }),
      (found) => ({ ...found, passedOver: [...found.passedOver, 'application/spdx+json'] }),
    );

    fc.assert(
      fc.property(question, anyEvidence, worse, (asked, found, worsen) => {
        if (decide(asked, found)?.kind === 'verified') return;
        expect(decide(asked, worsen(found))?.kind).not.toBe('verified');
      }),
    );
  });

  test('a failed place never makes a rejection', () => {
    fc.assert(
      fc.property(question, anyEvidence, (asked, found) => {
        expect(decide(asked, { ...found, failures: [unreachable] })?.kind).not.toBe('rejected');
      }),
    );
  });

  test('the order of arrival changes neither the kind of the verdict nor its end', () => {
    const shuffled = anyEvidence.chain((found) =>
      fc.tuple(
        fc.constant(found),
        fc.shuffledSubarray([...found.candidates], { minLength: found.candidates.length }),
      ),
    );

    fc.assert(
      fc.property(question, shuffled, (asked, [found, reordered]) => {
        const outcome = (verdict: Verdict | undefined) => [
          verdict?.kind,
          verdict?.kind === 'verified' && verdict.validUntil,
          codesOf(verdict),
        ];

        expect(outcome(decide(asked, { ...found, candidates: reordered }))).toEqual(
          outcome(decide(asked, found)),
        );
      }),
    );
  });

  test('a verdict that was reached early stands when more arrives', () => {
    fc.assert(
      fc.property(question, anyEvidence, anyEvidence, (asked, found, more) => {
        const early = decide(asked, { ...found, complete: false });
        if (early === undefined) return;
        const late = decide(asked, {
          candidates: [...found.candidates, ...more.candidates],
          malformed: [...found.malformed, ...more.malformed],
          failures: [...found.failures, ...more.failures],
          passedOver: [...found.passedOver, ...more.passedOver],
          attested: [...found.attested, ...more.attested],
          complete: true,
        });

        expect(late?.kind).toBe(early.kind);
      }),
    );
  });
});
