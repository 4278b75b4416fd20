import type { ClientChannel } from 'ssh2';
import type { OoError } from '../../../common/errors.ts';
import { printable } from '../../../common/printable.ts';
import { bootstrapLine, loginCommand, type Marks, newMarks, type Privilege, scriptText } from './bootstrap.ts';
import type { SshConnection } from './connection.ts';
import type { Account, Credentials } from './credentials.ts';
import { sshErrors } from './ssh-errors.ts';
import { explainSudo } from './sudo-failure.ts';

/** A script that runs on a server: its own output only, from its first byte on. */
export interface RemoteScript {
  readonly channel: ClientChannel;
  /** The user that it runs as. */
  readonly uid: number;
  /** The last of what it wrote to standard error so far. */
  readonly complaints: () => string;
  /** Its status, or undefined when the connection or a signal ended it. */
  readonly exited: Promise<number | undefined>;
}

export interface ScriptOptions {
  readonly connection: SshConnection;
  readonly credentials: Credentials;
  readonly privilege: Privilege;
  readonly script: string;
  readonly args: readonly string[];
}

/** Times that a sudo password is tried on one server. */
const passwordTries = 3;
/** ms in which a login shell and sudo must get going, people apart. */
const patience = 60_000;
const mostNoise = 64 * 1024;

/** Starts a script, as root where that is asked for; asks for sudo's password when sudo wants one. */
export async function startScript(options: ScriptOptions): Promise<RemoteScript> {
  const { connection, credentials } = options;
  const account: Account = { host: connection.settings.name, user: connection.settings.user };
  let password: string | undefined;
  for (let tries = 0; ;) {
    const outcome = await attempt(options, password);
    if (outcome.state === 'running') {
      if (password !== undefined) credentials.accepted('sudo', account, password);
      return outcome.script;
    }
    if (password !== undefined) tries++;
    const next = tries < passwordTries ? await credentials.password('sudo', account, password) : undefined;
    if (next === undefined) {
      const user = printable(account.user);
      if (tries === 0) throw sshErrors.SUDO_PASSWORD_NEEDED(account.host, user);
      throw sshErrors.SUDO_PASSWORD_WRONG(account.host, user, tries);
    }
    password = next;
  }
}

type Outcome = { readonly state: 'running'; readonly script: RemoteScript } | { readonly state: 'password-wanted' };

/** One try with the password that is known, if any. A refused password ends the channel, and with it sudo. */
async function attempt(options: ScriptOptions, password: string | undefined): Promise<Outcome> {
  const { connection } = options;
  const { name, user } = connection.settings;
  // root needs no sudo: a server that asks for its password all the same is not given it.
  const privilege = user === 'root' ? 'unasked' : options.privilege;
  const marks = newMarks();
  const channel = await connection.exec(loginCommand);
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const exited = exitOf(channel);
  let output = Buffer.alloc(0);
  let complaints = '';
  let sent = false;
  const timer = setTimeout(() => {
    reject(
      output.includes(marks.shell)
        ? sshErrors.SUDO_SILENT(name, patience / 1000, tail(complaints, marks))
        : sshErrors.SSH_SHELL_UNFIT(name, printable(user), tail(output.toString(), marks)),
    );
  }, patience);
  const onData = (chunk: Buffer) => {
    output = Buffer.concat([output, chunk]);
    const begun = beginningOf(output, marks);
    if (begun !== undefined) {
      channel.off('data', onData);
      channel.pause();
      if (begun.rest.length > 0) channel.unshift(begun.rest);
      channel.write(scriptText(options.script, options.args, marks));
      const script: RemoteScript = { channel, uid: begun.uid, complaints: () => tail(complaints, marks), exited };
      resolve({ state: 'running', script });
    } else if (output.length > mostNoise) {
      reject(sshErrors.SSH_SHELL_UNFIT(name, printable(user), tail(output.toString(), marks)));
    }
  };
  channel.on('data', onData);
  channel.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4096);
    if (!complaints.includes(marks.password)) return;
    complaints = complaints.replaceAll(marks.password, '');
    if (privilege !== 'root') return reject(sshErrors.SUDO_UNASKED(name, printable(user)));
    // Asked again: what it got was wrong.
    if (password === undefined || sent) return resolve({ state: 'password-wanted' });
    sent = true;
    channel.write(`${password}\n`);
  });
  void exited.then(() => {
    const told = explainSudo({ account: { host: name, user }, output: output.toString(), complaints, marks, sent });
    if (told === 'wrong-password') resolve({ state: 'password-wanted' });
    else reject(connection.isOpen ? told : lost(connection));
  });
  void connection.ended.then(reject);
  channel.on('error', () => undefined);
  channel.write(`${bootstrapLine(marks, privilege)}\n`);
  try {
    const outcome = await promise;
    if (outcome.state === 'password-wanted') {
      // sudo ends when it is given nothing. Its session counts until then, where only one is allowed.
      channel.end();
      const end = setTimeout(() => channel.close(), 10_000);
      await Promise.race([exited, connection.ended]);
      clearTimeout(end);
    }
    return outcome;
  } catch (error) {
    channel.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const lost = (connection: SshConnection): OoError =>
  sshErrors.SSH_CONNECTION_LOST(connection.settings.name, 'a command ended with it');

/** What follows the line that begins our output. */
function beginningOf(output: Buffer, marks: Marks): { uid: number; rest: Buffer } | undefined {
  const at = output.indexOf(`\n${marks.begin} `);
  const end = at < 0 ? -1 : output.indexOf('\n', at + 1);
  if (end < 0) return undefined;
  return { uid: Number(output.toString('latin1', at + marks.begin.length + 2, end)), rest: output.subarray(end + 1) };
}

function exitOf(channel: ClientChannel): Promise<number | undefined> {
  return new Promise((resolve) => {
    let code: number | undefined;
    channel.on('exit', (status: number | null) => (code = status ?? undefined));
    channel.on('close', () => resolve(code));
  });
}

/** The last lines, without our own marks, for a message. */
function tail(text: string, marks: Marks): string {
  const own = Object.values(marks) as string[];
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !own.some((mark) => line.includes(mark)));
  return printable(lines.slice(-3).join('; ')).slice(-300);
}
