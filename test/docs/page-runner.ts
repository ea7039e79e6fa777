import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { SetUp } from './set-up.ts';

/** The addresses of `serve` that the pages name, and what they stand for in a test: other tests listen, too. */
const PORTS = [
  { documented: '6001', variable: 'COUNTERSIGN_ADDRESS' },
  { documented: '9099', variable: 'COUNTERSIGN_HEALTH_ADDRESS' },
  { documented: '8888', variable: 'COUNTERSIGN_METRICS_ADDRESS' },
] as const;

export interface CommandOutcome {
  readonly exitCode: number;
  /** Both streams, with the page's folder left out of paths. */
  readonly output: string;
}

/** Does what a page says, in the order of the page. */
export class PageRunner {
  readonly #setUp: SetUp;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #servers: ChildProcess[] = [];

  private constructor(setUp: SetUp, ports: ReadonlyMap<string, number>) {
    this.#setUp = setUp;
    this.#ports = ports;
  }

  static async create(setUp: SetUp): Promise<PageRunner> {
    const ports = new Map<string, number>();
    for (const { documented } of PORTS) ports.set(documented, await freePort());
    return new PageRunner(setUp, ports);
  }

  async writeFile(path: string, text: string): Promise<void> {
    const place = join(this.#setUp.folder, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, this.#translate(text));
  }

  async run(commands: string): Promise<CommandOutcome> {
    const child = execFile('sh', ['-euc', `exec 2>&1\n${this.#translate(commands)}`], this.#options());
    let output = '';
    child.stdout?.on('data', (text: string) => {
      output += text;
    });
    const [exitCode] = await once(child, 'close');
    return { exitCode, output: this.#withoutFolder(output) };
  }

  /** Returns when the server is ready. */
  async start(command: string): Promise<void> {
    const server = spawn('sh', ['-euc', `exec ${this.#translate(command)}`], {
      ...this.#options(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#servers.push(server);
    let output = '';
    server.stdout?.on('data', (data) => {
      output += data;
    });
    const url = `http://127.0.0.1:${this.#ports.get('9099')}/readyz`;
    while (server.exitCode === null) {
      if (await answers(url)) return;
      await delay(100);
    }
    throw new Error(`it ended with ${server.exitCode}: ${output}`);
  }

  async close(): Promise<void> {
    for (const server of this.#servers.filter(({ exitCode }) => exitCode === null)) {
      const exit = once(server, 'exit');
      server.kill('SIGKILL');
      await exit;
    }
    await this.#setUp.close();
  }

  #options() {
    const addresses = PORTS.map(({ documented, variable }) => [
      variable,
      `127.0.0.1:${this.#ports.get(documented)}`,
    ]);
    // The machine of a test may be busy; what the pages show has nothing to do with it.
    const deadlines = { COUNTERSIGN_VERIFY_DEADLINE: '20000', COUNTERSIGN_MUTATE_DEADLINE: '20000' };
    const env = { ...this.#setUp.environment, ...deadlines, ...Object.fromEntries(addresses) };
    return { cwd: this.#setUp.folder, env };
  }

  #translate(text: string): string {
    return text.replaceAll(/(?<=127\.0\.0\.1:)\d+\b/g, (port) => String(this.#ports.get(port) ?? port));
  }

  #withoutFolder(output: string): string {
    return output.replaceAll(`${this.#setUp.folder}/`, '');
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
