import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { errorText } from '../../../common/errors.ts';
import { docker, foreignContainers } from '../handlers/docker-handlers.ts';
import { lastLines, mustRun, runCommand } from '../run-command.ts';
import { daemonCommand, daemonPid, dockerUnit } from './daemon-command.ts';
import type { JsonObject } from './json-text.ts';

/** ms for dockerd to answer after a start: it loads its containers first, of which a slow machine may have many. */
const patience = 180_000;

/**
 * Settings that dockerd takes over while it runs (`daemon reload` in Docker's documentation, "Configuration reload behavior"). Everything else
 * needs a restart.
 */
const reloadable: ReadonlySet<string> = new Set([
  'debug',
  'labels',
  'live-restore',
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'max-download-attempts',
  'default-runtime',
  'runtimes',
  'authorization-plugins',
  'insecure-registries',
  'registry-mirrors',
  'shutdown-timeout',
]);

/** Whether a running dockerd takes up a change of these keys by SIGHUP; else it must be restarted. */
export const canReload = (keys: readonly string[]): boolean => keys.every((key) => reloadable.has(key));

/** Whether something here can restart it. */
export const underSystemd = (): boolean => existsSync('/run/systemd/system');

/**
 * Names of containers of others that a restart would stop: none when the Docker that runs leaves them running, and the one that comes keeps them
 * (`after`: what its configuration will say; one without live-restore ends those that it finds running).
 */
export async function stoppedByRestart(after: JsonObject): Promise<string[]> {
  const info = (await (await docker()).info()) as { LiveRestoreEnabled?: boolean };
  const kept = after['live-restore'] === true || (await daemonCommand()).some((word) => /^--live-restore(=true)?$/.test(word));
  if (info.LiveRestoreEnabled === true && kept) return [];
  return (await foreignContainers()).filter(({ running }) => running).map(({ name }) => name);
}

/** Has dockerd read its file anew, without a restart. */
export async function reloadDocker(): Promise<void> {
  const pid = await daemonPid();
  if (pid !== undefined) process.kill(pid, 'SIGHUP');
}

/** Restarts it, and waits until it answers. Rejects with what it said last when it does not. */
export async function restartDocker(): Promise<void> {
  if (underSystemd()) {
    await mustRun(['systemctl', 'daemon-reload']);
    // One that crashed often enough is refused until its counter is reset.
    await runCommand(['systemctl', 'reset-failed', dockerUnit]);
    const { code } = await runCommand(['systemctl', 'restart', dockerUnit], { timeout: 180_000 });
    if (code !== 0) throw new Error(await lastWords());
  }
  await untilItAnswers();
}

async function untilItAnswers(): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      await (await docker()).ping();
      return;
    } catch (error) {
      const { stdout } = await runCommand(['systemctl', 'is-failed', dockerUnit]);
      const failed = underSystemd() && stdout.trim() === 'failed';
      if (failed || performance.now() > deadline) throw new Error(`${errorText(error)}; ${await lastWords()}`, { cause: error });
    }
    await delay(100);
  }
}

/** The lines of dockerd's log that tell why. */
async function lastWords(): Promise<string> {
  const { stdout } = await runCommand(['journalctl', '--no-pager', '-q', '-o', 'cat', '-n', '40', '-u', dockerUnit]);
  const telling = stdout.split('\n').filter((line) => /level=(fatal|error)|failed to start daemon|unable to|error/i.test(line));
  return lastLines([...new Set(telling)].join('\n') || stdout, 3);
}
