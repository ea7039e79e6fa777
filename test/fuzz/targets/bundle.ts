import * as fc from 'fast-check';
import { readBundle } from '../../../src/sigstore/bundle.ts';
import { parseStrictJson } from '../../../src/strict-json.ts';
import { labMaterials } from '../../mutations/material.ts';
import { accepted } from '../accepted.ts';
import { honestSignature, mustStayHonest, VERIFICATION_STAGES } from '../honest-signature.ts';
import { editedJson } from '../json-edits.ts';
import { bytesOf, type FuzzTarget, textOf } from '../target.ts';

/** Those that cost little, for most inputs, and one of each kind of proof. */
const CHEAP = ['b-key-bare', 'b-key-rekor1', 'b-key-rekor2'];
const COSTLY = ['b-email-rekor1tsa', 'b-email-tsaonly', 'b-github-rekor2', 'v2-bundle-rekor1'];

const honest = new Map(
  labMaterials()
    .filter(({ name }) => [...CHEAP, ...COSTLY].includes(name))
    .map((material) => [material.name, honestSignature(material)]),
);

const TOKENS = [
  'SHA2_256',
  'SHA2_512',
  'hashedrekord',
  'dsse',
  'intoto',
  '0.0.1',
  '0.0.2',
  '0.3',
  'v0.1',
  'AAAA',
  '==',
];

function inputsFrom(names: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...names).chain((name) => {
    const content = honest.get(name)?.material.content;
    if (content?.kind !== 'bundle') throw new Error(`no bundle ${name}`);
    const text = Buffer.from(content.bytes).toString('utf8');
    return editedJson([text], TOKENS).map((edited) => `${name} ${textOf(Buffer.from(edited))}`);
  });
}

/** A Sigstore bundle, all the way to the verdict. The input is the name of the honest one, a blank, and bytes. */
export const bundle: FuzzTarget = {
  name: 'bundle',
  stages: ['JSON', 'bundle', ...VERIFICATION_STAGES],
  inputs: fc.oneof({ arbitrary: inputsFrom(CHEAP), weight: 4 }, { arbitrary: inputsFrom(COSTLY), weight: 1 }),
  check(input, reached) {
    const [name = ''] = input.split(' ', 1);
    const expected = honest.get(name);
    if (expected === undefined) throw new Error(`no bundle ${name}`);
    const bytes = bytesOf(input.slice(name.length + 1));
    if (accepted(() => parseStrictJson(bytes)) !== undefined) reached('JSON');
    if (accepted(() => readBundle(bytes, { transparencyLog: true })) !== undefined) reached('bundle');
    mustStayHonest(expected, { kind: 'bundle', bytes }, reached);
  },
};
