import { expect, it } from 'vitest';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';
import { attack } from '../support/attack.ts';
import { setUpAttack } from '../support/attack-set-up.ts';
import { annotated, jsonOf, withEntries } from '../support/forgery.ts';

attack('B3', 'the log entry of one signature would prove another, which nobody ever logged', () => {
  const setUp = setUpAttack();
  const all = setUpAttack({ mode: 'all', sigstore: setUp.sigstore });

  it('twin: two signatures of one image, each with its own entry, are verified', async () => {
    const image = all.image();
    all.attachLegacy(image, all.legacy(image), all.legacy(image));
    all.attach(image, all.bundle(image));
    expect(await all.judge(image)).toBe('verified');
  });

  it('two layers with their entries swapped are rejected', async () => {
    const image = setUp.image();
    const [one, other] = [setUp.legacy(image), setUp.legacy(image)];
    const entry = (of: typeof one) => ({ [ANNOTATION.bundle]: of.annotations[ANNOTATION.bundle] });
    setUp.attachLegacy(image, annotated(one, entry(other)), annotated(other, entry(one)));
    expect(await setUp.judge(image)).toBe('rejected LOG_ENTRY_MISMATCH');
  });

  it('the entry of a signature of another image is rejected', async () => {
    const image = setUp.image();
    const other = setUp.legacy(setUp.image());
    const borrowed = { [ANNOTATION.bundle]: other.annotations[ANNOTATION.bundle] };
    setUp.attachLegacy(image, annotated(setUp.legacy(image, { log: 'none' }), borrowed));
    expect(await setUp.judge(image)).toBe('rejected LOG_ENTRY_MISMATCH');
  });

  it.each(['v1', 'v2'] as const)('a bundle with the entry of another, log %s, is rejected', async (log) => {
    const image = setUp.image();
    const { verificationMaterial } = jsonOf(setUp.bundle(image, { log }));
    const unlogged = setUp.bundle(image, { log: 'none' });
    setUp.attach(
      image,
      withEntries(unlogged, () => verificationMaterial.tlogEntries),
    );
    expect(await setUp.judge(image)).toBe('rejected LOG_ENTRY_MISMATCH');
  });

  it('the entry of another beside its own is rejected too: one honest entry does not excuse a foreign one', async () => {
    const image = setUp.image();
    const other = jsonOf(setUp.bundle(image)).verificationMaterial.tlogEntries;
    setUp.attach(
      image,
      withEntries(setUp.bundle(image), (_, json) => [...json.verificationMaterial.tlogEntries, ...other]),
    );
    expect(await setUp.judge(image)).toBe('rejected LOG_ENTRY_MISMATCH');
  });
});
