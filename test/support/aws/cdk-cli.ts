import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabDefinition } from '../../../lib/stacks/lab-definition.ts';
import { type CommandResult, runCommand } from '../run-command.ts';
import type { Moto } from './moto.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));

export interface CdkCli {
  /** What the docs call `npx cdk ...`, in the checkout, with nothing of this machine's account or labs; the CDK looks at the templates as it does for users. */
  run(...args: string[]): Promise<CommandResult>;
  /** The same on the definition that `define` wrote last, with moto's environment as it is. */
  cdk(...args: string[]): Promise<CommandResult>;
  define(lab: LabDefinition): void;
  /** Makes what the CDK needs in an account, once. */
  bootstrap(): Promise<void>;
}

/** The CDK's own CLI on the project's app, against an emulated account. `dir` holds definition, cloud assembly and labs' states. */
export function cdkCli(moto: Moto, dir: string): CdkCli {
  const file = join(dir, 'lab.json');
  const bin = join(checkout, 'node_modules', '.bin');
  const started = (env: Readonly<Record<string, string | undefined>>, args: readonly string[]) =>
    runCommand([join(bin, 'cdk'), ...args, '-o', join(dir, 'cdk.out'), '--ci'], {
      cwd: checkout,
      env: { ...moto.env, ...env, XDG_STATE_HOME: join(dir, 'state'), PATH: `${bin}:${process.env['PATH']}` },
      timeout: 240_000,
      anyCode: true,
    });
  const cdk = (...args: string[]) => started({}, [...args, '-c', `definition=${file}`]);
  return {
    run: (...args) => started({ CDK_VALIDATION: undefined }, args),
    cdk,
    define: (lab) => writeFileSync(file, JSON.stringify(lab)),
    async bootstrap() {
      const result = await cdk('bootstrap', `aws://${moto.account}/${moto.env['AWS_REGION']}`);
      if (result.code !== 0) throw new Error(`cdk bootstrap: ${result.stdout}${result.stderr}`);
    },
  };
}
