import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';

export interface PathWatcherOptions {
  /** Milliseconds from a change until it is told, together with what else happens until then: editors save in steps. */
  readonly delay: number;
  /** Milliseconds between looks at the disk, for what no event tells: network file systems, targets of links. */
  readonly pollInterval: number;
  readonly onChange: () => void;
}

/**
 * Tells when folders or what files lead to may have changed. Folders are watched rather than files, since editors and
 * ConfigMap volumes put a new file, or a new link, in the place of the old one. Every look at the disk follows links.
 */
export class PathWatcher {
  readonly #options: PathWatcherOptions;
  readonly #poll: NodeJS.Timeout;
  #watchers: FSWatcher[] = [];
  /** What every path was like when it was last looked at. */
  #known = new Map<string, string>();
  #pending: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PathWatcherOptions) {
    this.#options = options;
    this.#poll = setInterval(() => void this.#look(), options.pollInterval);
    this.#poll.unref();
  }

  /**
   * From now on these folders, and nothing else until files are added. What they are like when it resolves is taken as
   * known: list them afterwards. Watches are made anew, since the folder of a name may be another one now.
   */
  async watchFolders(folders: readonly string[]): Promise<void> {
    if (this.#closed) return;
    this.#unwatch();
    const unique = [...new Set(folders)];
    for (const folder of unique) this.#watchFolder(folder);
    this.#known = await signaturesOf(unique);
  }

  /** Files that polling looks at as well. What they are like when it resolves is taken as known: read them afterwards. */
  async addFiles(files: readonly string[]): Promise<void> {
    const known = this.#known;
    for (const [path, signature] of await signaturesOf(files)) known.set(path, signature);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#pending);
    this.#unwatch();
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#changed());
      // Removed, or out of watches: the poll goes on.
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // It does not exist now; the poll sees it when it does.
    }
  }

  #unwatch(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  async #look(): Promise<void> {
    const known = this.#known;
    const signatures = await signaturesOf([...known.keys()]);
    if (known !== this.#known) return;
    const changed = [...signatures].filter(([path, signature]) => known.get(path) !== signature);
    for (const [path, signature] of changed) known.set(path, signature);
    if (changed.length > 0) this.#changed();
  }

  #changed(): void {
    if (this.#closed || this.#pending !== undefined) return;
    this.#pending = setTimeout(() => {
      this.#pending = undefined;
      this.#options.onChange();
    }, this.#options.delay);
  }
}

/** A text for each path that changes whenever the path leads to another file, or to other content. */
async function signaturesOf(paths: readonly string[]): Promise<Map<string, string>> {
  const entries = await Promise.all(
    paths.map(async (path): Promise<[string, string]> => {
      try {
        const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
        return [path, [ino, size, mtimeNs, ctimeNs].join(' ')];
      } catch (error) {
        return [path, String((error as { code?: unknown }).code)];
      }
    }),
  );
  return new Map(entries);
}
