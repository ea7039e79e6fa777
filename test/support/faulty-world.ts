import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { ensureDevelopmentCertificate } from '../../src/server/development-certificate.ts';
import { type ProviderResponse, VERIFY_PATH } from '../../src/server/provider-protocol.ts';
import type { VerificationValue } from '../../src/server/response-item.ts';
import { type AttackedImage, AttackSetUp, type AttackSetUpOptions, verdictOf } from './attack-set-up.ts';
import type { Faults } from './fault-switch.ts';
import { HostileRegistry } from './hostile-registry.ts';
import { type ServeProcess, startServeProcess } from './serve-process.ts';

const MEBIBYTE = 1024 * 1024;
/** Bytes that memory may grow by. */
const GROWTH = 64 * MEBIBYTE;
/** Memory is given back at leisure: the collector of garbage can't be told to run. */
const SETTLING_MS = 20_000;

/** Bytes. */
interface Memory {
  readonly resident: number;
  /** Of the main thread, with what its buffers hold. */
  readonly heap: number;
}

/** `countersign serve` as a process of its own, and around it everything that can go wrong. */
export class FaultyWorld {
  readonly hostile = new HostileRegistry();
  readonly setUp: AttackSetUp;
  readonly #flags: readonly string[];
  #root = '';
  #served: ServeProcess | undefined;
  #dispatcher: Agent | undefined;
  #baseline: Memory = { resident: 0, heap: 0 };

  constructor(options: Omit<AttackSetUpOptions, 'registry' | 'flags'>, flags: readonly string[]) {
    this.setUp = new AttackSetUp({ ...options, registry: { onRequest: this.hostile.onRequest } });
    this.#flags = flags;
  }

  async start(): Promise<void> {
    await this.setUp.registry.start();
    this.#root = await mkdtemp(join(tmpdir(), 'countersign-faults-'));
    await mkdir(this.configFolder);
    await this.configure();
    await ensureDevelopmentCertificate({ certDir: this.certFolder, names: [], now: Date.now() });
    this.#served = await this.serve();
    this.#dispatcher = new Agent({ connect: { ca: await this.ca() }, connections: 64 });
    // Threads, connections and code are made on first use.
    for (let index = 0; index < 40; index += 1) {
      const keys = Array.from({ length: 8 }, () => this.image('ordinary').key);
      const warmed = async () => expect(await this.judge(...keys)).toEqual(keys.map(() => 'verified'));
      await vi.waitFor(warmed, { timeout: 30_000 });
    }
    await delay(1_000);
    this.#baseline = await this.memory();
  }

