import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { reason } from '../errors.ts';
import { limits } from '../limits.ts';
import { PathWatcher } from '../path-watcher.ts';
import { expandRatifyConfigs } from './ratify-config-file.ts';
import { describeFailure, readBounded } from './referenced-files.ts';
import type { ConfigSource, SourceContent, UnreadPlace } from './source.ts';
import { readYaml } from './yaml-document.ts';

export interface FileSourceOptions {
  /** Milliseconds from a change until it is told. Optional, default 100. */
  readonly delay?: number;
  /** Milliseconds between looks at the disk, for what no event tells. Optional, default 10000. */
  readonly pollInterval?: number;
}

/** What a path leads to at one moment. */
interface Place {
  readonly path: string;
  /** The path itself, or the folder that the file is in. */
  readonly folder: string;
  /** Why nobody can tell. */
  readonly failure?: unknown;
}

interface Listing {
  readonly files: readonly string[];
  readonly unread: readonly UnreadPlace[];
}

const EXTENSION = /\.(ya?ml|json)$/i;

/**
 * Reads resources from files, and from folders with what lies directly in them: `*.yaml`, `*.yml`, `*.json`, not
 * hidden. A file that is gone takes its resources along; what is there and can't be read keeps those it had.
 */
export class FileSource implements ConfigSource {
  readonly #paths: readonly string[];
  readonly #options: FileSourceOptions;
  /** Files that were read once: when one of these is missing, it was removed. */
  readonly #known = new Set<string>();
  #watcher: PathWatcher | undefined;

  constructor(paths: readonly string[], options: FileSourceOptions = {}) {
    this.#paths = paths.map((path) => resolve(path));
    this.#options = options;
  }

  async load(): Promise<SourceContent> {
    const places = await Promise.all(this.#paths.map(placeOf));
    await this.#watcher?.watchFolders(places.map(({ folder }) => folder));
    const listings = await Promise.all(places.map((place) => this.#list(place)));
    const files = [...new Set(listings.flatMap((listing) => listing.files))];
    await this.#watcher?.addFiles(files);
    const contents = await Promise.all(files.map((file) => this.#read(file)));
    return {
      resources: contents.flatMap((content) => content.resources),
      unread: [...listings, ...contents].flatMap((found) => found.unread),
      notes: contents.flatMap((content) => content.notes ?? []),
    };
  }

  watch(onChange: () => void): void {
    const { delay = 100, pollInterval = 10_000 } = this.#options;
    this.#watcher = new PathWatcher({ delay, pollInterval, onChange });
  }

  async close(): Promise<void> {
    this.#watcher?.close();
  }

  async #list({ path, folder, failure }: Place): Promise<Listing> {
    if (failure !== undefined) {
      const removed = isMissing(failure) && this.#known.has(path);
      return { files: [], unread: removed ? [] : [unreadable(path, describeFailure(failure))] };
    }
    if (folder !== path) return { files: [path], unread: [] };
    try {
      const entries = await readdir(path, { withFileTypes: true });
      const files = entries.filter(isResourceFile).map(({ name }) => join(path, name));
      return { files: files.toSorted(), unread: [] };
    } catch (error) {
      return { files: [], unread: [unreadable(path, describeFailure(error))] };
    }
  }

  async #read(file: string): Promise<SourceContent> {
    const content = await readBounded(file, limits.configFile);
    if (content.kind === 'unreadable') return { resources: [], unread: [unreadable(file, content.why)] };
    this.#known.add(file);
    return expandRatifyConfigs(readYaml(file, content.text));
  }
}

async function placeOf(path: string): Promise<Place> {
  try {
    return { path, folder: (await stat(path)).isDirectory() ? path : dirname(path) };
  } catch (failure) {
    return { path, folder: dirname(path), failure };
  }
}

function isResourceFile(entry: Dirent): boolean {
  return !entry.isDirectory() && !entry.name.startsWith('.') && EXTENSION.test(entry.name);
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ENOENT';
}

function unreadable(place: string, why: string): UnreadPlace {
  const message = `${place} can't be read: ${why}`;
  return { place, diagnostic: { severity: 'error', file: place, ...reason('FILE_UNREADABLE', message) } };
}
