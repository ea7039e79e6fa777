import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { type AttackedImage, RELEASE, setUpAttack } from '../support/attack-set-up.ts';
import { edited } from '../support/forgery.ts';

/** Changes that leave the meaning as it was. */
const NORMALIZED: readonly (readonly [string, (text: string) => string])[] = [
  ['written in one line', (text) => JSON.stringify(JSON.parse(text))],
  ['indented otherwise', (text) => JSON.stringify(JSON.parse(text), null, 4)],
  ['with a line feed behind it', (text) => `${text}\n`],
  ['with a blank before it', (text) => ` ${text}`],
  ['with line ends of Windows', (text) => text.replaceAll('\n', '\r\n')],
  [
    'with an escape',
    (text) => text.replace(/"(s|c)/, (_, letter) => `"\\u00${letter === 's' ? '73' : '63'}`),
  ],
  ['with its fields in another order', (text) => JSON.stringify(reversed(JSON.parse(text)), null, 2)],
];

function reversed(value: object): object {
  return Object.fromEntries(Object.entries(value).reverse());
}

attack(
  'B18',
  'what is read would be a tidied copy of what was signed, and the signature be checked over that',
  () => {
    const setUp = setUpAttack();

    function legacy(change: (payload: string) => string): AttackedImage {
      const image = setUp.image();
      const payload = JSON.stringify(
        JSON.parse(Buffer.from(setUp.legacy(image).payload).toString('utf8')),
        null,
        2,
      );
      const signature = setUp.sigstore.signLegacy({
        digest: image.digest,
        dockerReference: 'app',
        identity: RELEASE,
        payload: Buffer.from(payload),
      });
      return setUp.attachLegacy(image, { ...signature, payload: Buffer.from(change(payload)) });
    }

    function bundle(change: (payload: string) => string): AttackedImage {
      const image = setUp.image();
      const statement = {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { sha256: image.digest.slice('sha256:'.length) } }],
        predicateType: 'https://sigstore.dev/cosign/sign/v1',
      };
      const payload = JSON.stringify(statement, null, 2);
      const signed = setUp.sigstore.signEnvelope({ identity: RELEASE, payload: Buffer.from(payload) });
      const served = edited(signed, ({ dsseEnvelope }) => {
        if (dsseEnvelope !== undefined)
          dsseEnvelope.payload = Buffer.from(change(payload)).toString('base64');
      });
      return setUp.attach(image, served);
    }

    it('twin: an untidy text is verified as it was signed, byte for byte', async () => {
      expect(await setUp.judge(legacy((text) => text))).toBe('verified');
      expect(await setUp.judge(bundle((text) => text))).toBe('verified');
    });

    it.each(NORMALIZED)('the same %s is rejected', async (_, change) => {
      expect(await setUp.judge(legacy(change))).toBe('rejected SIGNATURE_INVALID');
      expect(await setUp.judge(bundle(change))).toBe('rejected SIGNATURE_INVALID');
    });
  },
);
