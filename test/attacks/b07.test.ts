import { expect, it } from 'vitest';
import { createSigner } from '../../src/demo/sigstore/signer.ts';
import { createLogV1, createLogV2 } from '../../src/demo/sigstore/transparency-log.ts';
import { attack } from '../support/attack.ts';
import { changedRoot, RELEASE, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import { edited } from '../support/forgery.ts';
import { reply, startServer } from '../support/registry-server.ts';
import { store } from '../support/resources.ts';

attack('B7', 'a log would vouch for itself, by a key that it hands out on request', () => {
  const setUp = setUpAttack();
  const now = () => new Date();
  const { v1, v2 } = setUp.sigstore.logs;
  const foreign = { v1: createLogV1(v1.name, now), v2: createLogV2(v2.name) };
  const signer = createSigner({ ...setUp.sigstore, logs: foreign, now });

  it('the key of a log is taken from the trust root alone, and never asked for', async () => {
    const [image, twin] = [setUp.image(), setUp.signed('legacy')];
    setUp.attachLegacy(
      image,
      signer.signLegacy({ digest: image.digest, dockerReference: 'app', identity: RELEASE }),
    );
    const log = await startServer((_, response) => reply(response, 200, foreign.v1.key.pem));
    const provider = await setUp.another({
      trustRoots: {
        private: changedRoot(setUp.sigstore, (root) => {
          for (const instance of root.tlogs) instance.baseUrl = `${log.origin}/${v1.name}`;
        }),
      },
      trustPolicies: (host) => [releasePolicy(host, { rekorURL: log.origin })],
      resources: (host) => [store([host, log.host].map((name) => ({ host: name, plainHttp: true })))],
    });
    expect(await setUp.judge(twin, provider)).toBe('verified');
    expect(await setUp.judge(image, provider)).toBe('rejected LOG_UNTRUSTED');
    expect(log.requests).toEqual([]);
  });

  it.each(['v1', 'v2'] as const)(
    'a log %s of the same name with another key is not the one that is trusted',
    async (log) => {
      const image = setUp.image();
      const bundle = signer.signBundle({ digest: image.digest, identity: RELEASE, log });
      setUp.attach(image, bundle);
      expect(await setUp.judge(image)).toBe('rejected LOG_UNTRUSTED');
      const twin = setUp.image();
      expect(await setUp.judge(setUp.attach(twin, setUp.bundle(twin, { log })))).toBe('verified');
    },
  );

  it.each(['v1', 'v2'] as const)(
    'a log %s that gives itself the id of the trusted one proves nothing',
    async (log) => {
      const image = setUp.image();
      const bundle = signer.signBundle({ digest: image.digest, identity: RELEASE, log });
      const posing = edited(bundle, ({ verificationMaterial }) => {
        for (const entry of verificationMaterial.tlogEntries)
          entry.logId.keyId = setUp.sigstore.logs[log].logId.toString('base64');
      });
      expect(await setUp.judge(setUp.attach(image, posing))).toBe('rejected LOG_ENTRY_INVALID');
    },
  );

  it('an entry of one trusted log under the id of the other proves nothing: each is trusted in its own time', async () => {
    for (const [log, other] of [
      ['v1', v2],
      ['v2', v1],
    ] as const) {
      const image = setUp.image();
      const posing = edited(setUp.bundle(image, { log }), ({ verificationMaterial }) => {
        for (const entry of verificationMaterial.tlogEntries)
          entry.logId.keyId = other.logId.toString('base64');
      });
      expect(await setUp.judge(setUp.attach(image, posing))).toBe('rejected LOG_ENTRY_INVALID');
    }
  });
});
