import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../common/assets.ts';
import { OoError } from '../../common/errors.ts';
import type { AgentConnection } from '../agent/agent-client.ts';
import type { Artifact } from '../artifacts/artifact.ts';
import { placeTree } from '../agent/place-tree.ts';
import { newMarks } from './ssh/bootstrap.ts';
import { readSecretFile } from './ssh/secret-file.ts';
import { sshErrors } from './ssh/ssh-errors.ts';
import { explainSudo } from './ssh/sudo-failure.ts';
import type { FileToSend, Transport } from './transport.ts';

const agentEntry = fileURLToPath(new URL('../agent/main.ts', import.meta.url));

/** This very machine. Not root: everything that needs root goes through sudo, which asks on the terminal itself. */
export function localTransport(): Transport {
  const isRoot = process.getuid?.() === 0;
  /** `-n`: does not ask. */
  const asRoot = (argv: readonly string[], ask = true): readonly string[] =>
    isRoot ? argv : ['sudo', ...(ask ? [] : ['-n']), '--', ...argv];

  return {
    name: 'localhost',

    runScript: async (script, args) => {
      // Without a password that is known already, it looks as the user that we are: enough to judge what is missing.
      const canSudo = !isRoot && (await finished(start(['sudo', '-n', 'true']))).code === 0;
      const argv = ['/bin/sh', '-s', ...args];
      const child = start(canSudo ? asRoot(argv, false) : argv);
      child.stdin?.end(script);
      return (await finished(child)).stdout;
    },

    place: async (artifact: Artifact, target, onProgress) => {
      if (isRoot) {
        await placeTree(target, artifact.files);
        return onProgress(artifact.size);
      }
      const request = [{ target, files: artifact.files }];
      const child = start(asRoot([...ownNode(), agentEntry, 'place']));
      child.stdin?.end(JSON.stringify(request));
      const { code, stderr } = await finished(child);
      if (code !== 0) throw notRoot(`putting the ${artifact.kind} in place failed: ${stderr.trim()}`);
      onProgress(artifact.size);
    },

    // Root reads it where it is.
    send: async (file: FileToSend) => file.source,

    connect: async (argv): Promise<AgentConnection> => {
      const child = start(asRoot(argv));
      const ended = finished(child).then(({ code, stderr }) => new Error(stderr.trim() || `the relay ended with status ${code}`));
      child.stdin?.on('error', () => undefined);
      return { input: child.stdout!, output: child.stdin!, ended, close: () => child.stdin?.end() };
    },

    close: async () => undefined,
  };
}

/** How sudo may be told the password of whoever runs us. */
export interface LocalSudo {
  /** Whether a terminal is there, on which sudo asks by itself. */
  readonly interactive: boolean;
  /** Comes before the terminal. */
  readonly passwordFile?: string | undefined;
}

/**
 * Has sudo take the password, if it must, once and before anything is drawn: out of a file, or asked on the terminal, where we never see it. sudo remembers it
 * for what we start: by the terminal, or by this very process where there is none (sudoers(5), timestamp_type).
 * @throws OoError SUDO_PASSWORD_NEEDED, SUDO_PASSWORD_WRONG, SUDO_NOT_ALLOWED, SUDO_MISSING, LOCAL_ROOT_FAILED
 */
export async function authenticateLocally({ interactive, passwordFile }: LocalSudo): Promise<void> {
  if (process.getuid?.() === 0) return;
  const silent = await finished(start(['sudo', '-n', 'true']));
  if (silent.code === 0) return;
  const { username } = userInfo();
  if (silent.code === 127) throw sshErrors.SUDO_MISSING('localhost', username, '');
  if (passwordFile !== undefined) return authenticateWith(await readSecretFile(passwordFile), username);
  if (!interactive) {
    if (/password is required|terminal is required/.test(silent.stderr))
      throw sshErrors.SUDO_PASSWORD_NEEDED('localhost', username);
    throw refusal(silent.stderr, username, false);
  }
  const child = spawn('sudo', ['-v', '-p', 'oo-install needs root on this machine. Password of %p: '], { stdio: 'inherit' });
  const [code] = await once(child, 'close').catch(() => [127]);
  if (code !== 0) throw notRoot('sudo did not let this user become root');
}

/** sudo reads it from standard input (-S), and gives it to no program: -v starts none. */
async function authenticateWith(password: string, username: string): Promise<void> {
  const child = start(['sudo', '-S', '-p', '', '-v']);
  child.stdin?.end(`${password}\n`);
  const { code, stderr } = await finished(child);
  if (code !== 0) throw refusal(stderr, username, true);
  if ((await finished(start(['sudo', '-n', 'true']))).code === 0) return;
  throw notRoot('sudo wants the password anew for each command (timestamp_timeout in sudoers), and there is no terminal');
}

function refusal(complaints: string, user: string, sent: boolean): OoError {
  const marks = newMarks();
  const told = explainSudo({ account: { host: 'localhost', user }, output: marks.shell, complaints, marks, sent });
  return told === 'wrong-password' ? sshErrors.SUDO_PASSWORD_WRONG('localhost', user, 1) : told;
}

/** The Node that runs us, as an argument array. It may need the launcher's libatomic, which is not in our environment any more. */
function ownNode(): string[] {
  const library = join(packageRoot(), 'node_modules', '.oo-runtime', 'lib');
  return existsSync(library) ? ['env', `LD_LIBRARY_PATH=${library}`, process.execPath] : [process.execPath];
}

function notRoot(message: string): OoError {
  return new OoError('LOCAL_ROOT_FAILED', 'connection', message, { hint: 'run as root, or as a user who may use sudo' });
}

/** Both outputs piped; the terminal stays the controlling one, so that sudo can ask on it. */
function start(argv: readonly string[]): ChildProcess {
  const [program = '', ...args] = argv;
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
}

async function finished(child: ChildProcess): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdin?.on('error', () => undefined);
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  // A relay's output is read by its owner.
  if (child.spawnargs.at(-1) !== 'connect') child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? 128, stdout, stderr };
  } catch (error) {
    return { code: 127, stdout, stderr: (error as Error).message };
  }
}
