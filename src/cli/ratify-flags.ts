import type { settings } from '../config/settings.ts';
import { CountersignError } from '../errors.ts';

type Name = keyof typeof settings;

/** A flag of Ratify that means what one of ours means. */
export interface Alias {
  readonly flag: string;
  /** The name that commander keeps its value under. */
  readonly attribute: string;
  readonly settings: readonly [Name, ...Name[]];
  /** The value in our spelling. @throws SETTING_INVALID */
  translate(text: string, setting: Name): string;
}

/** `--config` and `--cert-dir` are the same in both. */
export const aliases: readonly Alias[] = [
  { flag: '--http <host:port>', attribute: 'http', settings: ['address'], translate: unchanged },
  {
    flag: '--ca-cert-file <file>',
    attribute: 'caCertFile',
    settings: ['clientCaFile'],
    translate: unchanged,
  },
  {
    // One duration for every verdict there; here a no is never kept longer than an hour.
    flag: '--cache-ttl <duration>',
    attribute: 'cacheTtl',
    settings: ['verifiedTtl', 'rejectedTtl'],
    translate: (text, setting) =>
      String(setting === 'rejectedTtl' ? Math.min(secondsOf(text), 3_600) : secondsOf(text)),
  },
];

function unchanged(text: string): string {
  return text;
}

/** Seconds of each unit of Go's durations. */
const UNITS: Readonly<Record<string, number>> = {
  h: 3_600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};

const DURATION = /^(?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|s|us|µs|ns))+$/;

/** Whole seconds of a Go duration, `10s` or `1m30s`; what is left over is cut off. */
function secondsOf(text: string): number {
  if (text === '0') return 0;
  if (!DURATION.test(text)) {
    throw new CountersignError(
      'SETTING_INVALID',
      `--cache-ttl must be a duration, like 10s or 1m30s, not ${JSON.stringify(text)}`,
      { remediation: 'Write number and unit, or use --verified-ttl and --rejected-ttl, which take seconds.' },
    );
  }
  let seconds = 0;
  for (const [, number, unit = ''] of text.matchAll(/([0-9.]+)(h|ms|m|s|us|µs|ns)/g)) {
    seconds += Number(number) * (UNITS[unit] ?? 0);
  }
  return Math.floor(seconds);
}
