import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Data goes one way through the rooms, so imports do too (docs/architecture.md). Prints every import in `src` that
 * goes against it, and fails if there is one. Foundation files, directly in `src`, import each other only.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  foundation: [],
  registry: [],
  policy: ['registry'],
  cosign: ['registry'],
  sigstore: ['registry'],
  verification: ['policy', 'cosign', 'sigstore', 'registry'],
  telemetry: ['verification'],
  server: ['verification', 'telemetry'],
  config: ['policy', 'sigstore', 'registry'],
  demo: [],
  cli: ['server', 'verification', 'telemetry', 'config', 'policy', 'cosign', 'sigstore', 'registry', 'demo'],
  main: ['cli'],
};

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"](\.[^'"]+)['"]/g;

const root = fileURLToPath(new URL('../../src', import.meta.url));

function roomOf(path: string): string {
  if (path === 'main.ts') return 'main';
  return path.includes('/') ? (path.split('/')[0] ?? '') : 'foundation';
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(IMPORT)].map((match) => posix.join(posix.dirname(path), match[1] ?? ''));
}

const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));

const wrong = files.flatMap((file) => {
  const room = roomOf(file);
  const allowed = new Set([room, 'foundation', ...(MAY_IMPORT[room] ?? [])]);
  // The demo signs what the rest verifies: it may not even share the foundation.
  if (room === 'demo') allowed.delete('foundation');
  return importsOf(file)
    .filter((target) => !target.startsWith('..') && !allowed.has(roomOf(target)))
    .map((target) => `src/${file} imports src/${target}: ${room} may not import ${roomOf(target)}`);
});

for (const line of wrong) process.stderr.write(`${line}\n`);
process.stdout.write(`${files.length} files, ${wrong.length} imports against the direction\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;
