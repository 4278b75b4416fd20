import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerRuntime } from '../../lib/platform/runtime/docker.ts';
import { unmountAll } from '../../lib/platform/node/kubelet/volumes/mounts.ts';
import { eventually } from './eventually.ts';
import { runCommand } from './run-command.ts';

/** A Docker daemon of a test's own, which it may kill. `await using` ends it. */
export interface OwnDockerd extends AsyncDisposable {
  readonly socketPath: string;
  start(): Promise<void>;
  /** Resolves when the process has ended. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** `images` are copied from the machine's own daemon. */
export async function ownDockerd(options: { liveRestore: boolean; images: readonly string[] }): Promise<OwnDockerd> {
  const dir = mkdtempSync(join(tmpdir(), 'oo-dockerd-'));
  const socketPath = join(dir, 'docker.sock');
  let child: ChildProcess | undefined;
  const own: OwnDockerd = {
    socketPath,
    async start() {
      const log = openSync(join(dir, 'log'), 'a');
      const args = [
        `--data-root=${join(dir, 'data')}`,
        `--exec-root=${join(dir, 'exec')}`,
        `--pidfile=${join(dir, 'pid')}`,
        `--host=unix://${socketPath}`,
        '--bridge=none',
        '--iptables=false',
        ...(options.liveRestore ? ['--live-restore'] : []),
      ];
      // In a network namespace of its own: with --bridge=none a daemon deletes docker0, which is the machine's daemon's.
      child = spawn('unshare', ['--net', 'dockerd', ...args], { stdio: ['ignore', log, log] });
      const runtime = dockerRuntime({ socketPath });
      await eventually(() => runtime.version(), { timeout: 30_000 });
    },
    async stop(signal) {
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill(signal);
      await ended;
      // A killed daemon leaves its socket and its process id, which may be another's by the next start.
      rmSync(join(dir, 'pid'), { force: true });
      // Where nobody reaps orphans, the next daemon would take the dead containerd for a living one.
      rmSync(join(dir, 'exec', 'containerd', 'containerd.pid'), { force: true });
    },
    async [Symbol.asyncDispose]() {
      await own.stop('SIGTERM');
      await unmountAll(dir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await own.start();
  for (const image of options.images) {
    const saver = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] });
    await runCommand(['docker', '-H', `unix://${socketPath}`, 'load', '-q'], { stdin: saver.stdout! });
  }
  return own;
}
