import type { OoError } from '../../../common/errors.ts';
import { printable } from '../../../common/printable.ts';
import type { Marks } from './bootstrap.ts';
import type { Account } from './credentials.ts';
import { sshErrors } from './ssh-errors.ts';

/** What a login or sudo printed before it ended without having run the script. */
export interface Ending {
  readonly account: Account;
  readonly output: string;
  readonly complaints: string;
  readonly marks: Marks;
  /** Whether sudo got a password. */
  readonly sent: boolean;
}

/** Tells why. sudo's texts: those of its own sources and of sudo-rs, in the C locale. */
export function explainSudo({ account, output, complaints, marks, sent }: Ending): OoError | 'wrong-password' {
  const { host } = account;
  const user = printable(account.user);
  if (!output.includes(marks.shell)) {
    return sshErrors.SSH_SHELL_UNFIT(host, user, lastLine(`${output}\n${complaints}`, marks));
  }
  const noSudo = new RegExp(`^${marks.noSudo} ?(.*)$`, 'm').exec(output);
  if (noSudo !== null) return sshErrors.SUDO_MISSING(host, user, noSudo[1] === '' ? '' : 'doas');
  const says = lastLine(complaints, marks);
  if (/must have a tty/i.test(complaints)) return sshErrors.SUDO_NEEDS_TERMINAL(host, user);
  if (/not in the sudoers|not allowed to (execute|run)|may not run sudo|I'm sorry/i.test(complaints)) {
    return sshErrors.SUDO_NOT_ALLOWED(host, user, says);
  }
  if (sent && /incorrect password|incorrect authentication|authentication fail|try again|maximum .* attempts/i.test(complaints)) {
    return 'wrong-password';
  }
  return sshErrors.SUDO_NOT_ALLOWED(host, user, says || 'sudo ended and said nothing');
}

function lastLine(text: string, marks: Marks): string {
  const own = Object.values(marks) as string[];
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !own.some((mark) => line.includes(mark)));
  return printable(lines.at(-1) ?? '').slice(0, 300);
}
