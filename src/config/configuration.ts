import { dirname } from 'node:path';
import { reasonOf } from '../errors.ts';
import { PathWatcher } from '../path-watcher.ts';
import type { Snapshot } from '../policy/snapshot.ts';
import type { CredentialSource } from '../registry/access.ts';
import { type Compilation, compile } from './compile.ts';
import type { Diagnostic } from './diagnostic.ts';
import { filesOf, readFiles } from './referenced-files.ts';
import { readResources } from './resource-reader.ts';
import type { ConfigSource } from './source.ts';

export interface ConfigurationOptions {
  /** The program's version. */
  readonly version: string;
  /** @param path of a docker config, absolute; undefined for the default one */
  readonly credentials: (path: string | undefined) => CredentialSource;
  /** Milliseconds between looks at keys, trust roots and certificate authorities in files. Optional, default 10000. */
  readonly pollInterval?: number;
}

/** The configuration in force, kept up to date. */
export interface Configuration {
  /** The snapshot in force. Before `start` one that answers NO_POLICY. */
  current(): Snapshot;
  /** What is wrong with the configuration as it is written now. */
  diagnostics(): readonly Diagnostic[];
  /** Loads, then follows changes. Resolves when the first load is finished, good or bad. */
  start(): Promise<void>;
  /** Calls the listener after every load that changed the snapshot or the diagnostics. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

export function createConfiguration(source: ConfigSource, options: ConfigurationOptions): Configuration {
  return new FollowedConfiguration(source, options);
}

class FollowedConfiguration implements Configuration {
  readonly #source: ConfigSource;
  readonly #options: ConfigurationOptions;
  readonly #watcher: PathWatcher;
  readonly #listeners: (() => void)[] = [];
  #compilation: Compilation;
  #diagnostics: readonly Diagnostic[] = [];
  #content = '';
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(source: ConfigSource, options: ConfigurationOptions) {
    this.#source = source;
    this.#options = options;
    this.#watcher = new PathWatcher({
      delay: 100,
      pollInterval: options.pollInterval ?? 10_000,
      onChange: () => this.#reload(),
    });
    const nothing = { resources: [], bad: [], unread: [], notes: [] };
    this.#compilation = compile({
      ...options,
      reading: nothing,
      files: new Map(),
      lastGood: new Map(),
      generation: 0,
    });
  }

  current(): Snapshot {
    return this.#compilation.snapshot;
  }

  diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  async start(): Promise<void> {
    this.#source.watch(() => this.#reload());
    await this.#reload();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher.close();
    await this.#source.close();
    await this.#running;
  }

  /** One load at a time; what changes meanwhile is loaded after it. */
  #reload(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#loadUntilQuiet().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #loadUntilQuiet(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#load();
      } catch (error) {
        // A bug. The earlier snapshot stays in force, and the process with it.
        this.#content = '';
        this.#diagnostics = [{ severity: 'error', ...reasonOf(error) }];
        this.#notify();
      }
    }
  }

  async #load(): Promise<void> {
    const reading = readResources(await this.#source.load());
    const paths = reading.resources.flatMap(filesOf).map(({ path }) => path);
    await this.#watcher.watchFolders(paths.map((path) => dirname(path)));
    await this.#watcher.addFiles(paths);
    const { lastGood, snapshot } = this.#compilation;
    const compilation = compile({
      ...this.#options,
      reading,
      files: await readFiles(paths),
      lastGood,
      generation: snapshot.generation + 1,
    });
    const content = contentOf(compilation);
    if (content === this.#content) return;
    this.#content = content;
    this.#compilation = compilation;
    this.#diagnostics = compilation.diagnostics;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Equal for compilations that can't be told apart by what they answer. */
function contentOf({ lastGood, snapshot, diagnostics, broken }: Compilation): string {
  const inForce = [...lastGood].map(([key, { resource, files }]) => [key, resource.spec, [...files]]);
  return JSON.stringify([inForce, broken, snapshot.resources, diagnostics]);
}
