import { spawn } from 'node:child_process';
import type { GitRevision } from '../../../api/build/build-types.ts';
import { BuildError } from '../build-error.ts';

/** Longer than any clone that somebody waits for. */
const CLONE_LIMIT_MS = 30 * 60_000;

/** git in one folder, with an environment that is all it knows. Rejects with a BuildError (FetchSourceFailed). */
export class Git {
  readonly folder: string;
  readonly #env: Record<string, string>;
  readonly #signal: AbortSignal;

  constructor(folder: string, env: Record<string, string>, signal: AbortSignal) {
    this.folder = folder;
    this.#env = env;
    this.#signal = AbortSignal.any([signal, AbortSignal.timeout(CLONE_LIMIT_MS)]);
  }

  /** The same git elsewhere. */
  in(folder: string): Git {
    return new Git(folder, this.#env, this.#signal);
  }

  /** Resolves to what it wrote. */
  run(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn('git', args, {
        cwd: this.folder,
        env: this.#env,
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: this.#signal,
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => (out = (out + chunk.toString('utf8')).slice(0, 64_000)));
      child.stderr.on('data', (chunk: Buffer) => (err = (err + chunk.toString('utf8')).slice(-4000)));
      child.on('error', (cause) => reject(new BuildError('FetchSourceFailed', gitError(cause), { cause })));
      child.on('close', (code) => {
        if (code === 0) resolve(out);
        else reject(new BuildError('FetchSourceFailed', `git ${args[0]} failed: ${lastWords(err) || `exit code ${code}`}`));
      });
    });
  }

  async revision(): Promise<GitRevision> {
    const format = ['%H', '%an', '%ae', '%cn', '%ce', '%s'].join('%x00');
    const fields = (await this.run('log', '-1', '--no-color', `--format=${format}`)).trimEnd().split('\0');
    const [commit = '', author = '', authorEmail = '', committer = '', committerEmail = '', message = ''] = fields;
    return {
      commit,
      author: { name: author, email: authorEmail },
      committer: { name: committer, email: committerEmail },
      message,
    };
  }
}

const gitError = (cause: Error): string =>
  (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'git is not installed here' : 'git was stopped';

/** The line that says why, without the ones around it. */
const lastWords = (text: string): string => {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^(?:fatal|error|remote: .*(?:denied|not found)):?/i.test(line)) ?? lines.at(-1) ?? '';
};
