import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Why tests that need AWS cannot run here, for `test(..., { skip: motoMissing })`: false where they can. A skip is printed, counted, and
 * fails a run of CI that does not expect it.
 */
export const motoMissing: string | false =
  spawnSync('python3', ['-c', 'import moto.server']).status === 0
    ? false
    : 'NO EMULATED AWS: python3 cannot import moto.server (pip install "moto[server,all]==5.2.1")';

/** What a call of AWS' API can meet. `deny`: not authorized; `throttle`: too many requests; `expire`: the token has ended; `fail`: AWS' own fault. */
export type FaultKind = 'deny' | 'throttle' | 'expire' | 'fail';

export interface Fault {
  /** `ec2:DescribeVolumes`, `ec2:*` or `*`. What a stack makes asks too (`ec2:RunInstances`, `ec2:DeleteSubnet`), as CloudFormation does for it. */
  readonly action: string;
  readonly kind: FaultKind;
  /** So many calls. @default all */
  readonly times?: number;
  /** So many calls go through first. @default 0 */
  readonly after?: number;
}

export interface MotoCall {
  /** `ec2:DescribeInstances` */
  readonly action: string;
  readonly region: string;
  readonly refused: FaultKind | null;
}

/** An emulated AWS account on a port of its own. docs/testing.md tells what it does as AWS does. */
export interface Moto extends AsyncDisposable {
  /** `http://localhost:PORT`: with the number in place of the name, moto misreads the address of a template. */
  readonly endpoint: string;
  readonly account: '123456789012';
  /** An image that is there, in every region, with /dev/xvda as its root: what is not there is refused. */
  readonly imageId: string;
  /**
   * The environment in which the CDK, the SDK and oo-install reach it, and nothing of this machine's own account. The CDK does not look for what
   * CloudFormation would refuse: that takes three quarters of a synthesis, and is left to the unit tests of the stacks and to the commands of the docs.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Empties the account and forgets faults and calls. */
  reset(): Promise<void>;
  fault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  /** All calls since the last reset, in their order. */
  calls(): Promise<readonly MotoCall[]>;
  clearCalls(): Promise<void>;
  /** What GetConsoleOutput gives; null: nothing yet. @default the last lines of a boot, with an ed25519 host key of the instance's own */
  setConsole(instance: string, text: string | null): Promise<void>;
  /** Whether new instances say nothing on their consoles until `setConsole` does so for them. @default false */
  keepSilent(kept: boolean): Promise<void>;
  /** The public address of an instance. @default one on loopback that nobody listens on */
  setAddress(instance: string, address: string): Promise<void>;
  /** `setQuota('ec2', 'L-1216C47A', 8)` */
  setQuota(service: string, code: string, value: number): Promise<void>;
  /** What the server printed last: the traces of its own faults. */
  log(): string;
  /** How long each resource of a stack takes to be made or deleted, for tests that come in between. ms. @default 0 */
  setPace(milliseconds: number): Promise<void>;
}

/** @throws Error with what the server printed when it does not start; look at `motoMissing` first */
export async function startMoto(): Promise<Moto> {
  const server = spawn('python3', [fileURLToPath(new URL('moto/server.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let printed = '';
  server.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-8_000)));
  const port = await firstLine(server);
  if (port === undefined) throw new Error(`the emulated AWS did not start:\n${printed}`);
  const endpoint = `http://localhost:${port}`;
  const command = async (method: string, path: string, body?: object): Promise<unknown> => {
    const request = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(`${endpoint}/_emulator/${path}`, request);
    if (!response.ok) throw new Error(`the emulated AWS: ${await response.text()}`);
    return await response.json();
  };
  const tell = async (method: string, path: string, body?: object): Promise<void> => void (await command(method, path, body));
  return {
    endpoint,
    account: '123456789012',
    imageId: 'ami-04681a1dbd79675a5',
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      NO_PROXY: 'localhost,127.0.0.1',
      no_proxy: 'localhost,127.0.0.1',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_VALIDATION: 'false',
    },
    reset: () => tell('POST', 'reset'),
    fault: (fault) => tell('POST', 'faults', fault),
    clearFaults: () => tell('DELETE', 'faults'),
    clearCalls: () => tell('DELETE', 'calls'),
    calls: async () => (await command('GET', 'calls')) as readonly MotoCall[],
    setConsole: (instance, text) => tell('POST', 'console', { instance, text }),
    keepSilent: (kept) => tell('POST', 'silence', { kept }),
    setAddress: (instance, address) => tell('POST', 'address', { instance, address }),
    setQuota: (service, code, value) => tell('POST', 'quota', { service, code, value }),
    log: () => printed,
    setPace: (milliseconds) => tell('POST', 'pace', { seconds: milliseconds / 1_000 }),
    async [Symbol.asyncDispose]() {
      const ended = once(server, 'exit');
      server.stdin?.end();
      await ended;
    },
  };
}

async function firstLine(server: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: server.stdout! })) return line;
  return undefined;
}
