import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { CountersignError, type Reason, reasonOf } from '../errors.ts';
import { PathWatcher } from '../path-watcher.ts';
import type { Logger } from '../telemetry/logger.ts';
import { loadTls, type TlsMaterial, type TlsSettings, tlsFiles } from './tls.ts';

export interface FollowTlsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called for each change on disk, with whether it is in force. Optional. */
  readonly onReload?: (taken: boolean) => void;
  /** Milliseconds between looks at the disk, for what no event tells. Optional, default 10000. */
  readonly pollInterval?: number;
}

/** The TLS material that is in force, kept up to date with its files. */
export interface FollowedTls {
  current(): TlsMaterial;
  /** Why what is on disk now is not in force; undefined where it is. */
  problem(): Reason | undefined;
  /** Calls the listener with what is in force, now and whenever that changes. */
  subscribe(listener: (material: TlsMaterial) => void): void;
  close(): Promise<void>;
}

/**
 * Loads certificate, key and client authorities, and loads them again when one of the files changes. What can't be
 * used, such as a pair of which only one half has been written yet, leaves in force what was loaded before.
 * @throws CERTIFICATE_UNREADABLE where there is nothing good to begin with
 */
export async function followTls(settings: TlsSettings, options: FollowTlsOptions): Promise<FollowedTls> {
  const files = new FollowedFiles(settings, options);
  try {
    await files.start();
  } catch (error) {
    await files.close();
    throw error;
  }
  return files;
}

/** Milliseconds before the end of a certificate from which on the log says so. */
const EXPIRY_WARNING = 30 * 24 * 60 * 60 * 1_000;

/** Milliseconds. */
const SETTLING = 250;

class FollowedFiles implements FollowedTls {
  readonly #settings: TlsSettings;
  readonly #options: FollowTlsOptions;
  readonly #watcher: PathWatcher;
  readonly #listeners: ((material: TlsMaterial) => void)[] = [];
  #material: TlsMaterial | undefined;
  #problem: Reason | undefined;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(settings: TlsSettings, options: FollowTlsOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#watcher = new PathWatcher({
      delay: 100,
      pollInterval: options.pollInterval ?? 10_000,
      onChange: () => this.#changed(),
    });
  }

  async start(): Promise<void> {
    this.#material = await this.#load();
    this.#warnOfExpiry(this.#material);
  }

  current(): TlsMaterial {
    if (this.#material === undefined) throw new Error('nothing has been loaded yet');
    return this.#material;
  }

  problem(): Reason | undefined {
    return this.#problem;
  }

  subscribe(listener: (material: TlsMaterial) => void): void {
    this.#listeners.push(listener);
    listener(this.current());
  }

  async close(): Promise<void> {
    this.#watcher.close();
    await this.#running;
  }

  /** One load at a time; what changes meanwhile is loaded after it. */
  #changed(): void {
    this.#again = true;
    this.#running ??= this.#reloadUntilQuiet().finally(() => {
      this.#running = undefined;
    });
  }

  async #reloadUntilQuiet(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.#reload();
    }
  }

  async #load(): Promise<TlsMaterial> {
    const files = tlsFiles(this.#settings);
    await this.#watcher.watchFolders(files.map((file) => dirname(file)));
    await this.#watcher.addFiles(files);
    return loadTls(this.#settings);
  }

  /** The files may be exchanged between the reading of one and of the next: what is good a moment later is good. */
  async #loadSettled(): Promise<TlsMaterial> {
    try {
      return await this.#load();
    } catch {
      await delay(SETTLING);
      return this.#load();
    }
  }

  async #reload(): Promise<void> {
    const { clock, logger, onReload } = this.#options;
    const before = this.current();
    try {
      const material = await this.#loadSettled();
      refuseExpired(material, before, clock.now());
      if (isSame(material, before)) {
        this.#problem = undefined;
        return;
      }
      for (const listener of this.#listeners) listener(material);
      this.#material = material;
      this.#problem = undefined;
      const { subject, serialNumber, validToDate } = material.certificate;
      logger.info({ subject, serialNumber, expires: validToDate }, 'certificate reloaded');
      this.#warnOfExpiry(material);
      onReload?.(true);
    } catch (error) {
      const problem = reasonOf(error);
      if (problem.message === this.#problem?.message) return;
      this.#problem = problem;
      logger.error(
        { code: problem.code, reason: problem.message },
        'the certificate on disk is not used, and the one loaded before stays in force',
      );
      onReload?.(false);
    }
  }

  #warnOfExpiry({ certificate }: TlsMaterial): void {
    const { clock, logger } = this.#options;
    const left = certificate.validToDate.getTime() - clock.now();
    if (left > EXPIRY_WARNING) return;
    const state = left <= 0 ? 'has expired: Gatekeeper refuses it' : 'expires soon';
    logger.warn({ expires: certificate.validToDate }, `the certificate of the server ${state}`);
  }
}

/** Taken for a slip: no client accepts it, and the one in force still serves. */
function refuseExpired({ certificate }: TlsMaterial, before: TlsMaterial, now: number): void {
  const { validToDate } = certificate;
  if (validToDate.getTime() > now || before.certificate.validToDate.getTime() <= now) return;
  throw new CountersignError(
    'CERTIFICATE_UNREADABLE',
    `the certificate expired on ${validToDate.toISOString()}`,
  );
}

function isSame({ serverOptions: a }: TlsMaterial, { serverOptions: b }: TlsMaterial): boolean {
  return JSON.stringify([a.cert, a.key, a.ca]) === JSON.stringify([b.cert, b.key, b.ca]);
}
