import { checkPayload } from '../../../src/cosign/simple-signing-payload.ts';
import { parseStrictJson } from '../../../src/strict-json.ts';
import { labMaterials } from '../../mutations/material.ts';
import { accepted } from '../accepted.ts';
import { honestSignature, mustStayHonest, VERIFICATION_STAGES } from '../honest-signature.ts';
import { editedJson } from '../json-edits.ts';
import { bytesOf, type FuzzTarget, must, textOf } from '../target.ts';

const [honest] = labMaterials()
  .filter(({ name }) => name === 'l-key-bare')
  .map(honestSignature);

function signed() {
  if (honest?.material.content.kind !== 'simple-signing') throw new Error('the lab has no l-key-bare');
  return { honest, content: honest.material.content, subject: honest.material.subject };
}

const TOKENS = [
  signed().subject,
  signed().subject.toUpperCase(),
  'sha256:',
  'sha512:',
  'docker-manifest-digest',
  'Docker-Manifest-Digest',
  'critical',
  'optional',
];

const text = Buffer.from(signed().content.payload).toString('utf8');
const full = JSON.stringify({
  critical: JSON.parse(text).critical,
  optional: { creator: 'somebody', timestamp: 1, nested: { critical: {} } },
});

/** The signed claim of the legacy form. */
export const payload: FuzzTarget = {
  name: 'payload',
  stages: ['JSON', 'claim about this image', ...VERIFICATION_STAGES],
  inputs: editedJson([text, text, full], TOKENS).map((edited) => textOf(Buffer.from(edited))),
  check(input, reached) {
    const bytes = bytesOf(input);
    const json = accepted(() => parseStrictJson(bytes));
    if (json !== undefined) reached('JSON');
    const { honest: expected, content, subject } = signed();
    const isClaim = accepted(() => {
      checkPayload(bytes, subject);
      return true;
    });
    if (isClaim === true) {
      reached('claim about this image');
      // As any other reader of this JSON would see it.
      const { critical } = JSON.parse(bytes.toString('utf8'));
      must(critical.image['docker-manifest-digest'] === subject, 'a claim about another image was accepted');
      must(critical.type === 'cosign container image signature', 'a claim of another type was accepted');
    }
    mustStayHonest(expected, { ...content, payload: bytes }, reached);
  },
};
