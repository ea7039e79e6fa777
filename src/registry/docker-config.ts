import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { orAborted } from './abort.ts';
import type { Credential, CredentialSource } from './access.ts';
import { CredentialHelpers } from './credential-helper.ts';
import {
  DOCKER_HUB_SERVER,
  type DockerConfig,
  normaliseServer,
  parseDockerConfig,
  readAuthEntry,
} from './docker-config-file.ts';

export interface DockerConfigOptions {
  /** The `config.json`. Required. */
  readonly path: string;
  /** Whether somebody asked for this very file; else its absence means that there are no credentials. Required. */
  readonly required: boolean;
}

/** Milliseconds for which a helper's answer is used: each request asks, and a helper is a process. */
const HELPER_TTL = 60_000;
const MAX_HELPER_ANSWERS = 100;

/** Nobody's credentials. */
export const anonymousCredentials: CredentialSource = {
  fingerprint: 'anonymous',
  lookup: () => Promise.resolve(undefined),
};

/**
 * Credentials of a docker `config.json`: `credHelpers`, then `credsStore`, then `auths`, as docker has it. The file is
 * read again when it changed.
 */
export function dockerConfigCredentials(options: DockerConfigOptions): CredentialSource {
  return new DockerConfigSource(options);
}

interface LoadedConfig extends DockerConfig {
  /** What the file system says about the version that was read. */
  readonly version: string;
}

class DockerConfigSource implements CredentialSource {
  readonly fingerprint: string;
  readonly #options: DockerConfigOptions;
  readonly #helpers = new CredentialHelpers();
  readonly #helperAnswers = new LRUCache<string, Promise<Credential | undefined>>({
    max: MAX_HELPER_ANSWERS,
    ttl: HELPER_TTL,
  });
  #loaded: LoadedConfig | undefined;

  constructor(options: DockerConfigOptions) {
    this.#options = options;
    this.fingerprint = createHash('sha256')
      .update(JSON.stringify(['docker-config', options.path, options.required]))
      .digest('hex');
  }

  lookup(host: string, signal: AbortSignal): Promise<Credential | undefined> {
    return orAborted(this.#lookup(normaliseServer(host)), signal, `the credential source of ${host}`);
  }

  async #lookup(host: string): Promise<Credential | undefined> {
    const config = await this.#load();
    if (config === undefined) return undefined;
    const helper = config.helpers.get(host) ?? config.store;
    const found = helper === undefined ? undefined : await this.#ask(helper, host);
    if (found !== undefined) return found;
    const entry = config.auths.get(host);
    return entry && readAuthEntry(entry, this.#options.path);
  }

  #ask(helper: string, host: string): Promise<Credential | undefined> {
    const key = `${helper} ${host}`;
    const kept = this.#helperAnswers.get(key);
    if (kept !== undefined) return kept;
    const answer = this.#helpers.ask(helper, host === 'docker.io' ? DOCKER_HUB_SERVER : host);
    this.#helperAnswers.set(key, answer);
    // A failure is not kept.
    answer.catch(() => this.#helperAnswers.delete(key));
    return answer;
  }

  async #load(): Promise<LoadedConfig | undefined> {
    const { path, required } = this.#options;
    let file: FileHandle | undefined;
    try {
      file = await open(path);
      return await this.#read(file);
    } catch (error) {
      if (error instanceof CountersignError) throw error;
      if (!required && isMissing(error)) return undefined;
      throw new CountersignError('CREDENTIALS_UNAVAILABLE', `the docker config ${path} cannot be read`, {
        cause: error,
      });
    } finally {
      await file?.close();
    }
  }

  async #read(file: FileHandle): Promise<LoadedConfig> {
    const { path } = this.#options;
    // The open file, so that the version is that of the bytes, whatever happens to the name meanwhile.
    const { mtimeNs, size, ino } = await file.stat({ bigint: true });
    const version = `${ino} ${mtimeNs} ${size}`;
    if (this.#loaded?.version === version) return this.#loaded;
    if (size > limits.configFile) {
      throw new CountersignError(
        'CREDENTIALS_UNAVAILABLE',
        `the docker config ${path} is larger than a config is`,
      );
    }
    const config = { ...parseDockerConfig(await file.readFile(), path), version };
    this.#loaded = config;
    this.#helperAnswers.clear();
    return config;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
