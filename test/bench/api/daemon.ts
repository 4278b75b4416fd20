import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/common/assets.ts';
import { openshiftBundle } from '../../../lib/installer/artifacts/bundle.ts';
import { daemonEnvironment, daemonNodeFlags } from '../../../lib/installer/phases/install-runtime.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { isReady } from '../is-ready.ts';
import { eventually } from '../../support/eventually.ts';

const START_TIMEOUT = 120_000;
const PORT = 27_463;

/** `openshift start master` from the bundle that servers run, on a data folder of its own that survives its restarts. */
export interface Daemon extends AsyncDisposable {
  /** Starts it; resolves to the ms from exec until /readyz says ok. */
  start(): Promise<number>;
  stop(): Promise<void>;
  /** Resident memory of the process, MiB. */
  memory(): Promise<number>;
  /** A request by the administrator. Throws when the answer is none of success. */
  call(method: string, path: string, body?: string): Promise<string>;
}

export async function daemon(): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-daemon-'));
  const dataDir = join(folder, 'data');
  const config = join(folder, 'config.yaml');
  await writeFile(config, JSON.stringify({ nodeName: 'bench', listen: `127.0.0.1:${PORT}`, dataDir }));
  const artifact = await openshiftBundle({ cacheDir: join(packageRoot(), '.cache', 'bench') });
  const program = artifact.files.find(({ path }) => path === 'openshift.mjs')!.source;
  const args = [...daemonNodeFlags, program, 'start', 'master', '--config', config];
  let child: ReturnType<typeof spawn> | undefined;
  let agent: Agent | undefined;

  const stop = async (): Promise<void> => {
    agent?.destroy();
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  return {
    async start() {
      const began = performance.now();
      child = spawn(process.execPath, args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, ...daemonEnvironment },
      });
      while (!(await isReady(PORT))) {
        if (child.exitCode !== null) throw new Error(`openshift start ended with code ${child.exitCode}`);
        if (performance.now() - began > START_TIMEOUT) throw new Error(`openshift start is not ready after ${START_TIMEOUT} ms`);
      }
      const ready = performance.now() - began;
      const kubeconfig = join(dataDir, 'kubeconfig', 'admin.kubeconfig');
      // Written a moment after the first good answer of the very first start.
      await eventually(() => readKubeconfig(kubeconfig));
      const { caPem, certPem, keyPem } = await readKubeconfig(kubeconfig);
      agent = new Agent({ keepAlive: true, ca: caPem, cert: certPem, key: keyPem });
      return ready;
    },
    stop,
    async memory() {
      const status = await readFile(`/proc/${child!.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
    },
    call(method, path, body) {
      return new Promise((resolve, reject) => {
        const headers =
          body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
        const outgoing = request({ agent, host: '127.0.0.1', port: PORT, method, path, headers }, async (answer) => {
          const parts: Buffer[] = [];
          for await (const part of answer) parts.push(part as Buffer);
          const text = Buffer.concat(parts).toString();
          if (answer.statusCode! < 300) resolve(text);
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
        });
        outgoing.once('error', reject).end(body);
      });
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
