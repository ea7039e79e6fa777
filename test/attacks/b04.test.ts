import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../src/demo/sigstore/checkpoint.ts';
import { dsseV1, hashedRekordV1, hashedRekordV2 } from '../../src/demo/sigstore/log-entry-body.ts';
import { createSigner, type LegacySignature, type SignedBundle } from '../../src/demo/sigstore/signer.ts';
import { generateSigningKey, sha256 } from '../../src/demo/sigstore/signing-key.ts';
import type { LogEntryBody } from '../../src/demo/sigstore/transparency-log.ts';
import { attack } from '../support/attack.ts';
import { type AttackedImage, RELEASE, setUpAttack } from '../support/attack-set-up.ts';
import { certificateMaterial, edited, jsonOf, leafOf, withEntries } from '../support/forgery.ts';
import { type EntryJson, entryOf } from '../support/private-sigstore.ts';

const OTHER = Buffer.from('something else');

attack('B4', 'a real log entry about other content would prove the signature over this one', () => {
  const setUp = setUpAttack();
  const { sigstore } = setUp;

  /** Signs as cosign does; what the log is told is changed on the way. */
  function signedWhereLogHears(
    image: AttackedImage,
    change: (body: LogEntryBody) => LogEntryBody,
  ): LegacySignature {
    const { v1, v2 } = sigstore.logs;
    const lying = { ...v1, append: (body: LogEntryBody) => v1.append(change(body)) };
    const signer = createSigner({ ...sigstore, logs: { v1: lying, v2 }, now: () => new Date() });
    return signer.signLegacy({
      digest: image.digest,
      dockerReference: image.repository,
      identity: RELEASE,
    });
  }

  function withHash(body: LogEntryBody, hash: object): LogEntryBody {
    return { ...body, spec: { ...body.spec, data: { hash } } };
  }

  it('twin: what the log was told is what was signed', async () => {
    const image = setUp.image();
    setUp.attachLegacy(
      image,
      signedWhereLogHears(image, (body) => body),
    );
    expect(await setUp.judge(image)).toBe('verified');
  });

  it.each<[string, (body: LogEntryBody) => LogEntryBody]>([
    ['another payload', (body) => withHash(body, { algorithm: 'sha256', value: 'ab'.repeat(32) })],
    ['no payload', (body) => withHash(body, { algorithm: 'sha256', value: '' })],
    ['half of the hash', (body) => withHash(body, { algorithm: 'sha256', value: 'ab'.repeat(16) })],
    ['no hash', (body) => ({ ...body, spec: { ...body.spec, data: {} } })],
  ])('a signed promise about %s is rejected', async (_, change) => {
    const image = setUp.image();
    setUp.attachLegacy(image, signedWhereLogHears(image, change));
    expect(await setUp.judge(image)).toBe('rejected LOG_ENTRY_MISMATCH');
  });

  it('a bundle whose entry has its signature and certificate, and other content, is rejected', async () => {
    const key = generateSigningKey();
    const { v1, v2 } = sigstore.logs;
    for (const forge of [
      (signature: Buffer, leaf: Buffer) =>
        v1.append(hashedRekordV1(OTHER, signature, certificateMaterial(leaf, key))),
      (signature: Buffer, leaf: Buffer) =>
        v2.append(hashedRekordV2(OTHER, signature, certificateMaterial(leaf, key))),
      (signature: Buffer, leaf: Buffer) =>
        v1.append(
          dsseV1(
            {
              payload: OTHER.toString('base64'),
              payloadType: 'application/vnd.in-toto+json',
              signatures: [{ sig: signature.toString('base64') }],
            },
            certificateMaterial(leaf, key),
          ),
        ),
    ]) {
      const image = setUp.image();
      const bundle = withEntries(setUp.bundle(image, { key }), ({ signature }, json) => [
        forge(signature, leafOf(json)),
      ]);
      setUp.attach(image, bundle);
      expect(await setUp.judge(image)).toBe('rejected LOG_ENTRY_MISMATCH');
    }
  });

  describe.each(['v1', 'v2'] as const)('an entry that is not in the tree of the log %s', (log) => {
    const logging = sigstore.logs[log];

    async function judgeWith(change: (proof: Proof, foreign: Proof) => void): Promise<string> {
      // Another leaf first, so that there is a way to the root.
      const foreign = proofOf(setUp.bundle(setUp.image(), { log }));
      const image = setUp.image();
      const bundle = edited(setUp.bundle(image, { log }), (json) => {
        const { inclusionProof } = entryOf(json);
        if (inclusionProof !== undefined) change(inclusionProof, foreign);
      });
      return setUp.judge(setUp.attach(image, bundle));
    }

    it('twin: with its own proof it is verified', async () => {
      expect(await judgeWith(() => {})).toBe('verified');
    });

    it.each<[string, (proof: Proof, foreign: Proof) => void]>([
      [
        'a checkpoint that the log signed, with another root',
        (proof) => {
          const [origin = '', size = ''] = (proof.checkpoint?.envelope ?? '').split('\n');
          proof.checkpoint = {
            envelope: signCheckpoint(logging, origin, Number(size), sha256('another tree')),
          };
        },
      ],
      [
        'the checkpoint of an earlier tree',
        (proof, foreign) => {
          proof.checkpoint = { envelope: foreign.checkpoint?.envelope ?? '' };
        },
      ],
      [
        'a checkpoint whose size was changed',
        (proof) => {
          const envelope = proof.checkpoint?.envelope ?? '';
          proof.checkpoint = { envelope: envelope.replace(/\n(\d+)\n/, '\n1$1\n') };
        },
      ],
      [
        'a checkpoint without a signature',
        (proof) => {
          const envelope = proof.checkpoint?.envelope ?? '';
          proof.checkpoint = { envelope: envelope.replace(/\u2014.*\n/, '') };
        },
      ],
      ['the proof of another entry', (proof, foreign) => Object.assign(proof, foreign)],
      [
        'a hash of its proof changed',
        (proof) => {
          proof.hashes[0] = sha256('another hash').toString('base64');
        },
      ],
      ['a hash of its proof missing', (proof) => void proof.hashes.pop()],
      ['a hash too many', (proof) => void proof.hashes.push(sha256('one more').toString('base64'))],
      [
        'another place in the tree',
        (proof) => {
          proof.logIndex = String(Number(proof.logIndex) - 1);
        },
      ],
    ])('with %s it is rejected', async (_, change) => {
      expect(await judgeWith(change)).toBe('rejected LOG_ENTRY_INVALID');
    });
  });
});

type Proof = NonNullable<EntryJson['inclusionProof']>;

function proofOf(bundle: SignedBundle): Proof {
  const { inclusionProof } = entryOf(jsonOf(bundle));
  if (inclusionProof === undefined) throw new Error('the entry has no proof');
  return inclusionProof;
}
