import { OoError } from '../../../common/errors.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { type ConnectionOptions, connectThrough, type SshConnection } from './connection.ts';
import { type RemoteScript, type ScriptOptions, startScript } from './remote-script.ts';

/** A script that runs, and the connection that carries it. */
export interface Started {
  readonly remote: RemoteScript;
  readonly connection: SshConnection;
}

type Wanted = Pick<ScriptOptions, 'privilege' | 'script' | 'args'> & {
  /** It goes on while other scripts come and go: the relay to the agent. Others wait for each other. */
  readonly stays?: boolean;
};

/**
 * The one connection to a server, and a second one only where its sshd allows one session per connection (MaxSessions 1) and the relay to
 * the agent has it. A connection that was lost is made anew when it is next needed.
 */
export class ConnectionPool {
  readonly #options: ConnectionOptions & { readonly settings: SshSettings };
  readonly #connections: (Promise<SshConnection> | undefined)[] = [undefined, undefined];
  #alive: SshConnection | undefined;
  /** Which connection is tried first. */
  #first = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectionOptions & { readonly settings: SshSettings }) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#alive?.isOpen === true;
  }

  /** Whether there has ever been a connection: a server that was never reached is not tried twice. */
  get wasOpen(): boolean {
    return this.#alive !== undefined;
  }

  /** Starts a script once the one before it has ended. */
  async start(wanted: Wanted): Promise<Started> {
    const before = this.#turn;
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    this.#turn = before.then(() => over);
    await before;
    try {
      const started = await this.#start(wanted);
      if (wanted.stays === true) end();
      else void Promise.race([started.remote.exited, started.connection.ended]).then(() => end());
      return started;
    } catch (error) {
      end();
      throw error;
    }
  }

  close(): void {
    for (const connection of this.#connections) {
      void connection?.then(
        (open) => open.close(),
        () => undefined,
      );
    }
  }

  async #start(wanted: Wanted): Promise<Started> {
    const reused = this.isOpen;
    const connection = await this.#open(this.#first);
    try {
      return { connection, remote: await startScript({ ...this.#options, ...wanted, connection }) };
    } catch (error) {
      const refused = error instanceof OoError && error.code === 'SSH_NO_SESSION';
      if (!refused || !reused) throw error;
      this.#first = 1 - this.#first;
      const other = await this.#open(this.#first);
      return { connection: other, remote: await startScript({ ...this.#options, ...wanted, connection: other }) };
    }
  }

  async #open(which: number): Promise<SshConnection> {
    const known = await this.#connections[which]?.catch(() => undefined);
    if (known?.isOpen === true) return known;
    const opening = connectThrough(this.#options.settings, this.#options);
    this.#connections[which] = opening;
    this.#alive = await opening;
    return this.#alive;
  }
}
