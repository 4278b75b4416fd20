import type { TestHost } from '../test-host.ts';

/** An account on a test host, and who may use it. */
export interface SshUser {
  readonly name: string;
  /** Public keys that open it. */
  readonly keys?: readonly string[];
  readonly password?: string;
  /** `nopasswd`: it becomes root without being asked; `password`: with its own password. @default neither */
  readonly sudo?: 'nopasswd' | 'password';
  /** Path of its login shell. @default /bin/bash */
  readonly shell?: string;
  /** A line that its bash prints whenever it starts, for commands too. */
  readonly greeting?: string;
}

/** Makes the account; root's is there and only gets its keys and password. */
export async function addUser(host: TestHost, user: SshUser): Promise<void> {
  const home = user.name === 'root' ? '/root' : `/home/${user.name}`;
  if (user.name !== 'root') await host.exec(['useradd', '--create-home', '--shell', user.shell ?? '/bin/bash', user.name]);
  else if (user.shell !== undefined) await host.exec(['usermod', '--shell', user.shell, 'root']);
  if (user.password !== undefined) await host.exec(['chpasswd'], { stdin: `${user.name}:${user.password}\n` });
  await host.write({ [`${home}/.ssh/authorized_keys`]: [...(user.keys ?? []), ''].join('\n') }, 0o600);
  if (user.greeting !== undefined) await host.write({ [`${home}/.bashrc`]: `echo '${user.greeting}'\n` });
  // sshd reads neither keys nor folders of others (StrictModes).
  await host.exec(['chmod', '700', `${home}/.ssh`]);
  await host.exec(['chown', '-R', `${user.name}:`, home]);
  if (user.sudo !== undefined) {
    const rule = `${user.name} ALL=(ALL:ALL) ${user.sudo === 'nopasswd' ? 'NOPASSWD: ' : ''}ALL\n`;
    await host.write({ [`/etc/sudoers.d/${user.name}`]: rule }, 0o440);
  }
}
