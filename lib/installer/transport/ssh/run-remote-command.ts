import { StringDecoder } from 'node:string_decoder';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { type ConnectionOptions, connectThrough } from './connection.ts';
import { startScript } from './remote-script.ts';
import { sshErrors } from './ssh-errors.ts';

export interface RemoteCommand extends ConnectionOptions {
  readonly settings: SshSettings;
  /** Each word reaches the program as it is: no shell takes it apart. */
  readonly argv: readonly string[];
  /** What it writes, as it comes, not always whole lines. */
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void;
}

/**
 * Runs a program as root on a server, over a connection of its own and without anything of ours on the server. Its standard input is empty.
 * Answers its exit status; an aborted signal ends the connection, and with it the wait. @throws OoError of the connection
 */
export async function runRemoteCommand(options: RemoteCommand): Promise<number> {
  const { argv, onOutput, settings, signal } = options;
  const connection = await connectThrough(settings, options);
  const close = () => connection.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    signal?.throwIfAborted();
    const script = 'exec "$@"';
    const { channel, exited } = await startScript({ ...options, connection, privilege: 'root', script, args: argv });
    for (const stream of ['stdout', 'stderr'] as const) {
      const decoder = new StringDecoder('utf8');
      const source = stream === 'stdout' ? channel : channel.stderr;
      source.on('data', (chunk: Buffer | string) => onOutput(stream, typeof chunk === 'string' ? chunk : decoder.write(chunk)));
    }
    channel.end();
    channel.resume();
    const status = await Promise.race([exited, connection.ended.then(() => undefined)]);
    signal?.throwIfAborted();
    if (status === undefined)
      throw sshErrors.SSH_CONNECTION_LOST(settings.name, `${argv[0] ?? ''} was ended by it, or by a signal`);
    return status;
  } finally {
    signal?.removeEventListener('abort', close);
    close();
  }
}
