import type { HomeOperator } from '../../support/operator/home-operator.ts';
import { trust } from '../../support/operator/operator.ts';
import { startSshHost, type SshHost } from '../../support/ssh-host.ts';
import type { TestHostOptions } from '../../support/test-host.ts';

/** Bare servers, new for every run, and somebody who reaches them as root. */
export interface Servers extends AsyncDisposable {
  readonly hosts: readonly SshHost[];
  readonly addresses: readonly string[];
}

/** Boots them all at once. All contenders use the fastest cipher that both ends have, where the processor knows AES. */
export async function startServers(
  operator: HomeOperator,
  count: number,
  state: Pick<TestHostOptions, 'docker' | 'variant'> = { variant: 'python' },
): Promise<Servers> {
  const users = [{ name: 'root', keys: [operator.publicKey] }];
  const started = await Promise.allSettled(Array.from({ length: count }, () => startSshHost({ users, durable: true, ...state })));
  const hosts = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const dispose = async (): Promise<void> => {
    await Promise.all(hosts.map((host) => host.dispose()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await dispose();
    throw failed.reason;
  }
  await trust(operator, ...hosts);
  await operator.write({
    '.ssh/config': 'User root\nBatchMode yes\nCiphers aes128-gcm@openssh.com\nLogLevel ERROR\n',
    'ansible.cfg': '',
  });
  return { hosts, addresses: await Promise.all(hosts.map((host) => host.address())), [Symbol.asyncDispose]: dispose };
}
