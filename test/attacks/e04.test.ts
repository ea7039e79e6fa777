import { expect, it, onTestFinished } from 'vitest';
import { createDemoRegistry } from '../../src/demo/registry/demo-registry.ts';
import { limits } from '../../src/limits.ts';
import { attack } from '../support/attack.ts';
import { releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { store } from '../support/resources.ts';

/** More than may be under way at once. */
const FLOOD = limits.flights + 100;

const digest = (number: number) => `sha256:${String(number).padStart(64, '0')}`;

attack('E4', 'one slow registry would keep the images of all other registries from being admitted', () => {
  const setUp = setUpAttack();

  /** A registry that never answers, and a provider for it and the honest one. */
  async function startSlow() {
    const slow = createDemoRegistry({ onRequest: () => 'hang' });
    await slow.start();
    onTestFinished(() => slow.close());
    const provider = await setUp.another({
      flags: { verifyDeadline: '2000' },
      trustPolicies: (host) => [releasePolicy(host, { scopes: [`${host}/*`, `${slow.host}/*`] })],
      resources: (host) => [store([host, slow.host].map((name) => ({ host: name, plainHttp: true })))],
    });
    // Threads that verify are started by the first signature, and that is not what is asked here.
    await setUp.judge(setUp.signed(), provider);
    return { slow, provider };
  }

  it('twin: without a flood', async () => {
    const { provider } = await startSlow();
    expect(await setUp.judge(setUp.signed('bundle', 'acme/e04'), provider)).toBe('verified');
  });

  it.each([
    { name: 'of many repositories', path: (number: number) => `acme/slow-${number}@${digest(number)}` },
    { name: 'by tag', path: (number: number) => `acme/slow:v${number}` },
  ])('hundreds of images $name: other registries go on beside and behind them', async ({ path }) => {
    const { slow, provider } = await startSlow();
    const beside = setUp.signed('bundle', 'acme/e04');
    const flood = Array.from({ length: FLOOD }, (_, number) => `${slow.host}/${path(number)}`);
    const verdicts = (await provider.verify(...flood, beside.key)).map(verdictOf);
    expect(verdicts.pop()).toBe('verified');
    expect(verdicts).toHaveLength(FLOOD);
    for (const verdict of verdicts) expect(verdict).toMatch(/^unavailable (DEADLINE_EXCEEDED|OVERLOADED)$/);
    expect(slow.requests.length).toBeLessThanOrEqual(limits.registryConcurrency);

    // The flood is still under way.
    expect(await setUp.judge(setUp.signed('legacy', 'acme/e04'), provider)).toBe('verified');
  });
});
