import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { MALLORY, releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { policy, store, verifier } from '../support/resources.ts';
import { MUTATE_PATH } from '../support/test-provider.ts';

// The author of a Pod writes the image, the template writes the namespace before it. What a Pod can smuggle in is an
// image that starts with a bracket.
attack('F7', "the author of a Pod would choose by the image's name whose policy it is held against", () => {
  const setUp = setUpAttack({
    resources: (host) => [
      store([{ host, plainHttp: true }]),
      policy('any', 'team-lax'),
      verifier(
        [
          releasePolicy(host, {
            keyless: { identities: [{ issuer: MALLORY.issuer, identity: MALLORY.subject }] },
          }),
        ],
        'verifier-cosign',
        'team-lax',
      ),
    ],
  });

  const byMallory = (tag?: string) => {
    const image = setUp.image('acme/f07', tag);
    return setUp.attach(image, setUp.bundle(image, { identity: MALLORY }));
  };

  it('twin: the namespace that the template writes decides', async () => {
    const { key } = byMallory();
    const values = await setUp.provider.verify(`[team-lax]${key}`, `[team-a]${key}`, `[]${key}`, key);
    const no = 'rejected ISSUER_MISMATCH';
    expect(values.map(verdictOf)).toEqual(['verified', no, no, no]);
  });

  it.each(['[team-a][team-lax]', '[][team-lax]', '[team-lax][team-lax]', '[team-a] [team-lax]'])(
    '%s: what the Pod writes behind the namespace is no image',
    async (prefix) => {
      expect(await setUp.judge(`${prefix}${byMallory().key}`)).toBe('rejected REFERENCE_INVALID');
    },
  );

  it.each([
    '[team-lax',
    '[team_lax]',
    '[Team-Lax]',
    '[team-lax ]',
    '[ team-lax]',
    '[team-lax/]',
    '[*]',
    '[.]',
    '[..]',
    '[team-lax,team-a]',
    '[team-a\n]',
    '[[team-lax]]',
    '[-team-lax]',
    `[${'a'.repeat(64)}]`,
    '[__proto__]',
    '[tеam-lax]', // Cyrillic е
  ])('%j is no namespace', async (prefix) => {
    expect(await setUp.judge(`${prefix}${byMallory().key}`)).toBe('rejected KEY_NAMESPACE_INVALID');
  });

  it.each(['constructor', 'tostring', 'team-laxx', 'team-la'])(
    '[%s] is another namespace',
    async (namespace) => {
      expect(await setUp.judge(`[${namespace}]${byMallory().key}`)).toBe('rejected ISSUER_MISMATCH');
    },
  );

  it('in a mutation there is no template that looks: an error, and no value', async () => {
    const image = byMallory('v1');
    const plain = `${setUp.host}/acme/f07:v1`;
    const keys = [`[team-lax]${plain}`, `[]${plain}`, `[team-lax]${image.key}`, '[', plain];
    const { items } = await setUp.provider.post(MUTATE_PATH, keys);
    expect(items.map(({ key }) => key)).toEqual(keys);
    for (const item of items.slice(0, -1)) {
      expect(item).not.toHaveProperty('value');
      expect(item.error).toMatch(/^KEY_NAMESPACE_INVALID/);
    }
    expect(items.at(-1)).toEqual({ key: plain, value: image.key });
  });
});
