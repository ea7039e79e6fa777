import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { RELEASE, setUpAttack } from '../support/attack-set-up.ts';

const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

interface StatementJson {
  _type?: unknown;
  subject?: unknown;
  predicateType?: unknown;
  predicate?: unknown;
}

type Change = (statement: StatementJson) => unknown;

const MALFORMED: readonly (readonly [string, Change])[] = [
  ['null', () => null],
  ['a list', (statement) => [statement]],
  ['a text', (statement) => JSON.stringify(statement)],
  ['no type', ({ _type, ...rest }) => rest],
  ['another type', (statement) => ({ ...statement, _type: 'https://in-toto.io/Statement/v2' })],
  ['no subjects', ({ subject, ...rest }) => rest],
  ['an empty list of subjects', (statement) => ({ ...statement, subject: [] })],
  ['one subject instead of a list', ({ subject, ...rest }) => ({ ...rest, subject: Object(subject)[0] })],
  ['a subject that is null', (statement) => ({ ...statement, subject: [null] })],
  ['a subject without a digest', (statement) => ({ ...statement, subject: [{ name: 'x' }] })],
  ['a digest that is a list', (statement) => ({ ...statement, subject: [{ digest: { sha256: [] } }] })],
  ['no predicate type', ({ predicateType, ...rest }) => rest],
  ['an empty predicate type', (statement) => ({ ...statement, predicateType: '' })],
  ['a list of predicate types', (statement) => ({ ...statement, predicateType: [SIGNATURE] })],
];

attack('A9', 'a statement that cannot be read, or says something else, would count as verified', () => {
  const setUp = setUpAttack();

  /** Signed by the trusted workflow, logged and timestamped: only what it says is odd. */
  function signing(payloadOf: (statement: StatementJson) => Uint8Array | string, payloadType?: string) {
    const image = setUp.image();
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: image.digest.slice('sha256:'.length) } }],
      predicateType: SIGNATURE,
    };
    const bundle = setUp.sigstore.signEnvelope({
      identity: RELEASE,
      payload: Buffer.from(payloadOf(statement)),
      ...(payloadType !== undefined && { payloadType }),
    });
    return setUp.attach(image, bundle);
  }

  it('twin: an ordinary statement is verified, with and without a predicate', async () => {
    expect(await setUp.judge(signing((statement) => JSON.stringify(statement)))).toBe('verified');
    const full = signing((statement) => JSON.stringify({ ...statement, predicate: { a: 1 } }));
    expect(await setUp.judge(full)).toBe('verified');
  });

  it.each(MALFORMED)('%s in place of a statement is rejected', async (_, change) => {
    const image = signing((statement) => JSON.stringify(change(statement)));
    expect(await setUp.judge(image)).toBe('rejected SIGNATURE_MALFORMED');
  });

  it.each([
    ['no JSON', 'hello'],
    ['half of it', '{"_type":"https://in-toto.io/Statement/v1","subject":['],
    ['no UTF-8', Buffer.of(0xff, 0xfe)],
  ])('a payload that is %s is rejected', async (_, payload) => {
    expect(await setUp.judge(signing(() => payload))).toBe('rejected SIGNATURE_MALFORMED');
  });

  it('an empty payload is rejected', async () => {
    expect(await setUp.judge(signing(() => ''))).toBe('rejected SIGNATURE_MALFORMED');
  });

  it.each([`${SIGNATURE}/`, SIGNATURE.toUpperCase(), ` ${SIGNATURE}`, 'https://sigstore.dev/cosign/sign/v2'])(
    'the predicate type %s makes it an attestation, and is rejected',
    async (predicateType) => {
      const image = signing((statement) => JSON.stringify({ ...statement, predicateType }));
      expect(await setUp.judge(image)).toBe('rejected ATTESTATION_ONLY');
    },
  );

  it.each(['application/json', 'application/vnd.in-toto+JSON', 'application/vnd.in-toto+json;v=1', ''])(
    'the payload type "%s" is rejected',
    async (payloadType) => {
      const image = signing((statement) => JSON.stringify(statement), payloadType);
      expect(await setUp.judge(image)).toBe('rejected SIGNATURE_UNSUPPORTED');
    },
  );
});
