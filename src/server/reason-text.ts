import type { Reason } from '../errors.ts';

/** Gatekeeper's audit keeps 256 bytes of a message, so the name of the image must leave room for the cause. */
const KEY_CHARACTERS = 128;

/** `CODE: what went wrong; what to do`. */
export function formatReason(reason: Reason): string {
  return `${reason.code}: ${withoutFullStop(reason.message)}; ${reason.remediation}`;
}

/** `CODE: image: what went wrong`: what must survive when somebody cuts the text off comes first. */
export function formatHeadline(key: string, reason: Reason): string {
  return `${reason.code}: ${shortenKey(key)}: ${withoutFullStop(reason.message)}`;
}

export function shortenKey(key: string): string {
  return key.length > KEY_CHARACTERS ? `${key.slice(0, KEY_CHARACTERS).toWellFormed()}…` : key;
}

function withoutFullStop(sentence: string): string {
  return sentence.endsWith('.') ? sentence.slice(0, -1) : sentence;
}
