import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/demo/registry/answer.ts';
import { MANIFEST_MEDIA_TYPE } from '../../src/demo/registry/image.ts';
import { INDEX_MEDIA_TYPE } from '../../src/demo/registry/referrers.ts';
import { limits } from '../../src/limits.ts';
import { attack } from '../support/attack.ts';
import { verdictOf } from '../support/attack-set-up.ts';
import {
  challenge,
  drip,
  endless,
  judgeBeside,
  type Step,
  setUpHostileRegistry,
  stored,
  TOKEN_SERVER,
  tagOf,
} from '../support/hostile-registry.ts';
import { type BundleJson, entryOf } from '../support/private-sigstore.ts';

type ContentStep = Exclude<Step, 'token'>;

const MEDIA_TYPE: Readonly<Record<ContentStep, string>> = {
  tag: MANIFEST_MEDIA_TYPE,
  'signature-tag': MANIFEST_MEDIA_TYPE,
  referrers: INDEX_MEDIA_TYPE,
  'fallback-tag': INDEX_MEDIA_TYPE,
  referrer: MANIFEST_MEDIA_TYPE,
  blob: 'application/octet-stream',
};
const STEPS = Object.keys(MEDIA_TYPE) as ContentStep[];

/** What each step says of a body that goes on and on. Of a blob the size is known. */
const TOO_LONG: Readonly<Record<ContentStep, string>> = {
  tag: 'rejected LIMIT_EXCEEDED',
  'signature-tag': 'rejected LIMIT_EXCEEDED',
  referrers: 'rejected LIMIT_EXCEEDED',
  'fallback-tag': 'rejected LIMIT_EXCEEDED',
  referrer: 'rejected LIMIT_EXCEEDED',
  blob: 'unavailable REGISTRY_RESPONSE_INVALID',
};

