import { randomBytes } from 'node:crypto';
import { runCommand } from '../run-command.ts';
import { ownerOption, removeOrphans } from './disposables.ts';

/** A network that test hosts stand on. Disposed of with `await using`, after its hosts. */
export interface TestNetwork extends AsyncDisposable {
  readonly name: string;
}

/** Docker's default network, which leads out. */
export const outside: Pick<TestNetwork, 'name'> = { name: 'bridge' };

/** Makes a network. `internal`: no route leads out of it, only this machine and hosts that stand on it too reach its hosts. */
export async function startTestNetwork(options: { internal?: boolean } = {}): Promise<TestNetwork> {
  await removeOrphans();
  const name = `oo-test-network-${randomBytes(4).toString('hex')}`;
  await runCommand(['docker', 'network', 'create', ownerOption, ...(options.internal === true ? ['--internal'] : []), name]);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await runCommand(['docker', 'network', 'rm', name], { anyCode: true });
    },
  };
}
