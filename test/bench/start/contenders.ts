import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openshiftBundle } from '../../../lib/installer/artifacts/bundle.ts';
import { daemonEnvironment, daemonNodeFlags } from '../../../lib/installer/phases/install-runtime.ts';
import { packageRoot } from '../../../lib/common/assets.ts';
import { ensureAuthority } from '../../../lib/platform/pki/authority.ts';
import { runCommand } from '../../support/run-command.ts';
import type { Contender } from '../harness.ts';
import { isReady } from '../is-ready.ts';

const START_TIMEOUT = 30_000;
/** Memory is read that long (ms) after the first answer: the node has registered and the caches are filled. */
const SETTLE = 4_000;
const PORT = 27_443;

type DisposableContender = Contender & AsyncDisposable;

/** Our daemon, whole, from the bundle. Nothing but itself runs on it. */
export async function platformStart({ fresh }: { fresh: boolean }): Promise<DisposableContender> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
  const artifact = await openshiftBundle({ cacheDir: join(packageRoot(), '.cache', 'bench') });
  const program = artifact.files.find(({ path }) => path === 'openshift.mjs')!.source;
  const config = join(folder, 'config.yaml');
  const dataDir = join(folder, 'data');
  const settings = {
    nodeName: 'bench-start',
    listen: `127.0.0.1:${PORT}`,
    dataDir,
    clusterCIDR: '10.230.0.0/16',
    serviceCIDR: '172.29.230.0/24',
    kubelet: { port: PORT + 1 },
    dns: { port: PORT + 2 },
    cni: { bridge: 'oobench0' },
  };
  await writeFile(config, JSON.stringify(settings));
  return {
    name: 'openshift start',
    async run() {
      const measured = await measure([...daemonNodeFlags, program, 'start', '--config', config], daemonEnvironment);
      if (fresh) {
        await runCommand([process.execPath, program, 'node', 'cleanup', '--config', config]);
        await rm(dataDir, { recursive: true });
      }
      return measured;
    },
    async [Symbol.asyncDispose]() {
      await runCommand([process.execPath, program, 'node', 'cleanup', '--config', config], { anyCode: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The floor: certificates read from disk, one handler. */
export async function plainServer(): Promise<DisposableContender> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-floor-'));
  const authority = await ensureAuthority(folder);
  const { certPem, keyPem } = await authority.issue({ commonName: 'floor', ipAddresses: ['127.0.0.1'], usages: ['server'] });
  const program = join(folder, 'server.mjs');
  await writeFile(join(folder, 'pair.json'), JSON.stringify({ cert: certPem, key: keyPem }), { mode: 0o600 });
  await writeFile(
    program,
    `import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
createServer(JSON.parse(readFileSync(new URL('pair.json', import.meta.url))), (_, res) => res.end('ok')).listen(${PORT}, '127.0.0.1');`,
  );
  return {
    name: 'plain node:https',
    run: () => measure([program]),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function measure(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ 'ready ms': number; 'idle MiB': number }> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment },
  });
  try {
    while (!(await isReady(PORT))) {
      if (child.exitCode !== null) throw new Error(`${args[0]} ended with code ${child.exitCode}`);
      if (performance.now() - began > START_TIMEOUT) throw new Error(`${args[0]} did not answer in ${START_TIMEOUT} ms`);
    }
    const ready = performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, SETTLE));
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return { 'ready ms': ready, 'idle MiB': Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024 };
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
}
