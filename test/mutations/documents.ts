import type { CandidateContent, SimpleSigningAnnotations } from '../../src/cosign/candidate.ts';
import { parsePem } from '../../src/pem.ts';
import { flipped, positions } from './base64-mutations.ts';
import {
  type Json,
  type JsonMutationOptions,
  jsonMutations,
  type TextMutation,
  valuesOf,
} from './json-mutations.ts';

/** One way to damage a signature. */
export interface Mutation {
  /** Path of the field; `>` leads into a document that is the value of a field. */
  readonly field: string;
  readonly change: string;
  readonly content: CandidateContent;
}

/** A text that is part of a signature, and how the signature looks with another one in its place. */
interface Document {
  readonly field: string;
  readonly text: string;
  readonly mutate: (text: string, options: JsonMutationOptions) => readonly TextMutation[];
  readonly put: (text: string) => CandidateContent;
}

/** All single changes of a signature: of its JSON, and of the JSON, PEM and signed notes inside of it. */
export function mutationsOf(content: CandidateContent, options: JsonMutationOptions): readonly Mutation[] {
  return documentsOf(content).flatMap(({ field, text, mutate, put }) =>
    mutate(text, options).map((mutation) => ({
      field: [field, mutation.field].filter((part) => part !== '').join('>'),
      change: mutation.change,
      content: put(mutation.text),
    })),
  );
}

function documentsOf(content: CandidateContent): readonly Document[] {
  return content.kind === 'bundle' ? bundleDocuments(content.bytes) : legacyDocuments(content);
}

function bundleDocuments(bytes: Uint8Array): readonly Document[] {
  const text = Buffer.from(bytes).toString('utf8');
  const whole: Document = {
    field: '',
    text,
    mutate: jsonMutations,
    put: (changed) => ({ kind: 'bundle', bytes: Buffer.from(changed) }),
  };
  return [whole, ...nestedIn(whole)];
}

function legacyDocuments(
  content: Extract<CandidateContent, { kind: 'simple-signing' }>,
): readonly Document[] {
  const annotations: Document = {
    field: 'annotations',
    text: JSON.stringify(content.annotations),
    // They come as an object, parsed with the manifest, so only keys and texts can be wrong.
    mutate: (text, options) =>
      jsonMutations(text, options).filter(
        ({ field, change, text: changed }) =>
          field !== '' && change !== 'key twice' && isAnnotations(changed),
      ),
    put: (text) => ({ ...content, annotations: JSON.parse(text) as SimpleSigningAnnotations }),
  };
  const payload: Document = {
    field: 'payload',
    text: Buffer.from(content.payload).toString('utf8'),
    mutate: payloadMutations,
    put: (text) => ({ ...content, payload: Buffer.from(text) }),
  };
  return [annotations, payload, ...nestedIn(annotations)];
}

function isAnnotations(text: string): boolean {
  const values: unknown[] = Object.values(JSON.parse(text));
  return values.every((value) => typeof value === 'string');
}

function payloadMutations(text: string, options: JsonMutationOptions): readonly TextMutation[] {
  const bytes = Buffer.from(text);
  return [
    ...jsonMutations(text, options),
    ...positions(bytes.length, options.flips).map((position) => ({
      field: '',
      change: `byte ${position} flipped`,
      text: flipped(bytes, position).toString('latin1'),
    })),
  ];
}

/** Documents inside of the strings of a document: JSON, JSON in base64, PEM, signed notes. */
function nestedIn({ field, text, put }: Document): readonly Document[] {
  const root: Json = JSON.parse(text);
  return valuesOf(root).flatMap(({ path, value }): readonly Document[] => {
    if (typeof value !== 'string') return [];
    const inner = nestedText(value);
    if (inner === undefined) return [];
    const { mutate, encode } = inner;
    const place = [field, path.join('.')].filter((part) => part !== '').join('>');
    const document: Document = {
      field: place,
      text: inner.text,
      mutate,
      put: (changed) => put(JSON.stringify(withValue(root, path, encode(changed)))),
    };
    return mutate === jsonMutations ? [document, ...nestedIn(document)] : [document];
  });
}

interface Nested extends Pick<Document, 'text' | 'mutate'> {
  readonly encode: (text: string) => string;
}

function nestedText(value: string): Nested | undefined {
  if (value.startsWith('{')) return { text: value, mutate: jsonMutations, encode: (text) => text };
  if (value.includes('\n\n\u2014 ')) return { text: value, mutate: noteMutations, encode: (text) => text };
  if (parsePem(value) !== undefined) return { text: value, mutate: pemMutations, encode: (text) => text };
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  if (!decoded.startsWith('{"')) return undefined;
  return { text: decoded, mutate: jsonMutations, encode: (text) => Buffer.from(text).toString('base64') };
}

