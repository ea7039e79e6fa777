import { expect, it } from 'vitest';
import { dsseV1, hashedRekordV2 } from '../../src/demo/sigstore/log-entry-body.ts';
import { generateSigningKey } from '../../src/demo/sigstore/signing-key.ts';
import { attack } from '../support/attack.ts';
import { setUpAttack, verdictOf } from '../support/attack-set-up.ts';
import { certificateMaterial, edited, leafOf, withEntries } from '../support/forgery.ts';
import { entryOf } from '../support/private-sigstore.ts';

attack('B12', 'one witness would count several times, and pass for several', () => {
  const setUp = setUpAttack();
  const { ctLog, logs } = setUp.sigstore;

  it('twin: the entries of two logs for one signature are verified', async () => {
    const image = setUp.image();
    const key = generateSigningKey();
    const bundle = withEntries(setUp.bundle(image, { key }), ({ encoded, signature }, json) => {
      const verifier = certificateMaterial(leafOf(json), key);
      const other = logs.v2.append(hashedRekordV2(encoded, signature, verifier));
      return [...json.verificationMaterial.tlogEntries, other];
    });
    const value = await setUp.ask(setUp.attach(image, bundle));
    expect(verdictOf(value)).toBe('verified');
    expect(value?.verifierReports[0]?.extensions?.signatures[0]?.logEntries).toHaveLength(2);
  });

  it.each(['v1', 'v2'] as const)('the same entry twice, log %s, is rejected', async (log) => {
    const image = setUp.image();
    const bundle = edited(setUp.bundle(image, { log }), (json) => {
      json.verificationMaterial.tlogEntries.push(entryOf(json));
    });
    expect(await setUp.judge(setUp.attach(image, bundle))).toBe('rejected LOG_ENTRY_INVALID');
  });

  it('the same body logged twice by one log is rejected', async () => {
    const image = setUp.image();
    const key = generateSigningKey();
    const bundle = withEntries(setUp.bundle(image, { key }), ({ envelope }, json) => {
      const verifier = certificateMaterial(leafOf(json), key);
      return [...json.verificationMaterial.tlogEntries, logs.v1.append(dsseV1(envelope, verifier))];
    });
    expect(await setUp.judge(setUp.attach(image, bundle))).toBe('rejected LOG_ENTRY_INVALID');
  });

  it('the same entry under another index, which a proof does not cover, is rejected', async () => {
    const image = setUp.image();
    const bundle = edited(setUp.bundle(image, { log: 'v2' }), (json) => {
      const { ...again } = entryOf(json);
      json.verificationMaterial.tlogEntries.push({ ...again, logIndex: '4711' });
    });
    expect(await setUp.judge(setUp.attach(image, bundle))).toBe('rejected LOG_ENTRY_INVALID');
  });

  it('the same timestamp twice is rejected', async () => {
    const image = setUp.image();
    const bundle = edited(setUp.bundle(image, { log: 'v2' }), ({ verificationMaterial }) => {
      const stamps = verificationMaterial.timestampVerificationData?.rfc3161Timestamps;
      const [stamp] = stamps ?? [];
      if (stamp !== undefined) stamps?.push(stamp);
    });
    expect(await setUp.judge(setUp.attach(image, bundle))).toBe('rejected TIMESTAMP_INVALID');
  });

  it('two promises of one certificate log are rejected', async () => {
    const image = setUp.image();
    setUp.attach(image, setUp.bundle(image, { certificate: { ctLogs: [ctLog, ctLog] } }));
    expect(await setUp.judge(image)).toBe('rejected SCT_INVALID');
  });
});
