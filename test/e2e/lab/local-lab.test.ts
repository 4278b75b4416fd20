import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';
import { aloneWith } from '../../support/alone-with.ts';
import { runCommand } from '../../support/run-command.ts';

const folder = await mkdtemp(join(tmpdir(), 'oo-lab-'));
const env = { XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(packageRoot(), '.cache', 'operator') };
const program = [process.execPath, '--disable-warning=ExperimentalWarning', join(packageRoot(), 'bin', 'oo-install.ts'), 'lab'];
/** Long enough for the hosts' image to be made. */
const patience = 280_000;

async function lab(...args: string[]) {
  return runCommand([...program, ...args], { cwd: folder, env, timeout: patience, anyCode: true });
}

async function labDone(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await lab(...args);
  assert.equal(code, 0, `lab ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

async function labOf(attendees: readonly string[]): Promise<void> {
  const settings = 'local: { firstPort: 23000 }\nsettings: { images: [router] }\n';
  await writeFile(join(folder, 'lab.yaml'), `name: e2e\nattendees: [${attendees.join(', ')}]\n${settings}`);
}

interface Status {
  readonly healthy: number;
  readonly hosts: readonly { readonly host: string; readonly healthy: boolean; readonly api: string }[];
}

async function statusOf(): Promise<Status> {
  return JSON.parse((await lab('status', '--json')).stdout) as Status;
}

/** What a lab could leave on the machine: one line for each thing. */
async function listing(): Promise<string[]> {
  const questions = [
    ['docker', 'ps', '-a', '--format', '{{.Names}}'],
    ['docker', 'volume', 'ls', '--format', '{{.Name}}'],
    ['docker', 'network', 'ls', '--format', '{{.Name}}'],
    ['ip', '-o', 'link', 'show', 'type', 'bridge'],
    ['iptables', '-S'],
    ['iptables', '-t', 'nat', '-S'],
  ];
  const answers = await Promise.all(questions.map(async (argv) => (await runCommand(argv)).stdout.split('\n')));
  const isOfLabs = (line: string) => /oo-lab|\boo-[0-9a-f]{12}\b|:230\d\d|dport 230|10\.2(0[89]|1\d|2[0-3])\./.test(line);
  return answers.flatMap((lines) => lines.filter(isOfLabs)).toSorted();
}

const alone = await aloneWith('labs');
const before = await listing();
after(async () => {
  if (existsSync(join(folder, 'state', 'oo-install', 'labs', 'e2e'))) await lab('down', '--yes');
  await alone[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('three attendees, one command: three healthy platforms', async () => {
  await labOf(['ana', 'ben', 'eve']);
  await labDone('up');
  const { healthy, hosts } = await statusOf();
  assert.equal(healthy, 3);
  assert.deepEqual(
    hosts.map(({ host, api }) => [host, api]),
    [
      ['ana-1', 'https://127.0.0.1:23001'],
      ['ben-1', 'https://127.0.0.1:23003'],
      ['eve-1', 'https://127.0.0.1:23005'],
    ],
  );
  const parts = await labDone('exec', '--limit', 'eve-1', '--', 'docker', 'image', 'ls', '--format', '{{.Repository}}');
  assert.match(parts, /openshift\/router/);
});

test('an attendee logs in with what was handed out, becomes root, and runs a pod', async () => {
  await labDone('handout');
  const { sheets } = JSON.parse(readFileSync(join(folder, 'handout', 'handout.json'), 'utf8')) as {
    sheets: { attendee: string; keyFile: string; hosts: { sshPort: number; hostKeys: string[] }[] }[];
  };
  const [sheet] = sheets;
  assert.equal(sheet?.attendee, 'ana');
  const scan = await runCommand(['ssh-keyscan', '-T', '60', '-t', 'ed25519', '-p', '23000', '127.0.0.1']);
  await writeFile(join(folder, 'known_hosts'), scan.stdout);
  const prints = await runCommand(['ssh-keygen', '-lf', join(folder, 'known_hosts')]);
  assert.ok(sheet.hosts[0]!.hostKeys.some((print) => prints.stdout.includes(print)));
  const ssh = ['ssh', '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, '-o', 'BatchMode=yes', '-p', '23000'];
  const login = [...ssh, '-i', join(folder, 'handout', sheet.keyFile), 'ana@127.0.0.1'];
  const { stdout } = await runCommand([...login, 'sudo -n id -u; stat -c %a-%U .kube/config']);
  assert.equal(stdout, '0\n600-ana\n');
  const kubeconfigs = join(folder, 'state', 'oo-install', 'labs', 'e2e', 'kubeconfigs');
  const own = readdirSync(kubeconfigs).find((name) => name.startsWith('ana-1'))!;
  const kubectl = (...args: string[]) => runCommand(['kubectl', '--kubeconfig', join(kubeconfigs, own), ...args]);
  await kubectl('run', 'hello', '--image=openshift/hello-openshift:latest', '--image-pull-policy=IfNotPresent');
  await kubectl('wait', '--for=condition=Ready', 'pod/hello', '--timeout=240s');
});

test('stopped and started, all is there again, and runs', async () => {
  await labDone('stop');
  assert.equal((await lab('status')).code, 6);
  await labDone('start');
  await eventually(async () => assert.equal((await statusOf()).healthy, 3), { timeout: 60_000 });
});

test('who comes is added, what was removed by hand is made anew, wherever the command was killed', async () => {
  await runCommand(['docker', 'rm', '--force', 'oo-lab-e2e-ben-1']);
  await labOf(['ana', 'ben', 'eve', 'tom']);
  const [file, ...args] = [...program, 'up', '--yes'];
  const child = spawn(file!, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (told.includes('is made')) child.kill('SIGKILL');
  });
  await once(child, 'close');
  assert.match(told, /is made/);
  await labDone('up', '--yes');
  assert.equal((await statusOf()).healthy, 4);
});

test('down asks, then takes everything away and proves it', async () => {
  const asked = await lab('down');
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /say|--yes/);
  assert.equal((await statusOf()).healthy, 4);
  const { stdout: twin } = await runCommand([
    'docker',
    'volume',
    'create',
    '--label',
    'oo-install.lab=e2e',
    'oo-lab-e2e-foreign',
  ]);
  try {
    assert.match(await labDone('down', '--yes', '--report', join(folder, 'gone')), /Nothing is left of the lab e2e/);
    assert.equal(
      (JSON.parse(readFileSync(join(folder, 'gone.json'), 'utf8')) as { audit: { clean: boolean } }).audit.clean,
      true,
    );
    assert.deepEqual(await listing(), [...before, twin.trim()].toSorted());
  } finally {
    await runCommand(['docker', 'volume', 'rm', twin.trim()]);
  }
  assert.equal((await lab('status')).code, 2);
});
