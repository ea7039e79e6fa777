import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { type AttackedImage, setUpAttack, verdictOf } from '../support/attack-set-up.ts';

attack('B2', 'a mismatch that was found deep inside would be lost on the way to the answer', () => {
  const setUp = setUpAttack();
  const all = setUpAttack({ mode: 'all', sigstore: setUp.sigstore });

  function copied(at: typeof setUp, form: 'bundle' | 'legacy'): AttackedImage {
    const [image, other] = [at.image(), at.image()];
    return form === 'bundle' ? at.attach(image, at.bundle(other)) : at.attachLegacy(image, at.legacy(other));
  }

  it.each(['bundle', 'legacy'] as const)(
    '%s: no part of the answer says yes for the copy, nor no for its twin in the same request',
    async (form) => {
      const [copy, honest] = [copied(setUp, form), setUp.signed(form)];
      const [no, yes] = await setUp.provider.verify(copy.key, honest.key);
      expect(verdictOf(no)).toBe('rejected SUBJECT_MISMATCH');
      expect(no?.message).toMatch(/^SUBJECT_MISMATCH: /);
      expect(no?.verifierReports).toMatchObject([{ isSuccess: false, code: 'SUBJECT_MISMATCH' }]);
      expect(no?.verifierReports[0]?.extensions?.signatures).toMatchObject([
        { verifications: [{ isSuccess: false, bundleVerified: false }] },
      ]);
      expect(verdictOf(yes)).toBe('verified');
      expect(yes?.verifierReports).toMatchObject([{ isSuccess: true }]);
    },
  );

  it('a copy beside an honest signature: any admits by the honest one, all does not', async () => {
    const [lenient, strict] = [setUp.signed(), all.signed()];
    setUp.attach(lenient, setUp.bundle(setUp.image()));
    all.attach(strict, all.bundle(all.image()));
    expect(await setUp.judge(lenient)).toBe('verified');
    expect(await all.judge(strict)).toBe('rejected SUBJECT_MISMATCH');
  });

  it('the answer stays no when it comes from the cache', async () => {
    const copy = copied(setUp, 'bundle');
    for (let round = 0; round < 3; round += 1)
      expect(await setUp.judge(copy)).toBe('rejected SUBJECT_MISMATCH');
  });
});
