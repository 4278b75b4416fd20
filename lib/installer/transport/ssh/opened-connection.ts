import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { errorText, type OoError } from '../../../common/errors.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { printable } from '../../../common/printable.ts';
import { addressOf } from './address.ts';
import type { SshConnection } from './connection.ts';
import { sshErrors } from './ssh-errors.ts';

/** A client that is logged in, as what the rest of the transport knows. */
export function openedConnection(
  client: Client,
  settings: SshSettings,
  socket: Duplex,
  ended: Promise<OoError>,
  end: (reason: OoError) => void,
): SshConnection {
  let isOpen = true;
  void ended.then(() => (isOpen = false));
  const channel = <T>(open: (done: (error: Error | undefined, opened: T) => void) => void, refused: (error: Error) => OoError) =>
    new Promise<T>((resolve, reject) => {
      void ended.then(reject);
      if (!isOpen) return;
      try {
        open((error, opened) => (error === undefined ? resolve(opened) : reject(refused(error))));
      } catch (error) {
        reject(sshErrors.SSH_CONNECTION_LOST(settings.name, errorText(error)));
      }
    });
  return {
    settings,
    ended,
    get isOpen() {
      return isOpen;
    },
    exec: (command) =>
      channel<ClientChannel>(
        (done) => client.exec(command, done),
        (error) =>
          'reason' in error
            ? sshErrors.SSH_NO_SESSION(settings.name, printable(error.message))
            : sshErrors.SSH_COMMAND_REFUSED(settings.name, printable(settings.user)),
      ),
    forward: (to) =>
      channel<Duplex>(
        (done) => client.forwardOut('127.0.0.1', 0, to.hostName, to.port, done),
        (error) => sshErrors.SSH_JUMP_REFUSED(settings.name, addressOf(to), printable(error.message)),
      ),
    cork: () => {
      socket.cork();
      process.nextTick(() => socket.uncork());
    },
    close: () => {
      end(sshErrors.SSH_CONNECTION_LOST(settings.name, 'it was closed here'));
      client.end();
    },
  };
}
