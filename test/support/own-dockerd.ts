import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
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
      // As its unit does (Restart=always): one that gave up, for instance on a containerd that was slow to start, is started again.
      const start = async (): Promise<void> => {
        if (child === undefined || hasEnded(child)) child = spawnDockerd(dir, socketPath, options.liveRestore);
        await dockerRuntime({ socketPath }).version();
      };
      try {
        await eventually(start, { timeout: 60_000 });
      } catch (error) {
        throw new Error(`no answer from dockerd; its log ends with\n${readFileSync(join(dir, 'log'), 'utf8').slice(-3000)}`, {
          cause: error,
        });
      }
    },
    async stop(signal) {
      if (child !== undefined && !hasEnded(child)) {
        const ended = once(child, 'exit');
        child.kill(signal);
        await ended;
      }
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

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

function spawnDockerd(dir: string, socketPath: string, liveRestore: boolean): ChildProcess {
  const log = openSync(join(dir, 'log'), 'a');
  const args = [
    `--data-root=${join(dir, 'data')}`,
    `--exec-root=${join(dir, 'exec')}`,
    `--pidfile=${join(dir, 'pid')}`,
    `--host=unix://${socketPath}`,
    '--bridge=none',
    '--iptables=false',
    ...(liveRestore ? ['--live-restore'] : []),
  ];
  try {
    // In a network namespace of its own: with --bridge=none a daemon deletes docker0, which is the machine's daemon's.
    return spawn('unshare', ['--net', 'dockerd', ...args], { stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}
