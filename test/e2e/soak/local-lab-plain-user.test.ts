import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { hostImage } from '../../../lib/installer/lab/local/image/host-image.ts';
import { runCommand } from '../../support/run-command.ts';

// A local lab of Debian 13 hosts, put up by somebody who is not root and is in Docker's group. The account is one of a mount namespace of its own:
// the machine's own files of accounts stay as they are.

const uid = 47_110;
const folder = await mkdtemp(join(tmpdir(), 'oo-lab-user-'));
const home = join(folder, 'home');
const checkout = join(folder, 'checkout');
const labs = join(home, '.local', 'state', 'oo-install', 'labs');
await chmod(folder, 0o755);
for (const path of [home, checkout]) await mkdir(path);
await chown(home, uid, uid);
// As Debian makes homes (HOME_MODE).
await chmod(home, 0o700);
await writeFile(join(home, 'lab.yaml'), 'name: plain\nattendees: [ana]\nlocal: { firstPort: 23700, release: trixie }\n');
const etc = { passwd: `tester:x:${uid}:${uid}::${home}:/bin/sh\n`, group: `tester:x:${uid}:\n` };
for (const name of ['subuid', 'subgid']) await writeFile(join(folder, name), '');
for (const [name, line] of Object.entries(etc))
  await writeFile(join(folder, name), `${await readFile(`/etc/${name}`, 'utf8')}${line}`);

/** $1: the folder, $2: the checkout, $3: the group of Docker's socket, then the program. */
const asTester = `
set -eu
folder=$1 from=$2 group=$3
shift 3
for name in passwd group subuid subgid; do
  mount --bind "$folder/$name" "/etc/$name"
done
mount --bind "$from" "$folder/checkout"
cd "$folder/home"
exec setpriv --reuid ${uid} --regid ${uid} --groups "$group" -- env -i HOME="$folder/home" PATH=/usr/local/bin:/usr/bin:/bin "$@"
`;
const group = statSync('/var/run/docker.sock').gid;

async function lab(...args: string[]) {
  const node = join(checkout, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  const argv = [node, '--disable-warning=ExperimentalWarning', join(checkout, 'bin', 'oo-install.ts'), 'lab', ...args];
  const wrapped = ['unshare', '--mount', 'sh', '-c', asTester, 'sh', folder, packageRoot(), String(group), ...argv];
  return runCommand(wrapped, { timeout: 600_000, anyCode: true });
}
const hasImage = async () =>
  (await runCommand(['docker', 'image', 'inspect', hostImage('trixie')], { anyCode: true })).code === 0;

after(async () => {
  if (existsSync(join(labs, 'plain'))) await lab('down', '--yes');
  await rm(folder, { recursive: true });
});

test('an image that this account cannot make is told before anything is made', async () => {
  await runCommand(['docker', 'rmi', hostImage('trixie')], { anyCode: true });
  assert.ok(!(await hasImage()));
  const refused = await lab('up');
  assert.equal(refused.code, 3, refused.stdout + refused.stderr);
  assert.match(refused.stderr, /user ids that tester has not been given[^]*--add-subuids 100000-165535/);
  assert.ok(!existsSync(labs));
});

test('with a range of user ids it makes the image, and a healthy host of Debian 13; nothing is left after down', async (t) => {
  for (const name of ['subuid', 'subgid']) await writeFile(join(folder, name), 'tester:100000:65536\n');
  const began = performance.now();
  const up = await lab('up');
  assert.equal(up.code, 0, up.stdout + up.stderr);
  t.diagnostic(`up: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const exec = await lab('exec', '--', 'sh', '-c', '. /etc/os-release && echo "$VERSION_CODENAME"');
  assert.match(exec.stdout, /trixie/);
  const { code, stdout } = await lab('status');
  assert.equal(code, 0, stdout);
  for (const command of ['stop', 'start']) assert.equal((await lab(command)).code, 0, command);
  const down = await lab('down', '--yes');
  assert.equal(down.code, 0, down.stdout + down.stderr);
  assert.match(down.stdout + down.stderr, /Nothing is left of the lab plain/);
  for (const [kind, format] of [
    ['container', '{{.Names}}'],
    ['volume', '{{.Name}}'],
    ['network', '{{.Name}}'],
  ] as const) {
    const argv = [
      'docker',
      kind,
      'ls',
      ...(kind === 'container' ? ['-a'] : []),
      '--filter',
      'label=oo-install.lab=plain',
      '--format',
      format,
    ];
    assert.equal((await runCommand(argv)).stdout, '', kind);
  }
  assert.ok(!existsSync(join(labs, 'plain')));
});
