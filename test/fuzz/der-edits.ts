import { type Edit, pick } from './edits.ts';

/** A DER element, taken apart. */
interface Element {
  tag: number;
  /** Elements inside, for constructed tags and for strings that hold elements; else bytes. */
  inside: Element[] | Buffer;
  /** What stands before the elements inside: the count of unused bits of a BIT STRING. */
  before: Buffer;
  /** Bytes of the length, where it is written longer than need be. */
  longLength?: number;
}

const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x30, 0x31, 0x80, 0x81, 0x82, 0x86, 0xa0,
  0xa3,
];
const MAX_DEPTH = 32;

const OPERATIONS: readonly ((element: Element, edit: Edit, all: readonly Element[]) => void)[] = [
  (element, { to }) => {
    element.inside = flip(bytesInside(element), to);
  },
  (element, { to }) => {
    element.inside = flip(bytesInside(element), to);
  },
  (element, { to }) => {
    element.tag = pick(TAGS, to);
  },
  (element, { to }) => {
    if (Array.isArray(element.inside)) element.inside.splice(to % (element.inside.length + 1), 1);
    else element.inside = element.inside.subarray(0, to % (element.inside.length + 1));
  },
  (element, { to }) => {
    if (Array.isArray(element.inside) && element.inside.length > 0)
      element.inside.push(pick(element.inside, to));
    else element.inside = Buffer.concat([bytesInside(element), Buffer.of(to % 256)]);
  },
  // Something that stands elsewhere, in the place of this.
  (element, { to }, all) => {
    const { tag, inside, before } = pick(all, to);
    Object.assign(element, { tag, inside: encodeInside({ tag, inside, before }), before: Buffer.alloc(0) });
  },
  (element, { to }) => {
    element.longLength = 1 + (to % 4);
  },
  (element, { to }) => {
    element.inside = Buffer.alloc(to % 300, to);
  },
  (element) => {
    if (Array.isArray(element.inside)) element.inside.reverse();
  },
];

/** DER with elements changed, lengths put right; bytes that are no DER come back as they were. */
export function editDer(der: Buffer, changes: readonly Edit[]): Buffer {
  for (const change of changes) {
    const elements = parse(der, 0);
    if (elements === undefined) return der;
    const all = elements.flatMap((element) => descendants(element));
    if (all.length === 0) return der;
    pick(OPERATIONS, change.operation)(pick(all, change.at), change, all);
    der = Buffer.concat(elements.map(encode));
  }
  return der;
}

/** Undefined where the bytes are not exactly a row of elements. */
function parse(der: Buffer, depth: number): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < der.length; ) {
    if (at + 2 > der.length || depth > MAX_DEPTH) return undefined;
    const tag = der.readUInt8(at);
    const first = der.readUInt8(at + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    if (lengthBytes > 4 || at + 2 + lengthBytes > der.length) return undefined;
    const start = at + 2 + lengthBytes;
    const end = start + (lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes));
    if (end > der.length || ((tag & 0x1f) === 0 && tag < 0x80)) return undefined;
    elements.push(elementOf(tag, der.subarray(start, end), depth));
    at = end;
  }
  return elements;
}

function elementOf(tag: number, content: Buffer, depth: number): Element {
  const before = content.subarray(0, tag === 0x03 ? 1 : 0);
  const mayHold = (tag & 0x20) !== 0 || tag === 0x03 || tag === 0x04;
  const inside = mayHold ? parse(content.subarray(before.length), depth + 1) : undefined;
  // A string may look like elements by chance; written again it is the same.
  return inside === undefined || (inside.length === 0 && (tag & 0x20) === 0)
    ? { tag, inside: content, before: Buffer.alloc(0) }
    : { tag, inside, before };
}

function descendants(element: Element): Element[] {
  return [element, ...(Array.isArray(element.inside) ? element.inside.flatMap(descendants) : [])];
}

function encode(element: Element): Buffer {
  const content = encodeInside(element);
  return Buffer.concat([Buffer.of(element.tag), lengthOf(content.length, element.longLength ?? 0), content]);
}

function encodeInside({ inside, before }: Element): Buffer {
  return Array.isArray(inside) ? Buffer.concat([before, ...inside.map(encode)]) : inside;
}

function bytesInside(element: Element): Buffer {
  return Array.isArray(element.inside) ? encodeInside(element) : element.inside;
}

function lengthOf(length: number, atLeast: number): Buffer {
  if (length < 0x80 && atLeast === 0) return Buffer.of(length);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(2 * Math.max(atLeast, Math.ceil(hex.length / 2)), '0'), 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

function flip(bytes: Buffer, to: number): Buffer {
  if (bytes.length === 0) return Buffer.of(to % 256);
  const copy = Buffer.from(bytes);
  const at = Math.floor(to / 8) % copy.length;
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << (to % 8)), at);
  return copy;
}
