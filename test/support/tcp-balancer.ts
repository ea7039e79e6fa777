import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpBalancer {
  readonly port: number;
  /** New connections go to these, in turns; those that stand stay where they are. */
  use(...ports: readonly number[]): void;
  close(): Promise<void>;
}

/** Spreads connections over servers on this machine, as a Service does. */
export async function startTcpBalancer(): Promise<TcpBalancer> {
  let ports: readonly number[] = [];
  let turn = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    turn += 1;
    const port = ports[turn % ports.length];
    const target = connect({ host: '127.0.0.1', port: port ?? 0, allowHalfOpen: true });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    use(...chosen) {
      ports = chosen;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
