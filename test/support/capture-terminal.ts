/**
 * Installs four servers at a terminal of 80 columns and writes what it shows to docs/images: install.svg in the end, install-running.svg
 * in the middle. Needs tmux (`test/run capture` brings it).
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { terminalPicture } from './capture/terminal-picture.ts';
import { CHECKOUT } from './checkout-on-host.ts';
import { eventually } from './eventually.ts';
import { startLaptop } from './operator/laptop.ts';
import { trust } from './operator/operator.ts';
import { runCommand } from './run-command.ts';
import { startSshHost } from './ssh-host.ts';

const SIZE = { columns: 80, lines: 44 };
const SOCKET = `oo-capture-${process.pid}`;
const PATIENCE = 300_000;

await using operator = await startLaptop();
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
// What a checkout's first run brings is not what this picture is about.
await operator.ooInstall(['version']);

const tmux = (...args: string[]) => runCommand(['tmux', '-L', SOCKET, '-f', '/dev/null', ...args]);
const screen = async (): Promise<string> => (await tmux('capture-pane', '-e', '-p', '-t', 'capture')).stdout;
const save = async (name: string): Promise<void> =>
  writeFile(join(packageRoot(), 'docs', 'images', name), terminalPicture(await screen(), SIZE.columns));

const names = Object.keys(hosts).join(' ');
const program = `docker exec -it --env TERM=screen-256color ${operator.machine.name} ${CHECKOUT}/bin/oo-install ${names}`;
const script = `printf '$ bin/oo-install ${names}\\n'; ${program}; tmux -L ${SOCKET} wait-for -S done; sleep 600`;
await tmux('new-session', '-d', '-s', 'capture', '-x', String(SIZE.columns), '-y', String(SIZE.lines), 'sh', '-c', script);
try {
  await eventually(async () => assert.equal((await web1.exec(['which', 'dockerd'], { anyCode: true })).code, 0), {
    timeout: PATIENCE,
  });
  await save('install-running.svg');
  await runCommand(['tmux', '-L', SOCKET, 'wait-for', 'done'], { timeout: PATIENCE });
  await save('install.svg');
  process.stdout.write(`${await screen()}\n`);
} finally {
  await tmux('kill-server');
}
