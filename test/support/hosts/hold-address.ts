import { runCommand } from '../run-command.ts';
import { ownerOption } from './disposables.ts';
import { outside } from './test-network.ts';

/** More than there are hosts at one time. */
const MOST = 20;

/** Of all containers on Docker's default network. */
async function addressesInUse(): Promise<string[]> {
  const format = '{{range .Containers}}{{.IPv4Address}}\n{{end}}';
  const { stdout } = await runCommand(['docker', 'network', 'inspect', '--format', format, outside.name]);
  return stdout.split('\n').map((line) => line.split('/')[0]!);
}

/**
 * Takes the address that a container had that does not run now, as a DHCP server gives a machine's to another one: when it runs again, it has another
 * address. Docker gives the lowest that is free, so those below are taken too. Where another test's host has got it meanwhile, that will do. `name`: of
 * the container, whose image the holders run.
 */
export async function holdAddress(name: string, address: string): Promise<AsyncDisposable> {
  const holders: string[] = [];
  const of = async (what: string, container: string): Promise<string> =>
    (await runCommand(['docker', 'inspect', '--format', what, container])).stdout.trim();
  const image = await of('{{.Image}}', name);
  const release = async (): Promise<void> => {
    await runCommand(['docker', 'rm', '-f', ...holders], { anyCode: true });
  };
  try {
    for (let i = 0; i < MOST; i++) {
      const argv = ['docker', 'run', '-d', ownerOption, '--entrypoint', 'sleep', image, '100000'];
      holders.push((await runCommand(argv)).stdout.trim());
      if ((await addressesInUse()).includes(address)) return { [Symbol.asyncDispose]: release };
    }
    throw new Error(`${address} was not given to another container`);
  } catch (error) {
    await release();
    throw error;
  }
}