attack(
  'E2',
  'data without end, or more of it than any honest signature has, would exhaust time or memory',
  () => {
    describe('on the wire', () => {
      const { setUp, hostile } = setUpHostileRegistry({ flags: { verifyDeadline: '2500' } });

      /** Judges one image a step, each of which meets the answer at that step, and an honest one, in one request. */
      async function judgeAtEachStep(name: string, answer: (step: ContentStep) => Answer) {
        // Threads that verify are started by the first signature, and that is not what is asked here.
        await setUp.judge(setUp.signed());
        const honest = setUp.signed('bundle', 'acme/e02-honest');
        const keys = STEPS.map((step) => {
          const repository = `acme/e02-${name}-${step}`;
          const image = setUp.image(repository, 'v1');
          if (step === 'referrer' || step === 'blob') setUp.attach(image, setUp.bundle(image));
          // HEAD has no body: the manifest has to be asked for.
          hostile.misbehave(repository, step, ({ method }) =>
            method === 'HEAD' ? { status: 405 } : answer(step),
          );
          return `${setUp.host}/${repository}:v1`;
        });
        const [unharmed, ...verdicts] = (await setUp.provider.verify(honest.key, ...keys)).map(verdictOf);
        expect(unharmed).toBe('verified');
        return Object.fromEntries(STEPS.map((step, index) => [step, verdicts[index]]));
      }

      const forAll = (verdict: string) => Object.fromEntries(STEPS.map((step) => [step, verdict]));

      it('bytes that drip: the answer comes at the deadline, and the others are not kept waiting', async () => {
        const verdicts = await judgeAtEachStep('drip', (step) => drip(MEDIA_TYPE[step]));
        expect(verdicts).toEqual(forAll('unavailable DEADLINE_EXCEEDED'));
      });

      it('a body without length and without end', async () => {
        const verdicts = await judgeAtEachStep('endless', (step) => endless(MEDIA_TYPE[step]));
        expect(verdicts).toEqual(TOO_LONG);
      });

      it('a length that is told and can only be a lie: not even begun', async () => {
        const verdicts = await judgeAtEachStep('length', (step) => ({
          status: 200,
          headers: { 'content-type': MEDIA_TYPE[step], 'content-length': '1000000000000' },
          body: 'x',
        }));
        expect(verdicts).toEqual(TOO_LONG);
      });

      it('a token that goes on and on', async () => {
        const image = setUp.signed('bundle', 'acme/e02-token');
        hostile.misbehave(image.repository, 'referrers', challenge(`${setUp.registry.url}/token`));
        hostile.misbehave(TOKEN_SERVER, 'token', () => endless('application/json'));
        expect(await judgeBeside(setUp, image)).toBe('unavailable REGISTRY_RESPONSE_INVALID');
      });

      it.each([
        {
          name: 'one byte more than there is',
          size: (size: number) => size + 1,
          verdict: 'unavailable REGISTRY_RESPONSE_INVALID',
        },
        {
          name: 'one byte less',
          size: (size: number) => size - 1,
          verdict: 'unavailable REGISTRY_RESPONSE_INVALID',
        },
        { name: 'nothing', size: () => 0, verdict: 'unavailable REGISTRY_RESPONSE_INVALID' },
        { name: 'more than is read', size: () => limits.payload + 1, verdict: 'rejected LIMIT_EXCEEDED' },
        { name: 'all there can be', size: () => Number.MAX_SAFE_INTEGER, verdict: 'rejected LIMIT_EXCEEDED' },
        { name: 'more than a number holds', size: () => 2 ** 60, verdict: 'rejected SIGNATURE_MALFORMED' },
        { name: 'less than nothing', size: () => -1, verdict: 'rejected SIGNATURE_MALFORMED' },
        { name: 'a part of a byte', size: () => 0.5, verdict: 'rejected SIGNATURE_MALFORMED' },
      ])('a descriptor that promises $name', async ({ name, size, verdict }) => {
        const image = setUp.signed('legacy', `acme/e02-size-${name.replaceAll(' ', '-')}`);
        const tag = tagOf(image, '.sig');
        const manifest = JSON.parse(Buffer.from(stored(image, tag).bytes).toString());
        manifest.layers[0].size = size(manifest.layers[0].size);
        const bytes = Buffer.from(JSON.stringify(manifest));
        setUp.registry.push(image.repository, { bytes, mediaType: MANIFEST_MEDIA_TYPE, tag });
        expect(await judgeBeside(setUp, image)).toBe(verdict);
      });
    });

    describe('in a signature', () => {
      const { setUp } = setUpHostileRegistry();

      async function judgeChanged(change: (bundle: BundleJson) => void): Promise<string> {
        const image = setUp.image('acme/e02-bundle');
        const signed = setUp.bundle(image);
        const json: BundleJson = JSON.parse(Buffer.from(signed.bytes).toString());
        change(json);
        return judgeBeside(
          setUp,
          setUp.attach(image, { ...signed, bytes: Buffer.from(JSON.stringify(json)) }),
        );
      }

      const subjects = (count: number) => (bundle: BundleJson) => {
        const { dsseEnvelope } = bundle;
        if (dsseEnvelope === undefined) throw new Error('not an envelope');
        const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString());
        statement.subject = Array.from({ length: count }, () => statement.subject[0]);
        dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
      };

      it('twin', async () => {
        expect(await judgeChanged(() => undefined)).toBe('verified');
      });

      it('more bytes than are read', async () => {
        const padding = ' '.repeat(limits.bundle);
        const image = setUp.image('acme/e02-large');
        const signed = setUp.bundle(image);
        const bytes = Buffer.concat([signed.bytes, Buffer.from(padding)]);
        expect(await judgeBeside(setUp, setUp.attach(image, { ...signed, bytes }))).toBe(
          'rejected LIMIT_EXCEEDED',
        );
      });

      it.each([
        [
          '33 log entries',
          (bundle: BundleJson) => {
            bundle.verificationMaterial.tlogEntries = Array(limits.logEntries + 1).fill(entryOf(bundle));
          },
        ],
        [
          '33 timestamps',
          ({ verificationMaterial }: BundleJson) => {
            const stamps = verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
            for (let count = 0; count < limits.timestamps; count += 1) stamps.push(...stamps.slice(0, 1));
          },
        ],
        [
          '65 hashes of a proof',
          (bundle: BundleJson) => {
            const { inclusionProof } = entryOf(bundle);
            if (inclusionProof !== undefined)
              inclusionProof.hashes = Array(limits.proofHashes + 1).fill('AAAA');
          },
        ],
        [
          'a note of 17 kB',
          (bundle: BundleJson) => {
            const { checkpoint } = entryOf(bundle).inclusionProof ?? {};
            if (checkpoint !== undefined)
              checkpoint.envelope = checkpoint.envelope.padEnd(limits.checkpoint + 1);
          },
        ],
        [
          'a certificate of a megabyte',
          ({ verificationMaterial }: BundleJson) => {
            verificationMaterial.certificate = { rawBytes: Buffer.alloc(700_000).toString('base64') };
          },
        ],
        ['1,025 subjects', subjects(limits.statementSubjects + 1)],
      ])('%s', async (_, change) => {
        expect(await judgeChanged(change)).toBe('rejected SIGNATURE_MALFORMED');
      });

      it('100,000 subjects', async () => {
        expect(await judgeChanged(subjects(100_000))).toBe('rejected LIMIT_EXCEEDED');
      });
    });
  },
);
