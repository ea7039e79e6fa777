import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps the number of connections near `limit`, from TCP on, by closing the one that has been idle for longest. None is
 * refused: an old Gatekeeper (up to 3.21) opens one for every call and leaves it open.
 */
export class ConnectionLimit {
  readonly #limit: number;
  /** By their names: node:https doesn't tell which TLS socket stands on which TCP socket. */
  readonly #open = new Map<string, Socket>();
  /** In the order in which they became idle: a Set keeps the order of insertion. */
  readonly #idle = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  follow(server: Server): void {
    server.on('connection', (socket: Socket) => this.#add(socket));
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const name = nameOf(socket);
      this.#idle.delete(name);
      response.once('close', () => {
        if (this.#open.has(name)) this.#idle.add(name);
      });
    });
  }

  /** At once, whatever they are doing. */
  closeAll(): void {
    for (const socket of this.#open.values()) socket.destroy();
  }

  #add(socket: Socket): void {
    const name = nameOf(socket);
    this.#open.set(name, socket);
    this.#idle.add(name);
    socket.once('close', () => this.#forget(name));
    const [oldest] = this.#idle;
    if (this.#open.size <= this.#limit || oldest === undefined || oldest === name) return;
    this.#open.get(oldest)?.destroy();
    // It says that it is closed only when this turn is over, and more connections may come in it.
    this.#forget(oldest);
  }

  #forget(name: string): void {
    this.#open.delete(name);
    this.#idle.delete(name);
  }
}

function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
