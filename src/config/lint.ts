import { anonymousCredentials } from '../registry/docker-config.ts';
import { compile } from './compile.ts';
import type { Diagnostic } from './diagnostic.ts';
import { FileSource } from './file-source.ts';
import { filesOf, readFiles } from './referenced-files.ts';
import { readResources } from './resource-reader.ts';

/** Everything that is wrong, or probably not as meant, in these files and folders, in the order of files and lines. */
export async function lint(paths: readonly string[]): Promise<readonly Diagnostic[]> {
  const reading = readResources(await new FileSource(paths).load());
  const files = await readFiles(reading.resources.flatMap(filesOf).map(({ path }) => path));
  const { diagnostics } = compile({
    reading,
    files,
    lastGood: new Map(),
    generation: 0,
    version: 'lint',
    credentials: () => anonymousCredentials,
  });
  return diagnostics;
}
