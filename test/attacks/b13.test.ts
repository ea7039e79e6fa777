import { expect, it } from 'vitest';
import { generateSigningKey, signWith } from '../../src/demo/sigstore/signing-key.ts';
import { attack } from '../support/attack.ts';
import { releasePolicy, setUpAttack } from '../support/attack-set-up.ts';
import { edited, envelopeOf } from '../support/forgery.ts';
import { inlineKey, store } from '../support/resources.ts';

const TYPE = 'application/vnd.in-toto+json';
const key = generateSigningKey();

attack('B13', 'two envelopes of different meaning would have the same signed bytes', () => {
  // A key without a log: nothing but the encoding itself stands between the two.
  const setUp = setUpAttack({
    trustPolicies: (host) => [
      releasePolicy(host, { keyless: undefined, keys: [{ provider: 'key' }], tLogVerify: false }),
    ],
    resources: (host) => [store([{ host, plainHttp: true }]), inlineKey('key', key.pem)],
  });

  /** An honest envelope whose signature is over another encoding of it. */
  function signedOver(encode: (type: string, payload: Buffer) => string | Buffer) {
    const image = setUp.image();
    const honest = setUp.sigstore.signBundle({ digest: image.digest, key, log: 'none', timestamp: false });
    const bundle = edited(honest, (json) => {
      const { envelope, payload } = envelopeOf(json);
      const signature = signWith(key, Buffer.from(encode(envelope.payloadType, payload)));
      envelope.signatures = [{ sig: signature.toString('base64') }];
    });
    return setUp.attach(image, bundle);
  }

  it('twin: the encoding of the specification is verified', async () => {
    const image = signedOver((type, payload) => `DSSEv1 ${type.length} ${type} ${payload.length} ${payload}`);
    expect(await setUp.judge(image)).toBe('verified');
  });

  it.each<[string, (type: string, payload: Buffer) => string | Buffer]>([
    ['no lengths', (type, payload) => `DSSEv1 ${type} ${payload}`],
    ['another length of the type', (type, payload) => `DSSEv1 1 ${type} ${payload.length} ${payload}`],
    ['another length of the payload', (type, payload) => `DSSEv1 ${type.length} ${type} 1 ${payload}`],
    ['leading zeros', (type, payload) => `DSSEv1 0${type.length} ${type} ${payload.length} ${payload}`],
    ['another version', (type, payload) => `DSSEv2 ${type.length} ${type} ${payload.length} ${payload}`],
    [
      'the payload in base64',
      (type, payload) => {
        const text = payload.toString('base64');
        return `DSSEv1 ${type.length} ${type} ${text.length} ${text}`;
      },
    ],
    ['the payload alone', (_, payload) => payload],
  ])('%s: rejected', async (_, encode) => {
    expect(await setUp.judge(signedOver(encode))).toBe('rejected KEY_MISMATCH');
  });

  // Without their high bits, as an encoder for ASCII drops them, U+0174 is a t and U+0161 an a.
  it.each([
    'applica\u0174ion/vnd.in-toto+json',
    '\u0161pplication/vnd.in-toto+json',
    `${TYPE}\0`,
    `${TYPE} `,
  ])('the payload type %j, which some encoders write like the usual one: rejected', async (payloadType) => {
    const image = setUp.image();
    const honest = setUp.sigstore.signBundle({ digest: image.digest, key, log: 'none' });
    const posing = edited(honest, ({ dsseEnvelope }) => {
      if (dsseEnvelope !== undefined) dsseEnvelope.payloadType = payloadType;
    });
    expect(await setUp.judge(setUp.attach(image, posing))).toBe('rejected SIGNATURE_UNSUPPORTED');
  });

  it('a signature over something that only begins like an envelope: rejected', async () => {
    const image = signedOver((type, payload) =>
      Buffer.concat([
        Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `),
        payload,
        Buffer.from('more'),
      ]),
    );
    expect(await setUp.judge(image)).toBe('rejected KEY_MISMATCH');
  });
});
