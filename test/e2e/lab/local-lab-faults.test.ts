import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { connectDocker } from '../../../lib/installer/lab/local/docker-client.ts';
import { ownDockerd } from '../../support/own-dockerd.ts';
import { eventually } from '../../support/eventually.ts';
import { aloneWith } from '../../support/alone-with.ts';
import { runCommand } from '../../support/run-command.ts';

// What can go wrong with a local lab: each is told with the way out, changes nothing or can be gone on with, and down leaves nothing.

const folder = await mkdtemp(join(tmpdir(), 'oo-lab-faults-'));
const cache = join(packageRoot(), '.cache', 'operator');
const ownEnv = { XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: cache };
const program = [process.execPath, '--disable-warning=ExperimentalWarning', join(packageRoot(), 'bin', 'oo-install.ts'), 'lab'];
await writeFile(join(folder, 'lab.yaml'), 'name: faults\nattendees: [ana]\nlocal: { firstPort: 23500 }\n');
/** Long enough for the hosts' image to be made. */
const patience = 280_000;

interface Ended {
  readonly status: number;
  readonly events: readonly Readonly<Record<string, string>>[];
  readonly failed: Readonly<Record<string, string>> | undefined;
}

function ended(status: number, output: string): Ended {
  const events = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string>);
  return { status, events, failed: events.findLast(({ event }) => event === 'failed') };
}

async function lab(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const argv = [...program, ...args, '--json'];
  const { code, stdout, stderr } = await runCommand(argv, {
    cwd: folder,
    env: { ...ownEnv, ...env },
    timeout: patience,
    anyCode: true,
  });
  assert.equal(stderr, '');
  return ended(code, stdout);
}

