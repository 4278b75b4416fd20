import { CHECKOUT, ooInstall, startHostWithCheckout } from '../checkout-on-host.ts';
import { startCommand } from '../kubectl.ts';
import { makeSshKey } from '../ssh/ssh-key.ts';
import { smallInstall } from '../small-install.ts';
import type { TestHost, TestHostOptions } from '../test-host.ts';
import { onTerminal, type Operator } from './operator.ts';

/**
 * An operator's own machine: a container with no services that holds git, an SSH client and a checkout as its first run leaves it.
 * No Docker, no kubectl.
 */
export async function startLaptop(
  options: Pick<TestHostOptions, 'networks'> = {},
): Promise<Operator & { readonly machine: TestHost }> {
  const machine = await startHostWithCheckout({ ...options, variant: 'git', init: false });
  const key = await makeSshKey();
  const operator: Operator & { readonly machine: TestHost } = {
    machine,
    publicKey: key.publicKey,
    write: (files) =>
      machine.write(Object.fromEntries(Object.entries(files).map(([path, content]) => [`/root/${path}`, content])), 0o600),
    read: async (path) => (await machine.exec(['cat', `/root/${path}`], { anyCode: true })).stdout,
    exec: (argv, options) => machine.exec(argv, options),
    ooInstall: (args, options) => ooInstall(machine, args, options),
    startOoInstall: (args) => startCommand(['docker', 'exec', machine.name, `${CHECKOUT}/bin/oo-install`, ...smallInstall(args)]),
    ooInstallOnTerminal: (args) =>
      startCommand(
        onTerminal([
          'docker',
          'exec',
          '-it',
          '--env=TERM=xterm-256color',
          machine.name,
          `${CHECKOUT}/bin/oo-install`,
          ...smallInstall(args),
        ]),
      ),
    [Symbol.asyncDispose]: () => machine.dispose(),
  };
  try {
    await operator.write({ '.ssh/id_ed25519': key.privateKey, '.ssh/id_ed25519.pub': `${key.publicKey}\n` });
    await machine.exec(['chmod', '700', '/root/.ssh']);
  } catch (error) {
    await machine.dispose();
    throw error;
  }
  return operator;
}
