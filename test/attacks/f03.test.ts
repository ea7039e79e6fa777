import { expect, it, onTestFinished } from 'vitest';
import { createDemoRegistry } from '../../src/demo/registry/demo-registry.ts';
import { attack } from '../support/attack.ts';
import { releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { stored } from '../support/hostile-registry.ts';
import { store } from '../support/resources.ts';

attack('F3', 'what was found in one repository would count for another one that has the same image', () => {
  const setUp = setUpAttack();

  it('twin and attack: the same digest, signed here, unsigned there, in whatever order they are asked for', async () => {
    const image = setUp.signed('bundle', 'acme/f03');
    setUp.registry.push('mallory/f03', stored(image));
    const copy = `${setUp.host}/mallory/f03@${image.digest}`;
    const no = 'rejected SIGNATURE_NOT_FOUND';
    const judge = async (...keys: readonly string[]) => (await setUp.provider.verify(...keys)).map(verdictOf);
    expect(await judge(image.key)).toEqual(['verified']);
    expect(await judge(copy, image.key)).toEqual([no, 'verified']);
    expect(await judge(image.key, copy)).toEqual(['verified', no]);
  });

  it('the same repository and digest on another registry', async () => {
    const image = setUp.signed('bundle', 'acme/f03-registry');
    const other = createDemoRegistry();
    await other.start();
    onTestFinished(() => other.close());
    other.push('acme/f03-registry', stored(image));
    const provider = await setUp.another({
      trustPolicies: (host) => [releasePolicy(host, { scopes: [`${host}/*`, `${other.host}/*`] })],
      resources: (host) => [store([host, other.host].map((name) => ({ host: name, plainHttp: true })))],
    });
    const keys = [image.key, `${other.host}/acme/f03-registry@${image.digest}`, image.key];
    expect((await provider.verify(...keys)).map(verdictOf)).toEqual([
      'verified',
      'rejected SIGNATURE_NOT_FOUND',
      'verified',
    ]);
  });

  it('a referrer that one repository had and another one only lists', async () => {
    const image = setUp.signed('legacy', 'acme/f03-sig');
    expect(await setUp.judge(image)).toBe('verified');
    // The other one has the image and the tag of the signature, and the tag leads to something else.
    setUp.registry.push('mallory/f03-sig', stored(image));
    setUp.registry.push('mallory/f03-sig', {
      ...stored(image),
      tag: `${image.digest.replace(':', '-')}.sig`,
    });
    expect(await setUp.judge(`${setUp.host}/mallory/f03-sig@${image.digest}`)).toBe(
      'rejected SIGNATURE_NOT_FOUND',
    );
  });
});