/** Runs `lab up` and does something as soon as a line is told that matches. */
async function whileItRuns(
  line: RegExp,
  work: (child: ChildProcess) => Promise<unknown>,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [file, ...args] = [...program, 'up', '--yes', '--json'];
  const child = spawn(file!, args, {
    cwd: folder,
    env: { ...process.env, ...ownEnv, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'close') as Promise<[number | null]>;
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  await eventually(() => assert.match(told, line), { timeout: patience });
  await work(child);
  const [code] = await exited;
  return ended(code ?? -1, told);
}

/** Containers, volumes and networks of the lab. */
async function listing(): Promise<string> {
  const [containers, volumes, networks] = await Promise.all(
    [
      ['ps', '-a', '--format', '{{.Names}}'],
      ['volume', 'ls', '--format', '{{.Name}}'],
      ['network', 'ls', '--format', '{{.Name}}'],
    ].map(async (args) => (await runCommand(['docker', ...args, '--filter', 'label=oo-install.lab=faults'])).stdout),
  );
  return `${containers}${volumes}${networks}`;
}

const alone = await aloneWith('labs');
after(async () => {
  if (existsSync(join(folder, 'state', 'oo-install', 'labs', 'faults'))) await lab(['down', '--yes']);
  await alone[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('Docker that is not there, does not run, or is closed to this account', async () => {
  const nowhere = `unix://${join(folder, 'nowhere.sock')}`;
  const absent = await lab(['up'], { DOCKER_HOST: nowhere });
  assert.deepEqual([absent.status, absent.failed?.['code']], [5, 'LAB_DOCKER_ABSENT']);
  assert.match(absent.failed!['hint']!, /oo-install localhost installs and starts it/);
  const dead = join(folder, 'dead.sock');
  await runCommand(
    [
      process.execPath,
      '-e',
      'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))',
      dead,
    ],
    {
      anyCode: true,
    },
  );
  assert.ok(existsSync(dead));
  const stopped = await lab(['up'], { DOCKER_HOST: `unix://${dead}` });
  assert.deepEqual([stopped.status, stopped.failed?.['code']], [5, 'LAB_DOCKER_ABSENT']);
  assert.ok(!existsSync(join(folder, 'state')), 'nothing is remembered of a lab that was not begun');
  await runCommand(['chmod', '711', folder]);
  const closed = join(folder, 'closed.sock');
  await using _listening = await listeningAt(closed);
  await runCommand(['chmod', '600', closed]);
  process.env['DOCKER_HOST'] = `unix://${closed}`;
  // As somebody who is neither root nor of Docker's group.
  process.seteuid!(65_534);
  try {
    await assert.rejects(connectDocker(), { code: 'LAB_DOCKER_DENIED', failure: 'docker' });
  } finally {
    process.seteuid!(0);
    delete process.env['DOCKER_HOST'];
  }
});

async function listeningAt(path: string | number): Promise<AsyncDisposable> {
  const server = createServer().listen(typeof path === 'number' ? { port: path, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  return { [Symbol.asyncDispose]: async () => void server.close() };
}

test('a port that is taken, and names that are those of others: refused before anything is made', async () => {
  {
    await using _listening = await listeningAt(23_501);
    const { status, failed } = await lab(['up']);
    assert.deepEqual([status, failed?.['code']], [3, 'LAB_REFUSED']);
    assert.match(failed!['message']!, new RegExp(`port 23501 of 127\\.0\\.0\\.1 is taken by \\S+ \\(process ${process.pid}\\)`));
  }
  const empty = await runCommand(['docker', 'import', '-'], { stdin: Buffer.alloc(10_240) });
  const image = empty.stdout.trim();
  await runCommand(['docker', 'create', '--name', 'oo-lab-faults-ana-1', image, 'nothing']);
  try {
    const { status, failed } = await lab(['up']);
    assert.deepEqual([status, failed?.['code']], [3, 'LAB_REFUSED']);
    assert.match(failed!['message']!, /the container oo-lab-faults-ana-1 is there already and is not of this lab/);
  } finally {
    await runCommand(['docker', 'rm', 'oo-lab-faults-ana-1']);
    await runCommand(['docker', 'rmi', image]);
  }
  assert.equal(await listing(), '');
  assert.ok(!existsSync(join(folder, 'state')));
});

test('a disk that is full, and Ctrl-C, while the image of the hosts is made: nothing is left of it', async () => {
  await using dockerd = await ownDockerd({ liveRestore: false, images: [] });
  const DOCKER_HOST = `unix://${dockerd.socketPath}`;
  const small = join(folder, 'small');
  await mkdir(small);
  await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', small]);
  const work = (home: string) => join(home, 'oo-install', 'lab-images');
  const inSmall = { DOCKER_HOST, XDG_CACHE_HOME: small };
  try {
    const refused = await lab(['up'], inSmall);
    assert.deepEqual([refused.status, refused.failed?.['code']], [3, 'LAB_REFUSED']);
    assert.match(refused.failed!['message']!, /making the image of the hosts needs 1000 MiB in \S+ and \d+ are free: make room/);
    // Room for it when it begins, and none any more when it unpacks.
    const resize = (size: string) => runCommand(['mount', '-o', `remount,size=${size}`, small]);
    await resize('1100m');
    const full = await whileItRuns(/makes the image/, () => resize('150m'), inSmall);
    assert.deepEqual([full.status, full.failed?.['code']], [3, 'LAB_IMAGE_FAILED'], JSON.stringify(full.failed));
    assert.match(
      full.failed!['message']!,
      /could not be made: .*; making the image of the hosts needs 1000 MiB in \S+ and \d+ are free/,
    );
    assert.match(full.failed!['hint']!, /^make room/);
    assert.deepEqual(readdirSync(work(small)), []);
  } finally {
    // A program that it had at work there may end a moment after it.
    await eventually(() => runCommand(['umount', small]));
  }
  const isBuilding = () => eventually(() => assert.notDeepEqual(readdirSync(work(cache)), []), { timeout: 30_000 });
  const press = async (child: ChildProcess) => {
    await isBuilding();
    child.kill('SIGINT');
  };
  const cut = await whileItRuns(/makes the image/, press, { DOCKER_HOST });
  assert.deepEqual([cut.status, cut.failed?.['code']], [130, 'LAB_INTERRUPTED']);
  assert.match(cut.failed!['hint']!, /oo-install lab up goes on with it; oo-install lab down takes all of it away/);
  assert.deepEqual(readdirSync(work(cache)), []);
  const images = await runCommand(['docker', '-H', DOCKER_HOST, 'images', '-aq']);
  assert.equal(images.stdout, '');
  const down = await lab(['down', '--yes'], { DOCKER_HOST });
  assert.equal(down.status, 0, JSON.stringify(down.failed));
  assert.ok(!existsSync(join(folder, 'state', 'oo-install', 'labs', 'faults')));
});

test('Ctrl-C while the hosts boot: the same command finishes the lab, and down leaves nothing but what is not ours', async () => {
  const press = async (child: ChildProcess) => {
    await eventually(async () => assert.match(await listing(), /^oo-lab-faults-ana-1$/m));
    child.kill('SIGINT');
  };
  const cut = await whileItRuns(/is made/, press);
  assert.deepEqual([cut.status, cut.failed?.['code']], [130, 'LAB_INTERRUPTED']);
  const up = await lab(['up', '--yes']);
  assert.equal(up.status, 0, JSON.stringify(up.failed));
  assert.equal((await lab(['status'])).status, 0);
  // Somebody else's container on the lab's network is named, and stays.
  const { stdout: image } = await runCommand(['docker', 'inspect', '-f', '{{.Config.Image}}', 'oo-lab-faults-ana-1']);
  const strangers = `oo-test-stranger-${process.pid}`;
  await runCommand(['docker', 'run', '-d', '--name', strangers, '--network', 'oo-lab-faults', image.trim(), 'sleep', '600']);
  try {
    const held = await lab(['down', '--yes']);
    assert.deepEqual([held.status, held.failed?.['code']], [7, 'LAB_NETWORK_IN_USE']);
    assert.match(held.failed?.['message'] ?? '', new RegExp(`oo-lab-faults cannot go: ${strangers} of somebody else is on it`));
  } finally {
    await runCommand(['docker', 'rm', '-f', strangers]);
  }
  const down = await lab(['down', '--yes']);
  assert.equal(down.status, 0, JSON.stringify(down.failed));
  assert.equal(await listing(), '');
});
