import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';

/** A user that nobody is: dockerd cannot start as one, and nobody else reads what is that user's alone. */
const nobody = 4_000_123;

/**
 * Has this server's own dockerd read a configuration together with the flags that it is started with, and answers its objection, or nothing. From 23.0 on
 * by `--validate`. An older one reads it too before it notices that it was not started by root, and gets no further: so it is started by a user who
 * has no rights.
 */
export async function objectionTo(content: string, argv: readonly string[], runDir: string): Promise<string> {
  const file = join(runDir, `daemon.${randomUUID()}.json`);
  const [program = 'dockerd', ...given] = argv;
  const flags = given.filter((word, index) => !word.startsWith('--config-file') && given[index - 1] !== '--config-file');
  try {
    await writeFile(file, content, { mode: 0o400, flag: 'wx' });
    const validated = await runCommand([program, ...flags, '--config-file', file, '--validate'], { timeout: 20_000 });
    if (validated.code === 0) return '';
    if (!/unknown flag: --validate/.test(validated.stderr)) return objectionIn(validated.stderr, file);
    await chown(file, nobody, nobody);
    return objectionIn(await startedByNobody([program, ...flags, '--config-file', file]), file);
  } finally {
    await rm(file, { force: true });
  }
}

/** Its objection to the configuration; whatever else keeps it from starting is none of ours. */
function objectionIn(output: string, file: string): string {
  const line = output
    .split('\n')
    .find((candidate) => /unable to configure the Docker daemon|configuration|invalid|merging/i.test(candidate));
  return (line ?? '')
    .replace(/^.*unable to configure the Docker daemon with file \S+: /, '')
    .replaceAll(file, 'daemon.json')
    .trim();
}

function startedByNobody([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
    const child = spawn(program, args, {
      uid: nobody,
      gid: nobody,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.on('error', () => resolve(''));
    child.on('close', () => resolve(output));
  });
}
