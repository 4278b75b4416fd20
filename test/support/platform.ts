import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import type { PlatformConfigInput } from '../../lib/platform/config/platform-config.ts';
import { apiCaller } from './api-caller.ts';
import { eventually } from './eventually.ts';
import { isAlive } from './claims.ts';
import { ensureStartingImages } from './images.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { patient } from './patience.ts';
import { takeSlot, type PlatformSlot } from './platform-slot.ts';
import { runCommand } from './run-command.ts';

export interface TestPlatformOptions {
  /** Laid over the slot's configuration. */
  readonly config?: PlatformConfigInput;
  /** `master`: API and controllers, no node. @default 'all' */
  readonly parts?: 'all' | 'master';
  /** The program of the daemon. @default this checkout's source */
  readonly program?: string;
}

/**
 * A whole platform as its own process, as on a server: own data folder, ports, networks and bridge, on this machine's Docker.
 * Several run side by side. Disposed of with `await using`.
 */
export interface TestPlatform extends AsyncDisposable {
  /** `https://192.0.2.7:20000` */
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly dataDir: string;
  readonly nodeName: string;
  readonly config: PlatformSlot['config'];
  readonly kubectl: Kubectl;
  /** Of the daemon that runs now. */
  pid(): number;
  /** The daemon's log so far. */
  log(): string;
  /** Sends a signal and waits until the daemon is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts the daemon again on the same data; resolves when the API answers. */
  start(): Promise<void>;
  /** Stops it and removes all that it left: containers, network, data. */
  stop(): Promise<void>;
}

const START_TIMEOUT = 30_000;
const STOP_TIMEOUT = patient(30_000);

/** Starts a platform; resolves when the API answers and, unless without one, the node is Ready. */
export async function startPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const [slot] = await Promise.all([takeSlot(reap), options.parts === 'master' ? undefined : ensureStartingImages()]);
  // What the registry has must not depend on the images that this machine happens to have.
  const registry = { builderImages: [], ...(options.config?.registry ?? slot.config.registry) };
  const config = { ...slot.config, ...options.config, registry };
  const configFile = join(slot.folder, 'config.yaml');
  // JSON is YAML.
  writeFileSync(configFile, JSON.stringify(config));
  const platform = testPlatform(slot, configFile, config as PlatformSlot['config'], options);
  try {
    await platform.start();
    if (options.parts !== 'master') {
      await eventually(() => nodeIsReady(platform), { timeout: START_TIMEOUT, what: 'the node to be ready' });
    }
  } catch (error) {
    const log = platform.log();
    await platform.stop();
    throw new Error(`the platform did not start; its log ends with\n${log.slice(-5000)}`, { cause: error });
  }
  return platform;
}

async function nodeIsReady({ kubeconfigPath, nodeName }: TestPlatform): Promise<boolean> {
  const { status, text, object } = await (
    await apiCaller(kubeconfigPath)
  )('GET', `/api/v1/nodes/${nodeName}`, { timeout: patient(5_000) });
  if (status !== 200) throw new Error(text);
  const conditions = object['status'].conditions as readonly { readonly type: string; readonly status: string }[];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

function testPlatform(
  slot: PlatformSlot,
  configFile: string,
  config: PlatformSlot['config'],
  { parts = 'all', program = SOURCE }: TestPlatformOptions,
): TestPlatform {
  const kubeconfigPath = join(config.dataDir, 'kubeconfig', 'admin.kubeconfig');
  const kubectl = createKubectl(kubeconfigPath, join(slot.folder, 'home'));
  const logFile = join(slot.folder, 'daemon.log');
  let child: ChildProcess | undefined;
  const atExit = (): void => void child?.kill('SIGKILL');
  process.on('exit', atExit);

  const platform: TestPlatform = {
    get url() {
      return /server: ["']?([^\s"']+)/.exec(readFileSync(kubeconfigPath, 'utf8'))?.[1] ?? '';
    },
    kubeconfigPath,
    dataDir: config.dataDir,
    nodeName: config.nodeName,
    config,
    kubectl,
    pid: () => child!.pid!,
    log: () => readFileSync(logFile, 'utf8'),
    async kill(signal = 'SIGKILL') {
      const running = child;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const gone = new Promise((resolve) => running.once('exit', resolve));
      running.kill(signal);
      const timer = setTimeout(() => running.kill('SIGKILL'), STOP_TIMEOUT);
      await gone;
      clearTimeout(timer);
    },
    async start() {
      const log = openSync(logFile, 'a');
      const words = ['start', ...(parts === 'master' ? ['master'] : []), '--config', configFile];
      child = spawn(process.execPath, openshift(program, ...words), { stdio: ['ignore', log, log] });
      closeSync(log);
      writeFileSync(join(slot.folder, 'daemon'), String(child.pid));
      await eventually(
        async () => {
          if (child!.exitCode !== null) throw new Error(`the daemon ended with code ${child!.exitCode}`);
          // Not by kubectl: some dozen of them are half of what a start takes.
          const call = await apiCaller(kubeconfigPath);
          const { status, text } = await call('GET', '/readyz', { timeout: patient(5_000) });
          if (status !== 200) throw new Error(`/readyz: ${status} ${text}`);
        },
        { timeout: START_TIMEOUT },
      );
    },
    async stop() {
      await platform.kill('SIGTERM');
      process.off('exit', atExit);
      await cleanUp(configFile, config.nodeName, config.dataDir);
      slot.release();
    },
    [Symbol.asyncDispose]: () => platform.stop(),
  };
  return platform;
}

const SOURCE = join(packageRoot(), 'bin', 'openshift.ts');
const openshift = (program: string, ...args: string[]): string[] => ['--disable-warning=ExperimentalWarning', program, ...args];

/**
 * The containers at once, since nobody wants their last words, everything else by the daemon's own command, and then by hand what it may have missed:
 * a test must not leave anything behind.
 */
async function cleanUp(configFile: string, nodeName: string, dataDir: string): Promise<void> {
  const { stdout } = await runCommand(['docker', 'ps', '-aq', '--no-trunc', '--filter', `label=io.openshift.node=${nodeName}`]);
  const left = stdout.split('\n').filter((id) => id !== '');
  if (left.length > 0) await runCommand(['docker', 'rm', '-fv', ...left], { anyCode: true });
  await runCommand([process.execPath, ...openshift(SOURCE, 'node', 'cleanup', '--config', configFile)], { anyCode: true });
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  for (const target of mounts.map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(`${dataDir}/`))) {
    await runCommand(['umount', '-l', target], { anyCode: true });
  }
}

/** Clears up after a test process that died: its daemon may still run. */
export async function reap(folder: string): Promise<void> {
  const configFile = join(folder, 'config.yaml');
  try {
    const daemon = Number(readFileSync(join(folder, 'daemon'), 'utf8'));
    // The number may belong to another program by now.
    if (isAlive(daemon) && readFileSync(`/proc/${daemon}/cmdline`, 'utf8').includes(configFile)) process.kill(daemon, 'SIGKILL');
    const config = JSON.parse(readFileSync(configFile, 'utf8')) as { nodeName: string; dataDir: string };
    await cleanUp(configFile, config.nodeName, config.dataDir);
  } catch {
    // It died before it had made anything.
  }
}
