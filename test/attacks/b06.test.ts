import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import { jsonOf } from '../support/forgery.ts';
import { reply, startServer } from '../support/registry-server.ts';
import { store } from '../support/resources.ts';

attack('B6', 'a search in the online log would return the entry of another signature as proof', () => {
  const setUp = setUpAttack();

  it('no log is ever asked, whatever the policy names: only what the signature brings counts', async () => {
    const [unlogged, honest] = [setUp.image(), setUp.image()];
    const logged = setUp.bundle(unlogged);
    setUp.attach(unlogged, setUp.bundle(unlogged, { log: 'none' }));
    setUp.attach(honest, setUp.bundle(honest));
    const [entry] = jsonOf(logged).verificationMaterial.tlogEntries;
    const log = await startServer((_, response) => {
      reply(response, 200, JSON.stringify([{ ['ab'.repeat(40)]: entry }]), {
        'content-type': 'application/json',
      });
    });
    const provider = await setUp.another({
      trustPolicies: (host) => [releasePolicy(host, { rekorURL: log.origin })],
      // It may be contacted: nothing but the program itself keeps it from asking.
      resources: (host) => [store([host, log.host].map((name) => ({ host: name, plainHttp: true })))],
    });
    setUp.registry.requests.length = 0;

    expect(await setUp.judge(honest, provider)).toBe('verified');
    expect(await setUp.judge(unlogged, provider)).toBe('rejected LOG_ENTRY_MISSING');
    expect(log.requests).toEqual([]);
    expect(setUp.registry.requests.every(({ path }) => path.startsWith('/v2/acme/app/'))).toBe(true);
  });

  it('the same for the old form', async () => {
    const image = setUp.image();
    setUp.attachLegacy(image, setUp.legacy(image, { log: 'none' }));
    expect(await setUp.judge(image)).toBe('rejected LOG_ENTRY_MISSING');
    expect(await setUp.judge(setUp.signed('legacy'))).toBe('verified');
  });
});
