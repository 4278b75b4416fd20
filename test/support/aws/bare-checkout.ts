import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyCheckout } from '../checkout-on-host.ts';
import { type CommandResult, runCommand } from '../run-command.ts';

/** A checkout as its first run leaves it, without what labs on AWS need, and a folder to work in. */
export interface BareCheckout extends AsyncDisposable {
  readonly root: string;
  readonly folder: string;
  /** The program and its arguments of a plan on AWS that begins with fetching, and ends for want of credentials. */
  readonly plan: readonly string[];
  /** Nothing of this machine's accounts; no service is asked. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs `plan`. Any exit code is a result. */
  runPlan(env?: Readonly<Record<string, string>>): Promise<CommandResult>;
  /** What is in node_modules. */
  modules(): readonly string[];
}

export async function makeBareCheckout(): Promise<BareCheckout> {
  const folder = await mkdtemp(join(tmpdir(), 'oo-aws-packages-'));
  const root = join(folder, 'oo install');
  const env = {
    XDG_STATE_HOME: join(folder, 'state'),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_PROFILE: undefined,
  };
  const plan = [join(root, 'bin', 'oo-install'), 'lab', 'plan', '--provider', 'aws', '--attendees', '1', '--json'];
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(root);
    await copyCheckout(root);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    root,
    folder,
    env,
    plan,
    runPlan: (more = {}) => runCommand(plan, { cwd: folder, env: { ...env, ...more }, anyCode: true, timeout: 280_000 }),
    modules: () => readdirSync(join(root, 'node_modules')).filter((name) => !name.startsWith('.')),
    [Symbol.asyncDispose]: dispose,
  };
}

/** What the last event says went wrong. */
export function failureOf({ stdout }: { readonly stdout: string }) {
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  };
}
