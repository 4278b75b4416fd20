import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { patient } from './patience.ts';

/** etcd as Debian trixie packages it (test/setup/unpacked.sh), unmodified. */
export const etcdProgram = join(packageRoot(), '.cache', 'etcd-trixie', 'usr', 'bin', 'etcd');

export interface EtcdOptions {
  /** @default 1 */
  readonly members?: number;
  /** Whether writes are on disk before they are answered: not needed where nothing is pulled away. @default false */
  readonly fsync?: boolean;
  /** TLS for clients: paths of PEM files; clients must show a certificate of the authority. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Further flags of etcd. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** One process of a cluster. */
export interface EtcdProcess {
  readonly url: string;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal and does not wait: SIGSTOP hangs it. */
  signal(signal: NodeJS.Signals): void;
  /** Starts it again on the same data. */
  start(): Promise<void>;
}

/** An etcd cluster on loopback, as processes of this one. */
export interface Etcd extends AsyncDisposable {
  readonly endpoints: readonly string[];
  readonly members: readonly EtcdProcess[];
  /** The member that leads now. */
  leader(): Promise<EtcdProcess>;
}

/** Starts a cluster; resolves when each member says that it is healthy. Disposed of with `await using`. */
export async function startEtcd(options: EtcdOptions = {}): Promise<Etcd> {
  if (!existsSync(etcdProgram)) throw new Error(`${etcdProgram} is not there: test/run installs it`);
  const folder = await mkdtemp(join(tmpdir(), 'oo-etcd-'));
  const count = options.members ?? 1;
  const ports = await freePorts(3 * count);
  const names = Array.from({ length: count }, (_, i) => `m${i}`);
  const peers = names.map((_, i) => `http://127.0.0.1:${ports[count + i]}`);
  const scheme = options.tls === undefined ? 'http' : 'https';
  const members = names.map((name, i) =>
    etcdProcess({
      url: `${scheme}://127.0.0.1:${ports[i]}`,
      metrics: `http://127.0.0.1:${ports[2 * count + i]}`,
      args: flags({
        name,
        'data-dir': join(folder, name),
        'log-level': 'error',
        'listen-client-urls': `${scheme}://127.0.0.1:${ports[i]}`,
        'advertise-client-urls': `${scheme}://127.0.0.1:${ports[i]}`,
        'listen-peer-urls': peers[i]!,
        'initial-advertise-peer-urls': peers[i]!,
        'initial-cluster': names.map((other, j) => `${other}=${peers[j]}`).join(),
        'listen-metrics-urls': `http://127.0.0.1:${ports[2 * count + i]}`,
        'max-request-bytes': String(8 << 20),
        'unsafe-no-fsync': String(options.fsync !== true),
        ...(options.tls && {
          'trusted-ca-file': options.tls.ca,
          'cert-file': options.tls.cert,
          'key-file': options.tls.key,
          'client-cert-auth': 'true',
        }),
        ...options.flags,
      }),
    }),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(members.map((member) => member.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoints: members.map(({ url }) => url),
    members,
    leader: () =>
      eventually(
        async () => {
          for (const member of members) if (await member.leads()) return member;
          throw new Error('no member leads');
        },
        { timeout: 15_000 },
      ),
    [Symbol.asyncDispose]: stop,
  };
}

const flags = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

interface MetricsOfMember extends EtcdProcess {
  leads(): Promise<boolean>;
}

function etcdProcess({ url, metrics, args }: { url: string; metrics: string; args: readonly string[] }): MetricsOfMember {
  let child: ChildProcess | undefined;
  const atExit = (): void => void child?.kill('SIGKILL');
  const running = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    url,
    async start() {
      let complaint = '';
      child = spawn(etcdProgram, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr!.on('data', (chunk: Buffer) => (complaint = (complaint + String(chunk)).slice(-2000)));
      process.on('exit', atExit);
      await eventually(
        async () => {
          if (!running()) throw new Error(`etcd ended: ${complaint}`);
          const { health } = (await (await fetch(`${metrics}/health`)).json()) as { health: string };
          if (health !== 'true') throw new Error('etcd is not healthy');
        },
        { timeout: 20_000 },
      );
    },
    signal: (signal) => void child?.kill(signal),
    async kill(signal = 'SIGKILL') {
      process.off('exit', atExit);
      if (!running()) return;
      const gone = new Promise((resolve) => child!.once('exit', resolve));
      child!.kill(signal);
      // A hung one gets its end only when it goes on.
      child!.kill('SIGCONT');
      await gone;
    },
    async leads() {
      if (!running()) return false;
      const answer = await fetch(`${metrics}/metrics`, { signal: AbortSignal.timeout(patient(1_000)) }).catch(() => undefined);
      return /^etcd_server_is_leader 1$/m.test((await answer?.text()) ?? '');
    },
  };
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
