import { expect, it, onTestFinished } from 'vitest';
import { createDemoRegistry, type DemoRegistry, type Fault } from '../../src/demo/registry/demo-registry.ts';
import { publishImage } from '../../src/demo/registry/image.ts';
import { publishBundle } from '../../src/demo/sigstore/publish.ts';
import { attack } from '../support/attack.ts';
import { RELEASE, releasePolicy, setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { refusal } from '../support/hostile-registry.ts';
import { store } from '../support/resources.ts';
import type { TestProvider } from '../support/test-provider.ts';

const IMAGES = 10;
const ROUNDS = 4;

attack(
  'E8',
  'a registry in trouble would be asked ever more often, or its outage would be kept as a verdict',
  () => {
    const setUp = setUpAttack();

    /** A registry that answers everything with a fault while there is one, and a provider for it and an honest one. */
    async function startTroubled(): Promise<{
      readonly troubled: DemoRegistry;
      readonly provider: TestProvider;
      meet(fault: Fault | undefined): void;
      /** A signed image of a repository. */
      image(repository: string): string;
    }> {
      let fault: Fault | undefined;
      const troubled = createDemoRegistry({ onRequest: () => fault });
      await troubled.start();
      onTestFinished(() => troubled.close());
      const provider = await setUp.another({
        trustPolicies: (host) => [releasePolicy(host, { scopes: [`${host}/*`, `${troubled.host}/*`] })],
        resources: (host) => [store([host, troubled.host].map((name) => ({ host: name, plainHttp: true })))],
      });
      return {
        troubled,
        provider,
        meet(next) {
          fault = next;
        },
        image(repository) {
          const place = { registry: troubled, repository };
          const { digest } = publishImage(place, repository);
          publishBundle(place, digest, setUp.sigstore.signBundle({ digest, identity: RELEASE }));
          return `${troubled.host}/${repository}@${digest}`;
        },
      };
    }

    it('twin: without trouble, and after a single failure at once', async () => {
      const { provider, meet, image } = await startTroubled();
      expect(await setUp.judge(image('acme/before'), provider)).toBe('verified');
      const key = image('acme/failing');
      meet(refusal(500));
      expect(await setUp.judge(key, provider)).toBe('unavailable REGISTRY_ERROR');
      meet(undefined);
      // The outage is nobody's verdict.
      expect(await setUp.judge(key, provider)).toBe('verified');
    });

    it.each([
      { status: 429, code: 'REGISTRY_THROTTLED' },
      { status: 503, code: 'REGISTRY_ERROR' },
    ])(
      '$status with Retry-After: nothing more is asked, and the answer says for how long',
      async ({ status, code }) => {
        const { troubled, provider, meet, image } = await startTroubled();
        const keys = Array.from({ length: IMAGES }, (_, index) => image(`acme/app-${index}`));
        meet(refusal(status, { 'retry-after': '60' }));
        expect(await setUp.judge(keys[0] ?? '', provider)).toBe(`unavailable ${code}`);
        const asked = troubled.requests.length;
        // The places that are asked at once for one image; none of them a second time.
        expect(asked).toBeLessThanOrEqual(3);

        meet(undefined);
        const honest = setUp.signed();
        const values = await provider.verify(honest.key, ...keys);
        expect(values.map(verdictOf)).toEqual(['verified', ...keys.map(() => `unavailable ${code}`)]);
        expect(values[1]?.message).toMatch(/another (60|59|5\d) s/);
        expect(troubled.requests).toHaveLength(asked);
      },
    );

    it.each([
      ['a thousand years', '31536000000'],
      ['a date that is far away', 'Fri, 31 Dec 9999 23:59:59 GMT'],
      ['more digits than a number has', '9'.repeat(400)],
      ['no number', 'soon'],
    ])('Retry-After with %s', async (_, header) => {
      const { provider, meet, image } = await startTroubled();
      meet(refusal(429, { 'retry-after': header }));
      const [value] = await provider.verify(image('acme/app'));
      expect(verdictOf(value)).toBe('unavailable REGISTRY_THROTTLED');
      // Never longer than a minute, whatever was wished for.
      const [again] = await provider.verify(image('acme/app'));
      const seconds = Number(/another (\d+) s/.exec(again?.message ?? '')?.[1] ?? 0);
      expect(seconds).toBeLessThanOrEqual(60);
    });

    it.each([
      { name: 'errors', fault: refusal(500), code: 'REGISTRY_ERROR' },
      { name: 'throttling without a time', fault: refusal(429), code: 'REGISTRY_THROTTLED' },
      { name: 'connections that break off', fault: 'reset' as const, code: 'REGISTRY_UNREACHABLE' },
    ])('a storm of $name: asked less and less, however often the images come', async ({ fault, code }) => {
      const { troubled, provider, meet, image } = await startTroubled();
      const keys = Array.from({ length: IMAGES }, (_, index) => image(`acme/app-${index}`));
      meet(fault);
      const asked: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = troubled.requests.length;
        const honest = setUp.signed();
        const verdicts = (await provider.verify(honest.key, ...keys)).map(verdictOf);
        expect(verdicts).toEqual(['verified', ...keys.map(() => `unavailable ${code}`)]);
        asked.push(troubled.requests.length - before);
      }
      // What is left after the first rounds is a single try when a pause is over.
      const [first = 0, , ...others] = asked;
      expect(others.reduce((sum, count) => sum + count)).toBeLessThan(first);

      meet(undefined);
      // It is asked again when a pause is over, and nothing of the outage is left.
      await expect.poll(() => setUp.judge(keys[0] ?? '', provider), { timeout: 30_000 }).toBe('verified');
    });
  },
);
