import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.ts';

/** Major versions that test/setup/clients.sh unpacks. 3 merges on the client and POSTs; 4 applies on the server. */
export type HelmMajor = 3 | 4;
export const HELM_MAJORS: readonly HelmMajor[] = [3, 4];

/** Where test/setup/clients.sh puts it. */
export const helmBinary = (major: HelmMajor): string => join(packageRoot(), '.cache', 'clients', `helm-${major}`, 'helm');

/** Why tests that need helm cannot run here, for `test(..., { skip: helmMissing })`: false where they can. */
export const helmMissing: string | false = existsSync(helmBinary(4))
  ? false
  : `NO HELM: ${helmBinary(4)} is not there (test/run clients unpacks it, on x86-64)`;

/** A release as `helm list -o json` tells of it. */
export interface Release {
  readonly name: string;
  readonly revision: string;
  readonly status: string;
  readonly chart: string;
}

/** A revision as `helm history -o json` tells of it. */
export interface Revision {
  readonly revision: number;
  readonly status: string;
  readonly description: string;
}

/** Runs helm with these arguments in one namespace. @throws CommandFailed when it fails, unless `anyCode` */
export interface Helm {
  (args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** What `-o json` prints. */
  json<T>(...args: string[]): Promise<T>;
  /** What it prints on standard error when it fails; fails when it does not. */
  failure(...args: string[]): Promise<string>;
}

/** The unmodified helm, with one kubeconfig and a home folder of its own. */
export function createHelm(major: HelmMajor, kubeconfig: string, namespace: string, home: string): Helm {
  mkdirSync(home, { recursive: true });
  const env = { KUBECONFIG: kubeconfig, HOME: home, HELM_NAMESPACE: namespace, LC_ALL: 'C.UTF-8' };
  const run = (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
    runCommand([helmBinary(major), ...args], { ...options, env: { ...env, ...options.env } });
  return Object.assign(run, {
    json: async <T>(...args: string[]) => JSON.parse((await run([...args, '-o', 'json'])).stdout) as T,
    async failure(...args: string[]) {
      const result = await run(args, { anyCode: true });
      if (result.code === 0) throw new Error(`helm ${args.join(' ')} did not fail; it printed\n${result.stdout}`);
      return result.stderr;
    },
  });
}
