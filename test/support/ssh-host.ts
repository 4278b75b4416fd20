import { addUser, type SshUser } from './ssh/ssh-user.ts';
import { knownHostsLine, makeSshKey, type SshKey } from './ssh/ssh-key.ts';
import { startTestHost, type TestHost, type TestHostOptions } from './test-host.ts';

export interface SshHostOptions extends TestHostOptions {
  /** Who may log in. */
  readonly users: readonly SshUser[];
  /** Lines of sshd_config(5) that come before all others: of a keyword's values the first one holds. */
  readonly sshd?: readonly string[];
}

/** A test host that is to be reached by SSH, with a host key of its own. */
export interface SshHost extends TestHost {
  readonly hostKey: SshKey;
  /** The line of known_hosts for its address now. */
  knownHosts(): Promise<string>;
  /** Another host key from now on, as after a new installation of the machine, or with somebody in between. */
  changeHostKey(): Promise<void>;
}

const HOST_KEY = '/etc/ssh/test_host_key';
const SETTINGS = '/etc/ssh/sshd_config.d/00-access.conf';

/** Starts a server that these users reach by SSH as soon as it is handed over. */
export async function startSshHost(options: SshHostOptions): Promise<SshHost> {
  let hostKey = await makeSshKey();
  const rootPassword = options.users.some(({ name, password }) => name === 'root' && password !== undefined);
  const settings = [`HostKey ${HOST_KEY}`, ...(options.sshd ?? []), ...(rootPassword ? ['PermitRootLogin yes'] : [])];
  const host = await startTestHost({
    ...options,
    files: [
      ...(options.files ?? []),
      { path: HOST_KEY, content: hostKey.privateKey, mode: 0o600 },
      { path: SETTINGS, content: `${settings.join('\n')}\n`, mode: 0o644 },
    ],
  });
  try {
    for (const user of options.users) await addUser(host, user);
  } catch (error) {
    await host.dispose();
    throw error;
  }
  return {
    ...host,
    get hostKey() {
      return hostKey;
    },
    knownHosts: async () => knownHostsLine(await host.address(), hostKey),
    async changeHostKey() {
      hostKey = await makeSshKey();
      await host.write({ [HOST_KEY]: hostKey.privateKey }, 0o600);
      await host.exec(['systemctl', 'reload', 'ssh']);
    },
  };
}
