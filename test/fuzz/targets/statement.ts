import * as fc from 'fast-check';
import { readStatement } from '../../../src/cosign/statement.ts';
import { createDemoSigstore } from '../../../src/demo/sigstore/demo-sigstore.ts';
import { generateSigningKey } from '../../../src/demo/sigstore/signing-key.ts';
import { compileTrust } from '../../../src/sigstore/trust-material.ts';
import { parseStrictJson } from '../../../src/strict-json.ts';
import { verifyContent } from '../../../src/verification/verify-content.ts';
import { accepted } from '../accepted.ts';
import { editedJson } from '../json-edits.ts';
import { bytesOf, type FuzzTarget, must, textOf } from '../target.ts';

const SUBJECT = `sha256:${'ab'.repeat(32)}` as const;
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

const sigstore = createDemoSigstore();
const key = generateSigningKey();
const trust = compileTrust({
  fingerprint: 'statement',
  keys: [{ name: 'key', pem: key.pem }],
  transparencyLog: false,
  certificateTransparency: false,
});

function statementOf(overrides: object = {}): string {
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: 'ab'.repeat(32) } }],
    predicateType: SIGNATURE,
    ...overrides,
  });
}

const HONEST = [
  statementOf(),
  statementOf({ _type: 'https://in-toto.io/Statement/v0.1', predicate: {} }),
  statementOf({
    subject: [
      { name: 'other', digest: { sha256: 'cd'.repeat(32) } },
      { digest: { sha256: 'ab'.repeat(32), sha512: 'ef'.repeat(64) } },
    ],
  }),
  statementOf({ predicateType: 'https://slsa.dev/provenance/v1', predicate: { runDetails: {} } }),
];

const TOKENS = [
  SUBJECT,
  'ab'.repeat(32),
  'AB'.repeat(32),
  'sha256',
  'SHA256',
  SIGNATURE,
  'https://slsa.dev/provenance/v1',
  'predicateType',
  '_type',
];

/** A statement in an envelope that is signed as it is, by a signer who signs anything. The input is JSON: payload type and payload. */
export const statement: FuzzTarget = {
  name: 'statement',
  stages: ['JSON', 'statement', 'signature statement', 'verified'],
  inputs: fc
    .tuple(
      fc.oneof(
        { arbitrary: fc.constant(PAYLOAD_TYPE), weight: 19 },
        {
          arbitrary: fc.constantFrom(
            'application/json',
            `${PAYLOAD_TYPE} `,
            'application/vnd.in-toto\u0174json',
            '',
          ),
          weight: 1,
        },
      ),
      editedJson(HONEST, TOKENS),
    )
    .map(([type, text]) => JSON.stringify([type, textOf(Buffer.from(text))])),
  check(input, reached) {
    const [payloadType, text]: [string, string] = JSON.parse(input);
    const payload = bytesOf(text);
    if (accepted(() => parseStrictJson(payload)) !== undefined) reached('JSON');
    const read = accepted(() => readStatement(payloadType, payload));
    if (read !== undefined) reached('statement');
    if (read?.predicateType === SIGNATURE) reached('signature statement');
    // An empty payload is none that an envelope can hold.
    if (payload.length === 0) return;
    const { bytes } = sigstore.signEnvelope({ payload, payloadType, key, log: 'none', timestamp: false });
    const outcome = verifyContent({ kind: 'bundle', bytes }, SUBJECT, () => trust, 0);
    if (outcome.kind !== 'signed') return;
    reached('verified');
    const { _type: type, predicateType, subject } = JSON.parse(payload.toString('utf8'));
    must(payloadType === PAYLOAD_TYPE, 'an envelope of another type verified');
    must(String(type).startsWith('https://in-toto.io/Statement/v'), 'a statement of another type verified');
    must(predicateType === SIGNATURE, 'an attestation verified as a signature');
    const digests: unknown[] = subject.map(({ digest }: { digest: { sha256?: unknown } }) => digest.sha256);
    must(digests.includes('ab'.repeat(32)), 'a statement about other images verified');
  },
};
