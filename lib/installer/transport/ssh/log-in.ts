import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import ssh2, { type AuthenticationType, type ServerHostKeyAlgorithm } from 'ssh2';
import type { OoError } from '../../../common/errors.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { printable } from '../../../common/printable.ts';
import { addressOf } from './address.ts';
import { Authentication } from './authentication.ts';
import type { ConnectionOptions, SshConnection } from './connection.ts';
import { Deadline } from './deadline.ts';
import { explainFailure, type Stage } from './explain-failure.ts';
import { openedConnection } from './opened-connection.ts';
import { sshErrors } from './ssh-errors.ts';

/** Most common first: what we and OpenSSH agree on at once. SHA-1 and DSA are left out, as in OpenSSH. */
const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Shakes hands over a socket, has the server's key judged, and authenticates. Rejects with what a person should know (ssh-errors.ts). */
export async function logIn(
  settings: SshSettings,
  socket: Socket | Duplex,
  options: ConnectionOptions & { readonly isJump: boolean },
): Promise<SshConnection> {
  const { credentials, hostKeys, isJump, signal } = options;
  const known = (await hostKeys.algorithms(settings)) ?? [];
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<OoError>();
  let stage: Stage = 'handshake';
  /** Ours, which ssh2 only knows as a refusal. */
  let reason: unknown;
  const fail = (error: unknown) => {
    reason ??= error;
    client.destroy();
    socket.destroy();
    reject(reason);
  };
  const deadline = new Deadline(settings.connectTimeout, () =>
    fail(sshErrors.SSH_TIMEOUT(settings.name, addressOf(settings), Math.round(settings.connectTimeout / 1000))),
  );
  const { unhurried } = deadline;
  const authentication = new Authentication({ settings, isJump, credentials, unhurried, fail: (error) => fail(error) });
  /** The server has hung up while a person was asked: sshd waits two minutes (LoginGraceTime). The answer counts for the next try. */
  let unheard = false;
  const loseWhileAsked = async () => {
    if (unheard) return;
    unheard = true;
    await deadline.answered();
    fail(sshErrors.SSH_DID_NOT_WAIT(settings.name));
  };
  const authenticate = async (left: AuthenticationType[] | null, next: (method: unknown) => void) => {
    try {
      const method = await authentication.next(left);
      if (!unheard) next(method);
    } catch (error) {
      fail(error);
    }
  };
  const onAbort = () => fail(signal?.reason);
  signal?.addEventListener('abort', onAbort);

  client.on('ready', () => {
    stage = 'open';
    authentication.succeeded();
    resolve();
  });
  client.on('error', (error) => {
    // Of one key among several: the next one is tried.
    if (error.level === 'agent') return;
    if (deadline.isPaused) return void loseWhileAsked();
    fail(explainFailure(error, stage, settings, authentication));
  });
  client.on('handshake', () => (stage = 'authentication'));
  client.on('change password', () => fail(sshErrors.SSH_PASSWORD_EXPIRED(settings.name, printable(settings.user))));
  client.on('close', () => {
    if (deadline.isPaused) return void loseWhileAsked();
    const lost = sshErrors.SSH_CONNECTION_LOST(settings.name, 'the server closed it');
    fail(stage === 'handshake' ? sshErrors.SSH_NOT_SPOKEN(settings.name, addressOf(settings), 'it hung up') : lost);
    end(reason instanceof Error && 'code' in reason ? (reason as OoError) : lost);
  });

  let trusted: Buffer | undefined;
  client.connect({
    sock: socket as Readable,
    username: settings.user,
    // Both clocks are ours: a person who is asked takes as long as he takes.
    readyTimeout: 0,
    keepaliveInterval: settings.serverAliveInterval || 15_000,
    keepaliveCountMax: 3,
    algorithms: {
      serverHostKey: [
        ...hostKeyAlgorithms.filter((name) => known.includes(name)).toSorted((a, b) => known.indexOf(a) - known.indexOf(b)),
        ...hostKeyAlgorithms.filter((name) => !known.includes(name)),
      ],
    },
    hostVerifier: (key: Buffer, verified: (trusted: boolean) => void): void => {
      // Asked again at every exchange of keys.
      if (trusted?.equals(key) === true) return verified(true);
      unhurried(() => hostKeys.verify(settings, key)).then(
        () => {
          trusted = Buffer.from(key);
          if (!unheard) verified(true);
        },
        (error: unknown) => {
          reason ??= error;
          if (!unheard) verified(false);
        },
      );
    },
    authHandler: (left: AuthenticationType[] | null, _partial, next) => {
      void authenticate(left, next as (method: unknown) => void);
    },
  });
  try {
    await promise;
  } finally {
    deadline.cancel();
    signal?.removeEventListener('abort', onAbort);
  }
  return openedConnection(client, settings, socket, ended, end);
}
