import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Long enough for everything that is sent at the same time to arrive, on a busy machine too. */
const QUIET_MS = 60;

export interface WaveProxy {
  readonly host: string;
  /** Requests of each wave since the last `reset`, as `METHOD path`. */
  readonly waves: readonly (readonly string[])[];
  reset(): void;
  close(): Promise<void>;
}

/**
 * Stands before a registry and holds every request until no other one comes, then lets all go: a wave. What a client
 * sends at once is one wave, what waits for an answer is another, so the number of waves is that of round trips.
 */
export async function startWaveProxy(targetUrl: string): Promise<WaveProxy> {
  let waves: string[][] = [];
  let held: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  function release(): void {
    const wave = held;
    held = [];
    for (const forward of wave) forward();
  }

  const server = createServer((incoming, outgoing) => {
    if (held.length === 0) waves.push([]);
    waves.at(-1)?.push(`${incoming.method} ${incoming.url}`);
    held.push(() => forward(targetUrl, incoming, outgoing));
    clearTimeout(timer);
    timer = setTimeout(release, QUIET_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get waves() {
      return waves;
    },
    reset() {
      waves = [];
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function forward(targetUrl: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers, url = '/' } = incoming;
  const onward = request(new URL(url, targetUrl), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(onward);
}