function withValue(root: Json, path: readonly (string | number)[], value: string): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(root)) return root.with(Number(step), withValue(root[Number(step)], rest, value));
  const members = root as Record<string, Json>;
  return { ...members, [step]: withValue(members[step] ?? null, rest, value) };
}

/** A PEM certificate: its frame, what stands around it, and its bytes. */
function pemMutations(text: string, { flips }: JsonMutationOptions): readonly TextMutation[] {
  const block = parsePem(text);
  if (block === undefined) return [];
  const { der } = block;
  const trimmed = text.trimEnd();
  const texts: readonly (readonly [string, string])[] = [
    ['the block twice', `${trimmed}\n${trimmed}\n`],
    ['an empty block behind', `${trimmed}\n-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n`],
    ['a key behind', `${trimmed}\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n`],
    ['words before', `certificate\n${text}`],
    ['words behind', `${trimmed}\ncertificate\n`],
    ['another label', text.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')],
    ['another end', text.replace('END CERTIFICATE', 'END PUBLIC KEY')],
    ['without end', text.replace(/-----END.*$/s, '')],
    ['without frame', der.toString('base64')],
    ['a header line', text.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\n')],
    ['white space in a line', text.replace(/^(MI.{10})/m, '$1 ')],
    ['base64 for URLs', text.replaceAll('+', '-').replaceAll('/', '_')],
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['one long line', pemOf(der).replace(/\n(?!-----)(?=[^-]+\n[^-])/g, '')],
  ];
  return [
    ...texts
      .filter(([, changed]) => changed !== text)
      .map(([change, changed]) => ({ field: '', change, text: changed })),
    { field: '', change: 'a byte behind', text: pemOf(Buffer.concat([der, Buffer.of(0)])) },
    ...positions(der.length, flips).map((position) => ({
      field: '',
      change: `byte ${position} flipped`,
      text: pemOf(flipped(der, position)),
    })),
  ];
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** A checkpoint: lines of a note, an empty one, and signatures (C2SP signed-note). */
function noteMutations(text: string, { flips }: JsonMutationOptions): readonly TextMutation[] {
  const lines = text.split('\n');
  const separator = lines.indexOf('');
  return lines.flatMap((line, index) => {
    const isNote = index < separator;
    const part = isNote ? `note line ${index}` : index === separator ? 'separator' : 'signature line';
    const put = (change: string, ...replacement: readonly string[]): TextMutation => ({
      field: part,
      change,
      text: lines.toSpliced(index, 1, ...replacement).join('\n'),
    });
    const removed = put('removed');
    if (line === '') return index === separator ? [removed] : [];
    const common = [removed, put('a blank behind', `${line} `), put('CRLF', `${line}\r`)];
    if (isNote) {
      return [
        ...common,
        put('twice', line, line),
        ...positions(line.length, Math.min(flips, 6)).map((at) =>
          put(
            `letter ${at} changed`,
            line.slice(0, at) + (line.charAt(at) === '1' ? '2' : '1') + line.slice(at + 1),
          ),
        ),
      ];
    }
    return [
      ...common,
      put('twice', line, line),
      ...signatureLine(line, flips).map(([change, changed]) => put(change, ...changed)),
    ];
  });
}

/** `— name base64(key hint, signature)` */
function signatureLine(line: string, flips: number): readonly (readonly [string, readonly string[]])[] {
  const [dash = '', name = '', encoded = ''] = line.split(' ');
  const bytes = Buffer.from(encoded, 'base64');
  const lineOf = (changed: string): string[] => [`${dash} ${name} ${changed}`];
  const urlSafe = encoded.replaceAll('+', '-').replaceAll('/', '_');
  return [
    ['another name', [`${dash} evil.example ${encoded}`]],
    ['a part of the name', [`${dash} ${name.slice(1, -1)} ${encoded}`]],
    ['a pattern as name', [`${dash} (.*)*x ${encoded}`]],
    ['a hyphen for the dash', [line.replace('\u2014', '-')]],
    ['an unknown signature before', [`${dash} evil.example ${Buffer.alloc(70, 7).toString('base64')}`, line]],
    ['an unknown signature behind', [line, `${dash} evil.example ${Buffer.alloc(70, 7).toString('base64')}`]],
    ['words behind', [line, 'these are not read']],
    ['the signature alone', lineOf(bytes.subarray(4).toString('base64'))],
    ...(urlSafe === encoded ? [] : [['base64 for URLs', lineOf(urlSafe)] as const]),
    ...positions(bytes.length, flips).map(
      (position) =>
        [`byte ${position} flipped`, lineOf(flipped(bytes, position).toString('base64'))] as const,
    ),
  ];
}
