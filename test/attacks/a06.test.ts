import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { type AttackedImage, MALLORY, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import { store, verifier } from '../support/resources.ts';

const APPROVER = { issuer: 'https://accounts.example.com', subject: 'approver@example.com' };

attack('A6', 'one good signature would make up for a bad one, or one satisfied policy for another', () => {
  const any = setUpAttack({ mode: 'any' });
  const sigstore = any.sigstore;
  const all = setUpAttack({ mode: 'all', sigstore });
  /** Two Verifiers on the same level: the release workflow, and somebody who approves. */
  const twoVerifiers = (host: string) => [
    store([{ host, plainHttp: true }]),
    verifier(
      [
        releasePolicy(host, {
          name: 'approval',
          keyless: { identities: [{ issuer: APPROVER.issuer, identity: APPROVER.subject }] },
        }),
      ],
      'verifier-approval',
    ),
  ];
  const anyOfTwo = setUpAttack({ mode: 'any', sigstore, resources: twoVerifiers });
  const allOfTwo = setUpAttack({ mode: 'all', sigstore, resources: twoVerifiers });

  function signedBoth(setUp: typeof any, form: 'bundle' | 'legacy'): AttackedImage {
    const image = setUp.signed(form);
    return form === 'bundle'
      ? setUp.attach(image, setUp.bundle(image, { identity: MALLORY }))
      : setUp.attachLegacy(image, setUp.legacy(image, { identity: MALLORY }));
  }

  it('twin: one good signature alone is verified under any and under all', async () => {
    for (const setUp of [any, all]) {
      expect(await setUp.judge(setUp.signed())).toBe('verified');
      expect(await setUp.judge(setUp.signed('legacy'))).toBe('verified');
    }
  });

  it.each(['bundle', 'legacy'] as const)(
    '%s: a good and a bad signature: any admits, all does not',
    async (form) => {
      expect(await any.judge(signedBoth(any, form))).toBe('verified');
      expect(await all.judge(signedBoth(all, form))).toBe('rejected ISSUER_MISMATCH');
    },
  );

  it('all: a good bundle and a bad signature of the old form, or one that cannot be read', async () => {
    const mixed = all.signed();
    all.attachLegacy(mixed, all.legacy(mixed, { identity: MALLORY }));
    expect(await all.judge(mixed)).toBe('rejected ISSUER_MISMATCH');
    const garbled = all.signed();
    all.attach(garbled, { ...all.bundle(garbled), bytes: Buffer.from('nonsense') });
    expect(await all.judge(garbled)).toBe('rejected SIGNATURE_MALFORMED');
  });

  it('neither admits an image without signatures: nothing satisfies nobody', async () => {
    for (const setUp of [any, all, anyOfTwo, allOfTwo])
      expect(await setUp.judge(setUp.image())).toBe('rejected SIGNATURE_NOT_FOUND');
  });

  it('two Verifiers for an image: any of them suffices under any, all are needed under all', async () => {
    expect(await anyOfTwo.judge(anyOfTwo.signed())).toBe('verified');
    // One signature can't be by two people, so under all nothing is admitted until the policies agree.
    expect(await allOfTwo.judge(allOfTwo.signed())).toBe('rejected ISSUER_MISMATCH');
    const bySomebodyElse = anyOfTwo.image();
    anyOfTwo.attach(bySomebodyElse, anyOfTwo.bundle(bySomebodyElse, { identity: MALLORY }));
    expect(await anyOfTwo.judge(bySomebodyElse)).toBe('rejected IDENTITY_MISMATCH');
  });
});
