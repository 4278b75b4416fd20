import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabDefinition } from '../../../lib/stacks/lab-definition.ts';
import { type CommandResult, runCommand } from '../run-command.ts';
import type { Moto } from './moto.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));

export interface CdkCli {
  /** What docs/labs-with-cdk.md calls `npx cdk ...`, in the checkout. */
  cdk(...args: string[]): Promise<CommandResult>;
  /** Writes the definition that the commands after it go by. */
  define(lab: LabDefinition): void;
  /** Makes what the CDK needs in an account, once. */
  bootstrap(): Promise<void>;
}

/** The CDK's own CLI on the project's app, against an emulated account. `dir` holds the definition and the cloud assembly. */
export function cdkCli(moto: Moto, dir: string): CdkCli {
  const file = join(dir, 'lab.json');
  const cdk = (...args: string[]) =>
    runCommand(['node_modules/.bin/cdk', ...args, '-c', `definition=${file}`, '-o', join(dir, 'cdk.out'), '--ci'], {
      cwd: checkout,
      env: { ...moto.env, PATH: `${join(checkout, 'node_modules/.bin')}:${process.env['PATH']}` },
      timeout: 240_000,
      anyCode: true,
    });
  return {
    cdk,
    define: (lab) => writeFileSync(file, JSON.stringify(lab)),
    async bootstrap() {
      const result = await cdk('bootstrap', `aws://${moto.account}/${moto.env['AWS_REGION']}`);
      if (result.code !== 0) throw new Error(`cdk bootstrap: ${result.stdout}${result.stderr}`);
    },
  };
}
