import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { createTimestampAuthority } from '../../src/demo/sigstore/timestamp-authority.ts';
import { attack } from '../support/attack.ts';
import { type AttackedImage, changedRoot, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import { withTimestamps } from '../support/forgery.ts';

attack('B10', 'a timestamp would be believed by a certificate that it brings along', () => {
  const setUp = setUpAttack();
  const trusted = setUp.sigstore.timestampAuthority;
  // A time in whole seconds, as the trusted authority tells it.
  const forger = createTimestampAuthority(() => new Date(Math.floor(Date.now() / 1000) * 1000));

  function stamped(...makers: readonly ((signature: Buffer) => Uint8Array)[]): AttackedImage {
    const image = setUp.image();
    return setUp.attach(image, withTimestamps(setUp.bundle(image, { log: 'v2' }), ...makers));
  }

  it('twin: a timestamp of the trusted authority, with and without its certificates, is verified', async () => {
    expect(await setUp.judge(stamped((signature) => trusted.timestamp(signature)))).toBe('verified');
    const complete = stamped((signature) => trusted.timestamp(signature, trusted.chain));
    expect(await setUp.judge(complete)).toBe('verified');
  });

  it('by somebody else, with that one’s certificates: rejected', async () => {
    const image = stamped((signature) => forger.timestamp(signature, forger.chain));
    expect(await setUp.judge(image)).toBe('rejected TIMESTAMP_UNTRUSTED');
  });

  it('by somebody else, with the certificates of the trusted authority before or behind: rejected', async () => {
    for (const bag of [
      [...trusted.chain, ...forger.chain],
      [...forger.chain, ...trusted.chain],
      trusted.chain,
    ]) {
      const image = stamped((signature) => forger.timestamp(signature, bag));
      expect(await setUp.judge(image)).toBe('rejected TIMESTAMP_UNTRUSTED');
    }
  });

  it('by somebody else, who gives the serial number of the trusted authority for his own: rejected', async () => {
    const [own, theirs] = [forger, trusted].map(({ chain: [leaf] }) =>
      Buffer.from(new X509Certificate(leaf ?? '').serialNumber, 'hex'),
    );
    if (own === undefined || theirs === undefined) throw new Error('an authority has no certificate');
    for (const bag of [[], forger.chain]) {
      const posing = (signature: Buffer): Buffer => {
        const stamp = forger.timestamp(signature, bag);
        for (let at = stamp.indexOf(own); at >= 0; at = stamp.indexOf(own)) theirs.copy(stamp, at);
        return stamp;
      };
      expect(await setUp.judge(stamped(posing))).toBe('rejected TIMESTAMP_INVALID');
    }
  });

  it('by the trusted authority, with forged certificates in its bag: they are not looked at', async () => {
    for (const bag of [forger.chain, [...forger.chain, ...trusted.chain]]) {
      const image = stamped((signature) => trusted.timestamp(signature, bag));
      expect(await setUp.judge(image)).toBe('verified');
    }
  });

  it('a bag full of trusted certificates does not make up for an authority that the trust root lacks', async () => {
    const provider = await setUp.another({
      trustPolicies: (host) => [releasePolicy(host)],
      trustRoots: {
        private: changedRoot(setUp.sigstore, (root) => {
          root.timestampAuthorities = [];
        }),
      },
    });
    const image = stamped((signature) => trusted.timestamp(signature, trusted.chain));
    expect(await setUp.judge(image, provider)).toBe('rejected TIMESTAMP_UNTRUSTED');
  });
});
