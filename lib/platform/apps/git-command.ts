import { spawn } from 'node:child_process';
import { appErrors } from './app-errors.ts';

export interface GitRun {
  readonly folder: string;
  readonly signal: AbortSignal;
  /** In place of the environment of whoever calls. */
  readonly env?: Readonly<Record<string, string>>;
  /** What git says goes where we say things, as it comes. */
  readonly streaming?: boolean;
}

/** Of a git that calls us: they would lead ours elsewhere. */
const CALLER = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY', 'GIT_PREFIX'];
/** They would outweigh the working copy's own settings, by which the platform is known. */
const TRUST = ['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_SSL_CERT', 'GIT_SSL_KEY', 'GIT_SSL_NO_VERIFY'];
const FOREIGN = [...CALLER, ...TRUST];

/** Resolves to what git wrote. Nobody is asked for a password. Rejects with APP_GIT_FAILED or APP_GIT_MISSING. */
export function git(args: readonly string[], { folder, signal, env, streaming }: GitRun): Promise<string> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.includes(name)));
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      cwd: folder,
      env: { ...(env ?? own), GIT_TERMINAL_PROMPT: '0' },
      stdio: streaming === true ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let out = '';
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (out = (out + chunk.toString('utf8')).slice(0, 64_000)));
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-2_000)));
    const what = args.find((word) => /^[a-z]/.test(word) && !word.includes('=')) ?? '';
    child.once('error', (cause: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(appErrors.APP_INTERRUPTED());
      else reject(cause.code === 'ENOENT' ? appErrors.APP_GIT_MISSING({ cause }) : appErrors.APP_GIT_FAILED(what, '', { cause }));
    });
    child.once('close', (code) => {
      if (code === 0) resolve(out.trim());
      else if (signal.aborted) reject(appErrors.APP_INTERRUPTED());
      else reject(appErrors.APP_GIT_FAILED(what, said.trim()));
    });
  });
}
