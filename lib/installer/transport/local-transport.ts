import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../common/assets.ts';
import { OoError } from '../../common/errors.ts';
import type { AgentConnection } from '../agent/agent-client.ts';
import type { Artifact } from '../artifacts/artifact.ts';
import { placeTree } from '../agent/place-tree.ts';
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

/**
 * Has sudo ask for the password, if it must, once and on the terminal itself, before anything is drawn on it. We never see it. Without a
 * terminal sudo says so when it is needed.
 */
export async function authenticateLocally(): Promise<void> {
  if (process.getuid?.() === 0 || process.stdin.isTTY !== true) return;
  if ((await finished(start(['sudo', '-n', 'true']))).code === 0) return;
  const child = spawn('sudo', ['-v', '-p', 'oo-install needs root on this machine. Password of %p: '], { stdio: 'inherit' });
  const [code] = await once(child, 'close').catch(() => [127]);
  if (code !== 0) throw notRoot('sudo did not let this user become root');
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
