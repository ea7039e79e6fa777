import * as fc from 'fast-check';
import type { SimpleSigningAnnotations } from '../../../src/cosign/candidate.ts';
import { legacyBundle } from '../../../src/cosign/legacy-bundle.ts';
import { isJsonObject } from '../../../src/strict-json.ts';
import { labMaterials, type Material } from '../../mutations/material.ts';
import { accepted } from '../accepted.ts';
import {
  type HonestSignature,
  honestSignature,
  mustStayHonest,
  VERIFICATION_STAGES,
} from '../honest-signature.ts';
import { editedJson } from '../json-edits.ts';
import type { FuzzTarget } from '../target.ts';

const NAMES = ['l-key-bare', 'l-key-rekor1', 'v2-key-rekor1', 'l-email-rekor1', 'v2-email-rekor1tsa'];

const honest = new Map<string, HonestSignature>(
  labMaterials()
    .filter(({ name }) => NAMES.includes(name))
    .map((material) => [material.name, honestSignature(material)]),
);

const TOKENS = [
  '-----BEGIN CERTIFICATE-----',
  '-----END CERTIFICATE-----',
  '\n',
  'MII',
  'Payload',
  'AAAA',
  '==',
];

function annotationsOf({ content }: Material): SimpleSigningAnnotations {
  return content.kind === 'simple-signing' ? content.annotations : {};
}

/** The annotations of a `.sig` layer. The input is JSON: the name of the honest signature, and its annotations. */
export const annotations: FuzzTarget = {
  name: 'annotations',
  stages: ['texts', 'parts', ...VERIFICATION_STAGES],
  inputs: fc
    .constantFrom(...honest.values())
    .chain(({ material }) =>
      editedJson([JSON.stringify(annotationsOf(material))], TOKENS).map((edited) =>
        JSON.stringify([material.name, edited]),
      ),
    ),
  check(input, reached) {
    const [name, text]: [string, string] = JSON.parse(input);
    const expected = honest.get(name);
    if (expected?.material.content.kind !== 'simple-signing') throw new Error(`no legacy signature ${name}`);
    const changed = textsOf(text);
    if (changed === undefined) return;
    reached('texts');
    const content = { ...expected.material.content, annotations: changed };
    if (accepted(() => legacyBundle(content, { transparencyLog: true })) !== undefined) reached('parts');
    mustStayHonest(expected, content, reached);
  },
};

/** A manifest is read strictly before its annotations are, so they are always texts, each under its own name. */
function textsOf(text: string): SimpleSigningAnnotations | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && /^[a-z]+$/.test(entry[0]),
  );
  return texts.length === 0 ? undefined : Object.fromEntries(texts);
}
