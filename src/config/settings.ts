import { delimiter } from 'node:path';
import { CountersignError } from '../errors.ts';
import {
  oneOf,
  readAddress,
  readText,
  readTraceHeader,
  SettingError,
  wholeNumber,
} from './setting-values.ts';

/** One setting of the process. The flag wins over the environment, the environment over the default. */
export interface Setting<Value> {
  /** As on the command line, with the placeholder of its value: `--address <host:port>`. */
  readonly flag: string;
  readonly env: string;
  /** As one would write it; empty for none. */
  readonly default: string;
  readonly description: string;
  /** Whether it may be given several times; in the environment the values are separated as in PATH. */
  readonly repeatable: boolean;
  parse(text: string): Value;
}

const SECOND = 1_000;
const MEBIBYTE = 1024 * 1024;

function single<Value>(
  setting: Omit<Setting<Value>, 'repeatable'>,
): Setting<Value> & { readonly repeatable: false } {
  return { ...setting, repeatable: false };
}

function several<Value>(
  setting: Omit<Setting<Value>, 'repeatable'>,
): Setting<Value> & { readonly repeatable: true } {
  return { ...setting, repeatable: true };
}

/** Every setting there is. `--help`, the environment and docs/configuration.md are made from this table. */
export const settings = {
  config: several({
    flag: '--config <path>',
    env: 'COUNTERSIGN_CONFIG',
    default: 'config/default',
    description: 'File of resources, or folder of them.',
    parse: readText,
  }),
  address: single({
    flag: '--address <host:port>',
    env: 'COUNTERSIGN_ADDRESS',
    default: '127.0.0.1:6001',
    description: 'Where Gatekeeper is answered, over https.',
    parse: readAddress,
  }),
  certDir: single({
    flag: '--cert-dir <folder>',
    env: 'COUNTERSIGN_CERT_DIR',
    default: 'certs',
    description: 'Folder with tls.crt and tls.key of the server.',
    parse: readText,
  }),
  clientCaFile: several({
    flag: '--client-ca-file <file>',
    env: 'COUNTERSIGN_CLIENT_CA_FILE',
    default: '',
    description:
      'PEM certificate authorities of clients. With any, only clients with a certificate are answered.',
    parse: readText,
  }),
  tlsMinVersion: single({
    flag: '--tls-min-version <version>',
    env: 'COUNTERSIGN_TLS_MIN_VERSION',
    default: '1.3',
    description: 'Oldest version of TLS that clients may speak: 1.2 or 1.3.',
    parse: (text: string) => `TLSv${oneOf('1.2', '1.3')(text)}` as const,
  }),
  healthAddress: single({
    flag: '--health-address <host:port>',
    env: 'COUNTERSIGN_HEALTH_ADDRESS',
    default: '127.0.0.1:9099',
    description: 'Where /healthz and /readyz are answered.',
    parse: readAddress,
  }),
  metricsAddress: single({
    flag: '--metrics-address <host:port>',
    env: 'COUNTERSIGN_METRICS_ADDRESS',
    default: '127.0.0.1:8888',
    description: 'Where /metrics is answered.',
    parse: readAddress,
  }),
  logLevel: single({
    flag: '--log-level <level>',
    env: 'COUNTERSIGN_LOG_LEVEL',
    default: 'info',
    description:
      'Least serious log lines to write: trace, debug, info, warn, error, fatal or silent. SIGUSR2 switches to debug, and back.',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
  logFormat: single({
    flag: '--log-format <format>',
    env: 'COUNTERSIGN_LOG_FORMAT',
    default: 'json',
    description: 'json for programs, text for people.',
    parse: oneOf('json', 'text'),
  }),
  traceIdHeader: several({
    flag: '--trace-id-header <name>',
    env: 'COUNTERSIGN_TRACE_ID_HEADER',
    default: '',
    description:
      'Header whose trace id is taken over from a request, logged, and sent along to the registries. Without any, x-trace-id and traceparent are read, and nothing is sent.',
    parse: readTraceHeader,
  }),
  verifyDeadline: single({
    flag: '--verify-deadline <ms>',
    env: 'COUNTERSIGN_VERIFY_DEADLINE',
    default: '1900',
    description:
      'Milliseconds until a verification request is answered; keep it below the timeout of the Provider.',
    parse: wholeNumber(100, 60_000),
  }),
  mutateDeadline: single({
    flag: '--mutate-deadline <ms>',
    env: 'COUNTERSIGN_MUTATE_DEADLINE',
    default: '750',
    description:
      'Milliseconds until a mutation request is answered; keep it below the timeout of the Provider.',
    parse: wholeNumber(100, 60_000),
  }),
  verifiedTtl: single({
    flag: '--verified-ttl <seconds>',
    env: 'COUNTERSIGN_VERIFIED_TTL',
    default: '3600',
    description: 'Seconds for which a verified verdict is kept.',
    parse: wholeNumber(0, 86_400, SECOND),
  }),
  rejectedTtl: single({
    flag: '--rejected-ttl <seconds>',
    env: 'COUNTERSIGN_REJECTED_TTL',
    default: '10',
    description: 'Seconds for which a rejected verdict is kept.',
    parse: wholeNumber(0, 3_600, SECOND),
  }),
  tagTtl: single({
    flag: '--tag-ttl <seconds>',
    env: 'COUNTERSIGN_TAG_TTL',
    default: '5',
    description: 'Seconds for which a tag is taken to point to the same digest.',
    parse: wholeNumber(0, 3_600, SECOND),
  }),
  cacheSize: single({
    flag: '--cache-size <MiB>',
    env: 'COUNTERSIGN_CACHE_SIZE',
    default: '64',
    description: 'MiB of verdicts, and as many of manifests and blobs, that are kept.',
    parse: wholeNumber(1, 65_536, MEBIBYTE),
  }),
  workers: single({
    flag: '--workers <count>',
    env: 'COUNTERSIGN_WORKERS',
    default: '2',
    description: 'Threads that verify signatures.',
    parse: wholeNumber(1, 64),
  }),
};

type Table = typeof settings;

/** The value of every setting; times in milliseconds, sizes in bytes. */
export type Settings = {
  readonly [Name in keyof Table]: Table[Name]['repeatable'] extends true
    ? readonly ReturnType<Table[Name]['parse']>[]
    : ReturnType<Table[Name]['parse']>;
};

/** Texts of the command line by name of the setting, as given there. */
export type Flags = { readonly [Name in keyof Table]?: string | readonly string[] | undefined };

/**
 * Reads all settings. An empty environment variable is one that is not set.
 * @throws SETTING_INVALID
 */
export function readSettings(
  flags: Flags,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const entries = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => {
    const { texts, from } = textsOf(setting, flags[name as keyof Table], environment);
    const values = texts.map((text) => parse(setting, text, from));
    return [name, setting.repeatable ? values : values[0]];
  });
  return Object.fromEntries(entries) as Settings;
}

function textsOf(
  setting: Setting<unknown>,
  flag: string | readonly string[] | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly texts: readonly string[]; readonly from: string } {
  const name = setting.flag.split(' ')[0] ?? setting.flag;
  if (flag !== undefined) return { texts: typeof flag === 'string' ? [flag] : flag, from: name };
  const variable = environment[setting.env];
  if (variable !== undefined && variable !== '') {
    return { texts: setting.repeatable ? variable.split(delimiter) : [variable], from: setting.env };
  }
  return { texts: setting.repeatable && setting.default === '' ? [] : [setting.default], from: name };
}

function parse(setting: Setting<unknown>, text: string, from: string): unknown {
  try {
    return setting.parse(text);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new CountersignError('SETTING_INVALID', `${from} ${error.message}, not ${JSON.stringify(text)}`, {
      cause: error,
      remediation: setting.description,
    });
  }
}
