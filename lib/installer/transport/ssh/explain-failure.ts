import type { ClientErrorExtensions } from 'ssh2';
import { errorText, type OoError } from '../../../common/errors.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { printable } from '../../../common/printable.ts';
import { addressOf } from './address.ts';
import type { Authentication } from './authentication.ts';
import { sshErrors } from './ssh-errors.ts';

/** How far a connection had come. */
export type Stage = 'handshake' | 'authentication' | 'open';

/** Says what an error of ssh2 means to the person who wants to reach the server. */
export function explainFailure(
  error: Error & ClientErrorExtensions,
  stage: Stage,
  settings: SshSettings,
  authentication: Authentication,
): OoError {
  const { name } = settings;
  const why = printable(errorText(error));
  // RFC 4253, section 11.1: sshd's reason for "Too many authentication failures" is 2, its text is what tells it.
  if (/too many authentication/i.test(why)) return sshErrors.SSH_TOO_MANY_FAILURES(name, authentication.triedText());
  if (error.level === 'client-authentication') return authentication.refusal();
  if (stage !== 'handshake') return sshErrors.SSH_CONNECTION_LOST(name, why);
  if (/no matching|unsupported algorithm/i.test(why)) return sshErrors.SSH_NO_AGREEMENT(name, why);
  return sshErrors.SSH_NOT_SPOKEN(name, addressOf(settings), why);
}
