import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { MALLORY, releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { policy, store, verifier, yamlOf } from '../support/resources.ts';

const byMallory = { identities: [{ issuer: MALLORY.issuer, identity: MALLORY.subject }] };

/** Ways in which a strict Verifier may be broken, as changes of its one trust policy. */
const BROKEN: readonly (readonly [string, object])[] = [
  ['an invalid pattern', { keyless: { identities: [{ issuer: 'x', identityRegExp: '(' }] } }],
  ['nobody to trust', { keyless: {} }],
  ['a trust root that is not there', { trustRoot: 'missing' }],
  ['a key that is not there', { keyless: undefined, keys: [{ provider: 'missing' }] }],
  ['a field that is misspelled', { keylesss: {} }],
  ['a field of the wrong type', { requireDigest: 'yes' }],
];

attack('F8', 'a strict policy that is broken would give way to a lax one, most of all at a restart', () => {
  const setUp = setUpAttack();

  /** A lax Verifier for everything, and a strict one for a part of it. */
  const configured = (changes: object) => (host: string) => [
    store([{ host, plainHttp: true }]),
    verifier([releasePolicy(host, { name: 'strict', scopes: [`${host}/strict/*`], ...changes })], 'strict'),
  ];
  const lax = (host: string) => [releasePolicy(host, { name: 'lax', scopes: ['*'], keyless: byMallory })];
  const start = (changes: object) => setUp.another({ trustPolicies: lax, resources: configured(changes) });

  function images() {
    const [strict, other] = [setUp.image('strict/f08'), setUp.image('other/f08')];
    for (const image of [strict, other]) setUp.attach(image, setUp.bundle(image, { identity: MALLORY }));
    return [strict.key, other.key] as const;
  }

  it('twin: with both valid, each governs its own', async () => {
    const provider = await start({});
    expect((await provider.verify(...images())).map(verdictOf)).toEqual([
      'rejected ISSUER_MISMATCH',
      'verified',
    ]);
  });

  it.each(BROKEN)('%s: its scopes stay closed, the others open', async (_, changes) => {
    const provider = await start(changes);
    const verdicts = (await provider.verify(...images())).map(verdictOf);
    expect(verdicts).toEqual(['unavailable POLICY_INVALID', 'verified']);
  });

  it.each([
    ['a scope that can not be read', { scopes: ['strict/**'] }],
    ['no scopes', { scopes: [] }],
  ])('%s: everything is closed, for it might govern anything', async (_, changes) => {
    const provider = await start(changes);
    const verdicts = (await provider.verify(...images())).map(verdictOf);
    expect(verdicts).toEqual(['unavailable POLICY_INVALID', 'unavailable POLICY_INVALID']);
  });

  it('a file that is not YAML closes everything', async () => {
    const provider = await start({});
    const restarted = await setUp.another({ trustPolicies: lax, resources: configured({}) });
    await writeFile(join(restarted.folder, 'strict.yaml'), 'kind: Verifier\n\tspec: [');
    const keys = images();
    expect((await provider.verify(...keys)).map(verdictOf)).toEqual(['rejected ISSUER_MISMATCH', 'verified']);
    await expect
      .poll(async () => (await restarted.verify(...keys)).map(verdictOf), { timeout: 20_000 })
      .toEqual(['unavailable POLICY_INVALID', 'unavailable POLICY_INVALID']);
  });

  it('while it runs, the last good version stays in force', async () => {
    const provider = await start({});
    const [, broken = {}] = BROKEN[0] ?? [];
    const yaml = (changes: object) => setUp.yaml({ trustPolicies: lax, resources: configured(changes) });
    // A marker that the load has happened: the lax part is changed with it.
    const marked = yaml(broken).replaceAll(MALLORY.subject, 'nobody@example.com');
    await writeFile(join(provider.folder, 'configuration.yaml'), marked);
    await expect
      .poll(async () => (await provider.verify(...images())).map(verdictOf), { timeout: 20_000 })
      .toEqual(['rejected ISSUER_MISMATCH', 'rejected IDENTITY_MISMATCH']);
  });

  it('a broken policy of a namespace does not give way to that of the cluster', async () => {
    const provider = await setUp.another({
      trustPolicies: lax,
      resources: (host) => [
        store([{ host, plainHttp: true }]),
        policy('any', 'team-a'),
        verifier([releasePolicy(host, { keyless: {} })], 'verifier-cosign', 'team-a'),
      ],
    });
    const [key] = images();
    const values = await provider.verify(key, `[team-a]${key}`, `[team-b]${key}`);
    expect(values.map(verdictOf)).toEqual(['verified', 'unavailable POLICY_INVALID', 'verified']);
  });

  it('without any Policy, and with a broken one, nothing is judged', async () => {
    const [, key] = images();
    const provider = await start({});
    expect(await setUp.judge(key, provider)).toBe('verified');
    const yaml = setUp.yaml({ trustPolicies: lax, resources: configured({}) });
    const others = yaml.split('---\n').slice(1);
    const broken = yamlOf({
      ...(policy() as object),
      spec: { type: 'config-policy', parameters: { lax: true } },
    });
    for (const documents of [others, [broken, ...others]]) {
      await writeFile(join(provider.folder, 'configuration.yaml'), documents.join('---\n'));
      await expect.poll(() => setUp.judge(key, provider), { timeout: 20_000 }).toBe('unavailable NO_POLICY');
    }
  });
});
