import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../common/assets.ts';
import { labErrors } from './lab-errors.ts';
import type { LabContext } from './provider.ts';

/**
 * The packages that only labs on AWS need (`peerDependencies` in package.json): fetched when they are first asked for, exactly as package-lock.json
 * has them. The launcher does it, as it did the first run: it knows how to get npm, and keeps two runs apart.
 * docs/adr/0010-packages-for-aws.md
 * @param root the checkout
 * @throws OoError LAB_AWS_NEEDS_CHECKOUT, LAB_AWS_PACKAGES_MISSING; what the signal aborts with
 */
export async function bringAwsPackages(
  { report, signal }: Pick<LabContext, 'report' | 'signal'>,
  root: string = packageRoot(),
): Promise<void> {
  const launcher = join(root, 'bin', 'oo-install');
  if (!existsSync(launcher)) throw labErrors.LAB_AWS_NEEDS_CHECKOUT();
  if (await arePresent(root)) return;
  const tell = (state: 'running' | 'done', message: string) => report({ subject: '', state, message });
  tell('running', 'what labs on AWS need is fetched into node_modules, once (330 MB)');
  const { code, lines } = await runLauncher(launcher, signal, (line) => tell('running', line));
  signal.throwIfAborted();
  if (code !== 0 || !(await arePresent(root))) throw labErrors.LAB_AWS_PACKAGES_MISSING(lines);
  tell('done', 'what labs on AWS need is in node_modules');
}

/** Moved in whole, one by one: all that are named, and no mark of a run that was cut off. */
async function arePresent(root: string): Promise<boolean> {
  const { peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  const modules = join(root, 'node_modules');
  const isThere = (name: string) => existsSync(join(modules, name, 'package.json'));
  return Object.keys(peerDependencies).every(isThere) && !existsSync(join(modules, '.oo-aws-unfinished'));
}

/** Tells what the launcher says itself; keeps the last lines of all, for the error. Aborted, the launcher ends npm. */
async function runLauncher(
  launcher: string,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
  signal.throwIfAborted();
  const child = spawn('sh', [launcher, '--fetch-aws-packages'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const lines: string[] = [];
  const readLines = async () => {
    for await (const line of createInterface({ input: child.stderr })) {
      const [, own] = /^oo-install: (.*)/.exec(line) ?? [];
      lines.push(own ?? line);
      if (own !== undefined) tell(own);
    }
  };
  try {
    const [code] = await Promise.all([ended, readLines()]);
    return { code, lines: lines.filter((line) => line.trim() !== '').slice(-12) };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
