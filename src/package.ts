import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** package.json lies above `src` in a checkout and above `dist` in the published package. */
const ROOT = new URL('../', import.meta.url);

export function programVersion(): string {
  return packageJson().version;
}

/** The commit that was built, where the build noted it as `gitHead` in package.json; a checkout does not know. */
export function programCommit(): string | undefined {
  return packageJson().gitHead;
}

/** Path of a file that comes with the program. */
export function packagePath(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

function packageJson(): { readonly version: string; readonly gitHead?: string } {
  return JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
}
