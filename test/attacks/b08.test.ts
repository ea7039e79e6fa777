import { expect, it } from 'vitest';
import { ANNOTATION } from '../../src/demo/sigstore/simple-signing.ts';
import { attack } from '../support/attack.ts';
import { type AttackedImage, releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import { annotated, edited } from '../support/forgery.ts';
import { type BundleJson, type EntryJson, entryOf } from '../support/private-sigstore.ts';

const HOUR = 3_600_000;
/** A certificate that was stolen together with its key, an hour after it expired. */
const EXPIRED = { notBefore: new Date(Date.now() - HOUR) };

function within({ notBefore }: typeof EXPIRED): string {
  return String(Math.floor(notBefore.getTime() / 1000) + 60);
}

attack('B8', 'a time that nobody signed would bring an expired certificate back to life', () => {
  const setUp = setUpAttack({
    trustPolicies: (host) => [
      releasePolicy(host, { scopes: [`${host}/acme/*`] }),
      releasePolicy(host, { name: 'unlogged', scopes: [`${host}/unlogged/*`], tLogVerify: false }),
    ],
  });

  function changed(
    image: AttackedImage,
    options: Parameters<typeof setUp.bundle>[1],
    change: (entry: EntryJson, bundle: BundleJson) => void,
  ): AttackedImage {
    return setUp.attach(
      image,
      edited(setUp.bundle(image, options), (json) => change(entryOf(json), json)),
    );
  }

  it('twin: a time that the log or an authority signed is one', async () => {
    for (const options of [{ log: 'v1', timestamp: false } as const, { log: 'v2' } as const]) {
      const image = setUp.image();
      expect(await setUp.judge(setUp.attach(image, setUp.bundle(image, options)))).toBe('verified');
    }
  });

  it('an entry that is proven by inclusion alone tells no time, whatever it says', async () => {
    const honest = changed(setUp.image(), { log: 'v2', timestamp: false }, (entry) => {
      entry.integratedTime = String(Math.floor(Date.now() / 1000));
    });
    expect(await setUp.judge(honest)).toBe('rejected TIMESTAMP_MISSING');
    const expired = { log: 'v2', timestamp: false, certificate: EXPIRED } as const;
    const forged = changed(setUp.image(), expired, (entry) => {
      entry.integratedTime = within(EXPIRED);
    });
    expect(await setUp.judge(forged)).toBe('rejected TIMESTAMP_MISSING');
  });

  it('an entry of Rekor v1 without its promise tells no time either', async () => {
    const options = { log: 'v1', timestamp: false, certificate: EXPIRED } as const;
    const forged = changed(setUp.image(), options, (entry) => {
      delete entry.inclusionPromise;
      entry.integratedTime = within(EXPIRED);
    });
    expect(await setUp.judge(forged)).toBe('rejected TIMESTAMP_MISSING');
  });

  it('a forged time beside an honest timestamp is no time', async () => {
    const forged = changed(setUp.image(), { log: 'v2', certificate: EXPIRED }, (entry) => {
      entry.integratedTime = within(EXPIRED);
    });
    expect(await setUp.judge(forged)).toBe('rejected CERTIFICATE_EXPIRED');
  });

  it('where the policy reads no log entries, the time is now, whatever an entry says', async () => {
    const expired = { timestamp: false, certificate: EXPIRED } as const;
    const forged = changed(setUp.image('unlogged/app'), expired, (entry) => {
      entry.integratedTime = within(EXPIRED);
    });
    expect(await setUp.judge(forged)).toBe('rejected CERTIFICATE_EXPIRED');
    const honest = setUp.image('unlogged/app');
    setUp.attach(honest, setUp.bundle(honest, { log: 'none', timestamp: false }));
    expect(await setUp.judge(honest)).toBe('verified');
  });

  it.each<[string, (entry: EntryJson) => void, string]>([
    [
      'the time moved into the life of the certificate',
      (entry) => {
        entry.integratedTime = within(EXPIRED);
      },
      'LOG_ENTRY_INVALID',
    ],
    [
      'a promise by nobody',
      (entry) => {
        entry.integratedTime = within(EXPIRED);
        entry.inclusionPromise = { signedEntryTimestamp: Buffer.from('nobody').toString('base64') };
      },
      'LOG_ENTRY_INVALID',
    ],
    [
      'an empty promise',
      (entry) => {
        entry.integratedTime = within(EXPIRED);
        entry.inclusionPromise = { signedEntryTimestamp: '' };
      },
      'SIGNATURE_MALFORMED',
    ],
    [
      'no time',
      (entry) => {
        delete entry.integratedTime;
      },
      'TIMESTAMP_MISSING',
    ],
  ])('a signed promise with %s is rejected', async (_, change, code) => {
    const forged = changed(setUp.image(), { timestamp: false, certificate: EXPIRED }, change);
    expect(await setUp.judge(forged)).toBe(`rejected ${code}`);
  });

  it.each<[string, object, string]>([
    ['the time moved', { integratedTime: Number(within(EXPIRED)) }, 'LOG_ENTRY_INVALID'],
    ['a negative time', { integratedTime: -1 }, 'SIGNATURE_MALFORMED'],
    ['a fraction of a second', { integratedTime: 1.5 }, 'SIGNATURE_MALFORMED'],
    ['a time that is a text', { integratedTime: within(EXPIRED) }, 'SIGNATURE_MALFORMED'],
    ['no time', { integratedTime: 0 }, 'TIMESTAMP_MISSING'],
  ])('the old form with %s is rejected', async (_, change, code) => {
    const image = setUp.image();
    const honest = setUp.legacy(image, { certificate: EXPIRED });
    const entry = JSON.parse(honest.annotations[ANNOTATION.bundle] ?? '');
    const forged = { ...entry, Payload: { ...entry.Payload, ...change } };
    setUp.attachLegacy(image, annotated(honest, { [ANNOTATION.bundle]: JSON.stringify(forged) }));
    expect(await setUp.judge(image)).toBe(`rejected ${code}`);
  });
});
