import { decodeBase64 } from '../../src/base64.ts';
import type { Change } from './json-mutations.ts';

/** Other spellings of the same bytes, and other bytes. Nothing for a text that is no base64, or too short to be told. */
export function base64Mutations(text: string, flips: number): Change[] {
  const bytes = decodeBase64(text);
  if (bytes === undefined || bytes.length < 8) return [];
  const middle = Math.floor(text.length / 8) * 4;
  const broken = `${text.slice(0, middle)}\n${text.slice(middle)}`;
  const spellings: Change[] = [
    { change: 'base64 with white space', json: broken },
    { change: 'base64 with stray characters', json: `${text.slice(0, middle)}!${text.slice(middle)}` },
  ];
  const urlSafe = text.replaceAll('+', '-').replaceAll('/', '_');
  if (urlSafe !== text) spellings.push({ change: 'base64 for URLs', json: urlSafe });
  const unpadded = text.replace(/=+$/, '');
  if (unpadded !== text) {
    spellings.push({ change: 'base64 without padding', json: unpadded });
    spellings.push({
      change: 'base64 with stray bits',
      json: withStrayBits(unpadded) + text.slice(unpadded.length),
    });
  }
  return [
    ...spellings,
    { change: 'a byte behind', json: Buffer.concat([bytes, Buffer.of(0)]).toString('base64') },
    { change: 'last byte cut off', json: bytes.subarray(0, -1).toString('base64') },
    { change: 'first byte cut off', json: bytes.subarray(1).toString('base64') },
    ...positions(bytes.length, flips).map((position) => ({
      change: `byte ${position} flipped`,
      json: flipped(bytes, position).toString('base64'),
    })),
  ];
}

/** The last digit before the padding has bits that stand for nothing. */
function withStrayBits(unpadded: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const last = digits.indexOf(unpadded.slice(-1));
  return unpadded.slice(0, -1) + digits.charAt(last + 1);
}

/** One bit of the byte, never the highest, so that ASCII stays it; which one differs from byte to byte. */
export function flipped(bytes: Uint8Array, position: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(position) ^ (1 << (position % 7)), position);
  return copy;
}

/** At most `count`, evenly spread, the first and the last among them. */
export function positions(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, index) => index);
  const step = (length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => Math.round(index * step));
}