  async close(): Promise<void> {
    this.#served?.kill('SIGKILL');
    await this.#served?.ended;
    await this.#dispatcher?.destroy();
    await this.setUp.registry.close();
    await rm(this.#root, { recursive: true, force: true });
  }

  /** Another process beside the one that is served from the start; whoever starts it ends it. */
  serve(flags: readonly string[] = []): Promise<ServeProcess> {
    return startServeProcess(
      [
        ...['--config', this.configFolder, '--cert-dir', this.certFolder, '--log-level', 'warn'],
        ...this.#flags,
        ...flags,
      ],
      {},
      [`--import=${this.preload}`],
    );
  }

  get served(): ServeProcess {
    if (this.#served === undefined) throw new Error('nothing is served yet');
    return this.#served;
  }

  get configFolder(): string {
    return join(this.#root, 'config');
  }

  get certFolder(): string {
    return join(this.#root, 'certs');
  }

  /** What `inject` works through: a module to be loaded before the program. */
  get preload(): string {
    const module = pathToFileURL(join(import.meta.dirname, 'fault-switch.ts'));
    module.search = encodeURIComponent(this.#switch);
    return module.href;
  }

  get #switch(): string {
    return join(this.#root, 'faults.json');
  }

  ca(): Promise<string> {
    return readFile(join(this.certFolder, 'ca.crt'), 'utf8');
  }

  /** Writes the configuration, by default that of the set-up. */
  configure(yaml: string = this.setUp.yaml()): Promise<void> {
    return writeFile(join(this.configFolder, 'configuration.yaml'), yaml);
  }

  /** From now on this goes wrong in the process; without arguments nothing. */
  async inject(faults: Faults = {}): Promise<void> {
    await writeFile(this.#switch, JSON.stringify(faults));
    // It looks several times within this.
    await delay(100);
  }

  /** One line a key; see `verdictOf`. */
  async judge(...keys: readonly string[]): Promise<readonly string[]> {
    return (await this.ask(keys)).map(verdictOf);
  }

  async ask(
    keys: readonly string[],
    { port } = this.served,
    signal?: AbortSignal,
  ): Promise<readonly VerificationValue[]> {
    const body = JSON.stringify({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderRequest',
      request: { keys },
    });
    const url = `https://127.0.0.1:${port}${VERIFY_PATH}`;
    const dispatcher = this.#dispatcher;
    if (dispatcher === undefined) throw new Error('nothing is served yet');
    const answer = await request(url, { method: 'POST', body, dispatcher, signal: signal ?? null });
    const { response } = (await answer.body.json()) as ProviderResponse;
    return (response.items ?? []).map(({ value }) => value as VerificationValue);
  }

  /** The values of metrics without labels. */
  async metrics(...names: readonly string[]): Promise<readonly number[]> {
    const answer = await request(this.served.metricsUrl);
    const text = await answer.body.text();
    return names.map((name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]));
  }

  async memory(): Promise<Memory> {
    const [resident = 0, heap = 0, external = 0] = await this.metrics(
      'process_resident_memory_bytes',
      'nodejs_heap_size_used_bytes',
      'nodejs_external_memory_bytes',
    );
    return { resident, heap: heap + external };
  }

  /** For how long the event loop was held up since this was asked the last time. */
  async eventLoop(): Promise<string> {
    const [p99 = 0, max = 0] = await this.metrics(
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_eventloop_lag_max_seconds',
    );
    return `event loop p99 ${Math.round(p99 * 1_000)} ms, max ${Math.round(max * 1_000)} ms`;
  }

  /** A signed image in a repository of its own. */
  image(name: string): AttackedImage {
    return this.setUp.signed('bundle', `faults/${name}`);
  }

  /**
   * Holds after every fault: ordinary requests are served, an unsigned image is not admitted, the process is the same
   * and memory is back.
   * @param measured what the process has of the machine, or what the program itself holds
   * @returns what to write into the table
   */
  async recovered(measured: keyof Memory = 'resident'): Promise<string> {
    const started = performance.now();
    await expect
      .poll(() => this.judge(this.image('ordinary').key), { timeout: 30_000 })
      .toEqual(['verified']);
    const took = performance.now() - started;
    const unsigned = this.setUp.image('faults/unsigned');
    expect(await this.judge(unsigned.key)).toEqual(['rejected SIGNATURE_NOT_FOUND']);
    const health = await request(`${this.served.healthUrl}/healthz`);
    await health.body.dump();
    expect(health.statusCode).toBe(200);
    const { [measured]: baseline } = this.#baseline;
    await expect
      .poll(async () => (await this.memory())[measured], { timeout: SETTLING_MS, interval: 500 })
      .toBeLessThan(baseline + GROWTH);
    const { resident, heap } = await this.memory();
    return `served after ${Math.round(took)} ms, memory ${growth(resident - this.#baseline.resident)}, heap ${growth(heap - this.#baseline.heap)}`;
  }
}

function growth(bytes: number): string {
  const mebibytes = Math.round(bytes / MEBIBYTE);
  return `${mebibytes > 0 ? '+' : ''}${mebibytes} MiB`;
}

/** Started before the tests of the file and ended after them. Requests have 3 s, unless a flag says otherwise. */
export function setUpFaultyWorld(
  options: Omit<AttackSetUpOptions, 'registry' | 'flags'> = {},
  flags: readonly string[] = ['--verify-deadline', '3000'],
): FaultyWorld {
  const world = new FaultyWorld(options, flags);
  beforeAll(() => world.start());
  afterAll(() => world.close());
  return world;
}
