import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { rfc3339 } from '../../common/clock.ts';
import { agentErrors } from './agent-errors.ts';
import type { CallResult } from './call-schemas.ts';

interface Holder {
  readonly owner: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly socket: Socket;
}

/** A client says something at least this often, in ms (agent-client.ts). */
export const heartbeat = 15_000;
/** ms of silence after which the holder of the lock is taken for dead: a laptop that sleeps keeps its TCP connection for hours. */
const silenceLimit = 90_000;
/** ms between two lines for who waits. */
const telling = 5_000;

/**
 * Who may change this server. The lock belongs to a connection and is nowhere on the disk: it ends with its connection, with the agent, with the
 * server, but not before the change that its holder has begun. So it is never stale.
 */
export class HostLock {
  readonly #silence: number;
  readonly #heard = new WeakMap<Socket, number>();
  #holder: Holder | undefined;
  /** The change that runs, in words. */
  #doing = '';
  /** Changes run one at a time, whoever asks. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(silence: number = silenceLimit) {
    this.#silence = silence;
  }

  /** Every frame of a connection is a sign of life. */
  heard(socket: Socket): void {
    this.#heard.set(socket, performance.now());
  }

  /** Ends the connection of a holder that has not been heard of for too long. To be called now and then. */
  dropSilent(): void {
    const socket = this.#current()?.socket;
    if (socket !== undefined && performance.now() - (this.#heard.get(socket) ?? 0) > this.#silence) socket.destroy();
  }

  /** Runs a change after those that run already. @throws OoError HOST_LOCKED while another connection holds the lock */
  change<T>(socket: Socket, description: string, fn: () => Promise<T>): Promise<T> {
    const other = this.#other(socket);
    if (other !== undefined) throw agentErrors.HOST_LOCKED(other.owner, age(other), this.#doing);
    const turn = this.#changes.then(async () => {
      this.#doing = description;
      try {
        return await fn();
      } finally {
        this.#doing = '';
      }
    });
    this.#changes = turn.catch(() => undefined);
    return turn;
  }

  /** Takes the lock for a connection; `force` takes it from another one. What a holder has begun is waited for, visibly. */
  async take(
    { owner, force }: { owner: string; force: boolean },
    socket: Socket,
    progress: (line: string) => void,
  ): Promise<CallResult<'lock.take'>> {
    const last = this.#holder;
    const begin = performance.now();
    for (let told = 0; ; told++) {
      // Somebody else may have got it while this one waited.
      const other = this.#other(socket);
      if (other !== undefined && (!force || other !== last)) return { taken: false, ...described(other), doing: this.#doing };
      const settled = await Promise.race([this.#changes.then(() => true), delay(told === 0 ? 50 : telling, false)]);
      if (settled) break;
      const seconds = Math.round((performance.now() - begin) / 1000);
      progress(`waiting for what ${last?.owner ?? 'another run'} has begun to end: ${this.#doing} (${seconds} s)`);
    }
    const other = this.#other(socket);
    if (other !== undefined && other !== last) return { taken: false, ...described(other), doing: this.#doing };
    const holder = { owner, since: Date.now(), socket };
    if (!socket.destroyed) this.#holder = holder;
    return { taken: true, ...described(holder), doing: '' };
  }

  #current(): Holder | undefined {
    return this.#holder?.socket.destroyed === false ? this.#holder : undefined;
  }

  #other(socket: Socket): Holder | undefined {
    const holder = this.#current();
    return holder?.socket === socket ? undefined : holder;
  }
}

const age = ({ since }: Holder): number => Math.max(0, Math.round((Date.now() - since) / 1000));

const described = (holder: Holder) => ({ owner: holder.owner, since: rfc3339(holder.since), seconds: age(holder) });
