/**
 * Installs four servers at a terminal of 80 columns and writes what it shows to docs/images: install.svg in the end, install-running.svg
 * in the middle. Needs tmux (`test/run capture` brings it).
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { terminalPicture } from './capture/terminal-picture.ts';
import { eventually } from './eventually.ts';
import { startHomeOperator } from './operator/home-operator.ts';
import { trust } from './operator/operator.ts';
import { runCommand } from './run-command.ts';
import { startSshHost } from './ssh-host.ts';

const SIZE = { columns: 80, lines: 44 };
const SOCKET = `oo-capture-${process.pid}`;
const PATIENCE = 300_000;

await using operator = await startHomeOperator();
const users = [{ name: 'root', keys: [operator.publicKey] }];
await using web1 = await startSshHost({ users });
await using web2 = await startSshHost({ users, docker: 'stopped' });
await using db1 = await startSshHost({ users, docker: 'running' });
await using build1 = await startSshHost({ users, release: 'trixie' });
const hosts = { web1, web2, db1, build1 };
await trust(operator, ...Object.values(hosts));
const blocks = await Promise.all(
  Object.entries(hosts).map(async ([name, host]) => `Host ${name}\n  HostName ${await host.address()}\n`),
);
await operator.write({ '.ssh/config': `${blocks.join('')}Host *\n  User root\n` });

const tmux = (...args: string[]) => operator.exec(['tmux', '-L', SOCKET, '-f', '/dev/null', ...args]);
const screen = async (): Promise<string> => (await tmux('capture-pane', '-e', '-p', '-t', 'capture')).stdout;
const save = async (name: string): Promise<void> =>
  writeFile(join(packageRoot(), 'docs', 'images', name), terminalPicture(await screen(), SIZE.columns));

// The shell shows the command as somebody typed it; -F is only what makes this operator's home a home for ssh.
const names = Object.keys(hosts).join(' ');
const program = `${packageRoot()}/bin/oo-install ${names} -F ${operator.sshConfig}`;
const script = `printf '$ bin/oo-install ${names}\\n'; ${program}; touch ${operator.home}/done; sleep 600`;
await tmux('new-session', '-d', '-s', 'capture', '-x', String(SIZE.columns), '-y', String(SIZE.lines), 'sh', '-c', script);
try {
  const dockerComes = async (): Promise<boolean> =>
    (await web1.exec(['pgrep', 'dpkg'], { anyCode: true })).code === 0 ||
    (await web1.exec(['which', 'dockerd'], { anyCode: true })).code === 0;
  await eventually(dockerComes, { timeout: PATIENCE });
  await save('install-running.svg');
  await eventually(() => runCommand(['test', '-e', `${operator.home}/done`]), { timeout: PATIENCE });
  await save('install.svg');
  process.stdout.write(`${await screen()}\n`);
} finally {
  await tmux('kill-server');
}
