import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import {
  judgeBeside,
  manifestAnswer,
  setUpHostileRegistry,
  stored,
  tagOf,
} from '../support/hostile-registry.ts';

attack('C4', 'what is verified would be something else than what the digest names', () => {
  const { setUp, hostile } = setUpHostileRegistry();

  it('twin', async () => {
    expect(await judgeBeside(setUp, setUp.signed('bundle', 'acme/c04'))).toBe('verified');
    expect(await judgeBeside(setUp, setUp.signed('legacy', 'acme/c04'))).toBe('verified');
  });

  it('the .sig manifest of another image', async () => {
    const repository = 'acme/c04-sig';
    const [image, other] = [setUp.image(repository), setUp.signed('legacy', repository)];
    hostile.misbehave(repository, 'signature-tag', manifestAnswer(stored(other, tagOf(other, '.sig'))));
    expect(await judgeBeside(setUp, image)).toBe('rejected SUBJECT_MISMATCH');
  });

  it('a manifest under a digest that is not its own', async () => {
    const repository = 'acme/c04-manifest';
    const [image, other] = [setUp.signed('bundle', repository), setUp.image(repository)];
    hostile.misbehave(repository, 'referrer', manifestAnswer(stored(other)));
    expect(await judgeBeside(setUp, image)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
  });

  it.each([
    ['of the same length', (blob: Uint8Array) => blob.map((byte, index) => (index === 0 ? 0x20 : byte))],
    ['longer', (blob: Uint8Array) => Buffer.concat([blob, Buffer.from(' ')])],
    ['shorter', (blob: Uint8Array) => blob.subarray(1)],
    ['empty', () => new Uint8Array()],
  ])('a blob under a digest that is not its own: %s', async (name, change) => {
    const repository = `acme/c04-blob-${name.replaceAll(' ', '-')}`;
    const image = setUp.signed('bundle', repository);
    hostile.misbehave(repository, 'blob', ({ target }) => {
      const blob = target.kind === 'blob' ? setUp.registry.blob(target.reference) : undefined;
      return blob && { status: 200, body: change(blob) };
    });
    expect(await judgeBeside(setUp, image)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
  });
});
