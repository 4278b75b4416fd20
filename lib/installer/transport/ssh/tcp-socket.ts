import { createConnection, type Socket } from 'node:net';
import type { OoError } from '../../../common/errors.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { addressOf } from './address.ts';
import { sshErrors } from './ssh-errors.ts';

/** A TCP connection to a server, or why there is none. Nothing is read from it yet. */
export function openSocket(settings: SshSettings, signal?: AbortSignal): Promise<Socket> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    // A name may have an address that leads nowhere: each gets its share of the time before the next one is tried.
    const socket = createConnection({
      host: settings.hostName,
      port: settings.port,
      noDelay: true,
      autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(settings.connectTimeout / 4)),
    });
    const fail = (reason: unknown) => {
      settle();
      socket.destroy();
      reject(reason);
    };
    const seconds = Math.round(settings.connectTimeout / 1000);
    const timer = setTimeout(
      () => fail(sshErrors.SSH_TIMEOUT(settings.name, addressOf(settings), seconds)),
      settings.connectTimeout,
    );
    const onAbort = () => fail(signal?.reason);
    const onError = (error: NodeJS.ErrnoException) => fail(explain(settings, error));
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      // What was destroyed may still report an error.
      socket.on('error', () => undefined);
    };
    signal?.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

function explain(settings: SshSettings, error: NodeJS.ErrnoException): OoError {
  const { name, hostName } = settings;
  const address = addressOf(settings);
  // Several addresses failed, each for a reason of its own: the last one is told.
  const last = error instanceof AggregateError ? (error.errors.at(-1) as NodeJS.ErrnoException) : error;
  const code = last.code ?? '';
  if (code === 'ENOTFOUND') return sshErrors.SSH_HOST_NOT_FOUND(name, hostName, { cause: last });
  if (code === 'EAI_AGAIN' || code.startsWith('EAI_')) return sshErrors.SSH_LOOKUP_FAILED(name, hostName, code);
  if (code === 'ECONNREFUSED') return sshErrors.SSH_REFUSED(name, address);
  if (code === 'ETIMEDOUT') return sshErrors.SSH_TIMEOUT(name, address, Math.round(settings.connectTimeout / 1000));
  return sshErrors.SSH_UNREACHABLE(name, address, code || last.message);
}
