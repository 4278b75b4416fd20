import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../lib/common/assets.ts';
import { startCommand } from '../kubectl.ts';
import { runCommand } from '../run-command.ts';
import { smallInstall } from '../small-install.ts';
import { makeSshKey, type SshKey } from '../ssh/ssh-key.ts';
import { onTerminal, type Operator } from './operator.ts';

/** ms that an installation may take. */
const INSTALL_TIMEOUT = 240_000;

/** An operator on this machine, whose home folder ssh does not find by itself: it goes by the password file. */
export interface HomeOperator extends Operator {
  readonly home: string;
  /** For `ssh -F`: what ~/.ssh/config says, and where everything else of ~/.ssh is. */
  readonly sshConfig: string;
}

/**
 * An operator on this machine, from this checkout: a home folder is all that is their own. Nothing of ours in the environment (an
 * agent's socket, a kubeconfig) reaches them; what is downloaded is kept from run to run.
 */
export async function startHomeOperator(options: { key?: SshKey } = {}): Promise<HomeOperator> {
  const home = await mkdtemp(join(tmpdir(), 'oo-test-home-'));
  const key = options.key ?? (await makeSshKey());
  const env = {
    HOME: home,
    XDG_CACHE_HOME: join(packageRoot(), '.cache', 'operator'),
    XDG_CONFIG_HOME: undefined,
    SSH_AUTH_SOCK: undefined,
    KUBECONFIG: undefined,
    TERM: 'xterm-256color',
  };
  const program = join(packageRoot(), 'bin', 'oo-install');
  const sshConfig = join(home, '.ssh', 'all-config');
  const ours = (args: readonly string[]): string[] => [program, ...smallInstall(args), '-F', sshConfig];
  const operator: HomeOperator = {
    home,
    sshConfig,
    publicKey: key.publicKey,
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(home, path)), { recursive: true, mode: 0o700 });
        await writeFile(join(home, path), content);
        await chmod(join(home, path), 0o600);
      }
    },
    read: (path) => readFile(join(home, path), 'utf8').catch(() => ''),
    exec: (argv, options = {}) => runCommand(argv, { ...options, env: { ...env, ...options.env } }),
    ooInstall: (args, options = {}) => operator.exec(ours(args), { anyCode: true, timeout: INSTALL_TIMEOUT, ...options }),
    startOoInstall: (args) => startCommand(ours(args), { ...process.env, ...env }),
    ooInstallOnTerminal: (args) => startCommand(onTerminal(ours(args)), { ...process.env, ...env }),
    async [Symbol.asyncDispose]() {
      await rm(home, { recursive: true, force: true });
    },
  };
  const folders = [
    `Include ${home}/.ssh/config`,
    'Host *',
    `IdentityFile ${home}/.ssh/id_ed25519`,
    `UserKnownHostsFile ${home}/.ssh/known_hosts`,
    'GlobalKnownHostsFile /dev/null',
  ];
  await operator.write({ '.ssh/config': '', '.ssh/all-config': `${folders.join('\n')}\n` });
  await operator.write({ '.ssh/id_ed25519': key.privateKey, '.ssh/id_ed25519.pub': `${key.publicKey}\n` });
  return operator;
}
