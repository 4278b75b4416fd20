import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { OoError } from '../../../common/errors.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import type { Credentials } from './credentials.ts';
import type { HostKeyVerifier } from './host-key-verifier.ts';
import { logIn } from './log-in.ts';
import { openSocket } from './tcp-socket.ts';

export interface ConnectionOptions {
  readonly credentials: Credentials;
  readonly hostKeys: HostKeyVerifier;
  readonly signal?: AbortSignal | undefined;
}

/** A server that has let us in. */
export interface SshConnection {
  readonly settings: SshSettings;
  readonly isOpen: boolean;
  /** Resolves with the reason once it is over, whoever ended it. */
  readonly ended: Promise<OoError>;
  /** Gives a command to the login shell on a session channel of its own. */
  exec(command: string): Promise<ClientChannel>;
  /** A connection from that server on to another one. */
  forward(to: SshSettings): Promise<Duplex>;
  /** Lets what is written leave in large pieces. */
  cork(): void;
  close(): void;
}

/** Times that a server is called again which did not wait for an answer: one question each, and the answers are kept. */
const calls = 5;

/** Connects through the jump hosts, each with its own settings, host key and credentials. */
export async function connectThrough(settings: SshSettings, options: ConnectionOptions): Promise<SshConnection> {
  for (let call = 1; ; call++) {
    try {
      return await connectOnce(settings, options);
    } catch (error) {
      if (!(error instanceof OoError) || error.code !== 'SSH_DID_NOT_WAIT' || call >= calls) throw error;
    }
  }
}

async function connectOnce(settings: SshSettings, options: ConnectionOptions): Promise<SshConnection> {
  const hops: SshConnection[] = [];
  const closeHops = () => {
    for (const hop of hops.toReversed()) hop.close();
  };
  try {
    for (const hop of [...settings.jumps, settings]) {
      const before = hops.at(-1);
      const socket = before === undefined ? await openSocket(hop, options.signal) : await before.forward(hop);
      hops.push(await logIn(hop, socket, { ...options, isJump: hop !== settings }));
    }
  } catch (error) {
    closeHops();
    throw error;
  }
  const last = hops.at(-1)!;
  void last.ended.then(closeHops);
  return last;
}
