import type { Socket } from 'node:net';

export interface ClientLimits {
  readonly all: number;
  /** From one address. */
  readonly perSource: number;
}

/**
 * The open connections of a server, so many at most. There is always room for one more: of a source that has its share, else
 * of all, the one that has asked nothing for the longest time is hung up on.
 */
export class TcpClients {
  readonly #limits: ClientLimits;
  /** In the order of their last questions. */
  readonly #sockets = new Map<Socket, string>();

  constructor(limits: ClientLimits) {
    this.#limits = limits;
  }

  add(socket: Socket): void {
    const source = socket.remoteAddress ?? '';
    this.#sockets.set(socket, source);
    socket.once('close', () => this.#sockets.delete(socket));
    const ofSource = [...this.#sockets].filter(([, each]) => each === source).map(([each]) => each);
    if (ofSource.length > this.#limits.perSource) this.#hangUp(ofSource[0]!);
    else if (this.#sockets.size > this.#limits.all) this.#hangUp(this.#sockets.keys().next().value!);
  }

  /** It has asked a whole question: only that makes it worth more than others. */
  asked(socket: Socket): void {
    const source = this.#sockets.get(socket);
    if (source === undefined) return;
    this.#sockets.delete(socket);
    this.#sockets.set(socket, source);
  }

  closeAll(): void {
    for (const socket of this.#sockets.keys()) this.#hangUp(socket);
  }

  #hangUp(socket: Socket): void {
    this.#sockets.delete(socket);
    socket.destroy();
  }
}
