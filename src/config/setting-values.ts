/** Readers of the texts that flags and environment variables have. Each throws SettingError with what it expects. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

export interface HostAndPort {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

export function readText(text: string): string {
  if (text === '') throw new SettingError('must not be empty');
  return text;
}

/** RFC 9110, 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/i;
/** What holds a secret, which would end up in the log, or steers the request. */
const OTHER_PURPOSE =
  /^((proxy-)?authorization|cookie|host|connection|keep-alive|upgrade|expect|te|trailer|transfer-encoding|user-agent|(content|accept)(-.*)?)$/i;

export function readTraceHeader(text: string): string {
  if (HEADER_NAME.test(text) && !OTHER_PURPOSE.test(text)) return text;
  throw new SettingError('must be the name of a header for trace ids, like x-request-id');
}

/** `127.0.0.1:6001`, `[::1]:6001`, or `:6001` for all addresses of the machine. */
export function readAddress(text: string): HostAndPort {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535)
    throw new SettingError('must be host:port, like 127.0.0.1:6001 or [::1]:6001');
  return { host: parts[1] ?? (parts[2] || '::'), port };
}

/** @returns reader of a whole number within bounds, times `unit` */
export function wholeNumber(minimum: number, maximum: number, unit = 1): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value * unit;
    throw new SettingError(`must be a whole number from ${minimum} to ${maximum}`);
  };
}

/** @returns reader of one of the given words */
export function oneOf<Word extends string>(...words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw new SettingError(`must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
  };
}
