import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that are kept at one time. Beyond, the one is closed that has been idle for longest. */
const MOST = 12_000;

/** How long a connection of no further use may take to get the answer that is on its way, in ms. */
const LAST_ANSWER = 5_000;

/** The connections of the server, and which of them nobody uses just now. */
export class Connections {
  readonly #most: number;
  readonly #open = new Set<Socket>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Socket>();
  readonly #requests = new Map<Socket, number>();
  /** What came last on them was no request. */
  readonly #broken = new Set<Socket>();

  constructor(most: number = MOST) {
    this.#most = most;
  }

  get size(): number {
    return this.#open.size;
  }

  add(socket: Socket): void {
    this.#open.add(socket);
    this.#idle.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#idle.delete(socket);
      this.#broken.delete(socket);
    });
    if (this.#open.size <= this.#most) return;
    const [oldest] = this.#idle;
    oldest?.destroy();
  }

  /** A request has come. The connection is in use until its answer is through. */
  begin({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#idle.delete(socket);
    this.#requests.set(socket, (this.#requests.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = this.#requests.get(socket)! - 1;
      if (left > 0) return void this.#requests.set(socket, left);
      this.#requests.delete(socket);
      if (this.#broken.has(socket)) return void socket.destroySoon();
      if (this.#open.has(socket)) this.#idle.add(socket);
    });
  }

  /** Whether an answer is under way on it. */
  isUsed(socket: Socket): boolean {
    return this.#requests.has(socket);
  }

  /**
   * Ends it once the answer is through that is under way. Some clients send a body behind a DELETE without saying so: what they asked
   * for is done by then, and they have to hear of it.
   */
  endAfterAnswer(socket: Socket): void {
    if (!this.isUsed(socket)) return void socket.destroySoon();
    this.#broken.add(socket);
    setTimeout(() => socket.destroySoon(), LAST_ANSWER).unref();
  }

  /** It carries another protocol from now on, and is never idle. */
  handOver(socket: Socket): void {
    this.#idle.delete(socket);
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
