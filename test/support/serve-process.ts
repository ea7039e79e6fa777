import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

const BIN = fileURLToPath(new URL('../../bin/countersign.js', import.meta.url));

export interface ServeProcess {
  readonly port: number;
  readonly healthUrl: string;
  readonly metricsUrl: string;
  /** Everything that it has written, to both streams. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** @returns its exit code, when it has ended */
  readonly ended: Promise<number | null>;
}

/**
 * `countersign serve` as a process of its own, ready. It has no environment but what is given.
 * @param nodeFlags for Node itself; its threads have them, too
 */
export async function startServeProcess(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<ServeProcess> {
  const [port, healthPort, metricsPort] = await freePorts(3);
  const addresses = { address: port, 'health-address': healthPort, 'metrics-address': metricsPort };
  const child = spawn(
    process.execPath,
    [
      ...nodeFlags,
      BIN,
      'serve',
      ...Object.entries(addresses).flatMap(([flag, own]) => [`--${flag}`, `127.0.0.1:${own}`]),
      ...flags,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: environment },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const healthUrl = `http://127.0.0.1:${healthPort}`;
  await ready(child, `${healthUrl}/readyz`, () => output);
  return {
    port: port ?? 0,
    healthUrl,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

async function ready(child: ChildProcess, url: string, output: () => string): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const status = await request(url).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode;
      },
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the process ended before it was ready:\n${output()}`);
}

/** All are held at the same time, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
