import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { after, test } from 'node:test';
import { CHECKOUT, ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { KUBECTL } from '../support/kubectl.ts';
import { readLoad } from '../support/load.ts';
import { createExamples, examplesAnswer, exampleUrl, HOST_KUBECONFIG, platformOnHost } from '../support/platform-on-host.ts';
import type { CommandResult } from '../support/run-command.ts';

// What an operator does from day two on: logs, stop, start, restart, kubeconfig, on a server with systemd.

const host = await startHostWithCheckout({ docker: 'running', equipped: true });
after(() => host.dispose());
const token = randomBytes(8).toString('hex');
const text = ({ stdout, stderr }: CommandResult): string => stdout + stderr;
const run = (...args: string[]): Promise<CommandResult> => ooInstall(host, args);
const isActive = async (): Promise<string> =>
  (await host.exec(['systemctl', 'is-active', 'openshift'], { anyCode: true })).stdout.trim();

test('before anything is installed, that is what they say', async () => {
  for (const command of ['logs', 'start', 'stop', 'restart', 'upgrade', 'kubeconfig']) {
    const result = await run(command, 'localhost');
    assert.equal(result.code, 2, text(result));
    assert.match(result.stderr, /oo-install has installed nothing there[^]*oo-install localhost/);
  }
});

let url = '';
test('an installation with three pods', async () => {
  const installed = await run('localhost');
  assert.equal(installed.code, 0, text(installed));
  using platform = await platformOnHost(host);
  await createExamples(platform.kubectl, token);
  url = await exampleUrl(host, platform.kubectl);
  await examplesAnswer(url, token);
});

test('logs prints the last lines of each program, and no more of them than asked for', async () => {
  // It may have had much to say since.
  const daemon = await run('logs', 'localhost', '-n', '5000');
  assert.match(daemon.stdout, /"msg":"started"/, text(daemon));
  const docker = await run('logs', 'localhost', '--unit', 'docker', '-n', '2');
  assert.equal(docker.stdout.trim().split('\n').length, 2, text(docker));
  const agent = await run('logs', 'localhost', '--unit', 'agent', '--json');
  for (const line of agent.stdout.trim().split('\n')) assert.equal((JSON.parse(line) as { event: string }).event, 'log');
  assert.equal((await run('logs', 'localhost', '--unit', '../x')).code, 2);
});

test('logs --follow goes on with new lines until it is interrupted', async () => {
  const follow = host.shell(
    `${CHECKOUT}/bin/oo-install logs localhost --follow --lines 0 >/tmp/log 2>&1 & echo $! >/tmp/pid; wait $!; echo ended $? >>/tmp/log`,
    { timeout: 120_000 },
  );
  await eventually(() => host.exec(['pgrep', '-f', 'journalctl .*-f -u openshift.service']), { timeout: 30_000 });
  await run('restart', 'localhost');
  await eventually(() => host.exec(['grep', '-q', '"msg":"started"', '/tmp/log']), { timeout: 20_000 });
  await host.shell('kill -INT "$(pgrep -f "[o]o-install.ts logs")"');
  await follow;
  assert.match((await host.exec(['cat', '/tmp/log'])).stdout, /ended 0\n$/);
  await eventually(async () => {
    const { stdout } = await host.exec(['pgrep', '-f', 'journalctl .*-f -u openshift.service'], { anyCode: true });
    assert.equal(stdout, '', 'the reader of the log goes on');
  });
});

test('stop leaves the pods running and says so; they are reached all the time', async () => {
  await using load = readLoad(url, token);
  const stopped = await run('stop', 'localhost');
  assert.equal(stopped.code, 0, text(stopped));
  assert.match(stopped.stdout, /3 pods go on running/);
  assert.match(stopped.stdout, /starts again at the next boot/);
  assert.equal(await isActive(), 'inactive');
  const status = await run('status', 'localhost', '--json');
  assert.match(status.stdout, /"platform":"stopped"/);
  assert.match((await run('stop', 'localhost')).stdout, /nothing to do/);
  const started = await run('start', 'localhost');
  assert.equal(started.code, 0, text(started));
  assert.match(started.stdout, /OpenShift is running/);
  assert.match((await run('start', 'localhost')).stdout, /nothing to do/);
  assert.equal((await run('restart', 'localhost')).code, 0);
  await load.stop();
  assert.deepEqual(load.results, []);
});

test('start says why it cannot', async () => {
  await run('stop', 'localhost');
  await host.shell("echo 'ofTomorrow: true' >>/etc/openshift/config.yaml");
  const failed = await run('start', 'localhost');
  assert.equal(failed.code, 6, text(failed));
  assert.match(failed.stderr, /config\.yaml is not valid: [^]*ofTomorrow[^]*PLATFORM_NOT_READY/);
  await host.shell("sed -i '/^ofTomorrow/d' /etc/openshift/config.yaml");
  assert.equal((await run('restart', 'localhost')).code, 0);
});

test('kubeconfig merges the server into the file that kubectl reads, and kubectl finds it by its name', async () => {
  await host.copyIn(dirname(KUBECTL), '/usr/local/bin', ['kubectl']);
  const others = '# mine\nclusters: []\ncontexts:\n- name: lab\n  context: {cluster: lab, user: me}\ncurrent-context: lab\n';
  await host.shell('mkdir -p /root/.kube');
  await host.write({ '/root/.kube/config': others });
  const merged = await run('kubeconfig', 'localhost');
  assert.equal(merged.code, 0, text(merged));
  const kubectl = (...args: string[]) => host.exec(['kubectl', ...args]);
  assert.match((await kubectl('--context', 'oo-localhost', 'get', 'nodes')).stdout, / Ready /);
  assert.equal((await kubectl('config', 'current-context')).stdout.trim(), 'lab');
  // kubectl writes the file anew in its own way: our entries are still known to be ours.
  await kubectl('config', 'use-context', 'oo-localhost');
  assert.match((await run('kubeconfig', 'localhost')).stdout, /nothing to do|Context oo-localhost/);
  assert.equal((await host.exec(['stat', '-c', '%a', '/root/.kube/config'])).stdout.trim(), '600');
  const printed = await run('kubeconfig', 'localhost', '--output', '-');
  await host.write({ '/root/printed': printed.stdout }, 0o600);
  assert.match((await kubectl('--kubeconfig', '/root/printed', 'get', 'nodes')).stdout, / Ready /);
  const own = (await host.exec(['cat', HOST_KUBECONFIG])).stdout;
  const key = /client-key-data: (\S+)/.exec(own)![1]!;
  assert.ok(printed.stdout.includes(key));
});

test('uninstall takes the context along and leaves what is of others', async () => {
  const result = await run('uninstall', 'localhost', '--yes');
  assert.equal(result.code, 0, text(result));
  assert.match(result.stdout, /context oo-localhost was taken out of/);
  const left = (await host.exec(['cat', '/root/.kube/config'])).stdout;
  assert.doesNotMatch(left, /oo-localhost/);
  assert.match(left, /name: lab/);
});
