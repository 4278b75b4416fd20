import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type ProgressEvent, progressEvent } from '../../lib/installer/progress-event.ts';
import { KUBECTL } from '../support/kubectl.ts';
import { startHomeOperator } from '../support/operator/home-operator.ts';
import { trust } from '../support/operator/operator.ts';
import { startSshHost } from '../support/ssh-host.ts';

const operator = await startHomeOperator();
after(() => operator[Symbol.asyncDispose]());
const keys = [operator.publicKey];
const started = await Promise.all([
  startSshHost({ docker: 'running', equipped: true, users: [{ name: 'root', keys }] }),
  startSshHost({ docker: 'stopped', equipped: true, users: [{ name: 'admin', keys, sudo: 'nopasswd' }] }),
  startSshHost({
    docker: 'stopped',
    equipped: true,
    users: [{ name: 'admin', keys, sudo: 'password', password: 'open sesame' }],
  }),
]);
after(() => Promise.all(started.map((host) => host.dispose())));
await trust(operator, ...started);

// One by ~/.ssh/config, one by its address on the command line, all of them in cluster.yaml.
const [first, second, third] = await Promise.all(started.map((host) => host.address()));
const names = ['web1', `admin@${second}`, 'web3'];
await operator.write({
  '.ssh/config': `Host web1\n  HostName ${first}\n  User root\nHost web3\n  HostName ${third}\n  User admin\n`,
  'sudo-password': 'open sesame\n',
});
const sudo = ['--sudo-password-file', `${operator.home}/sudo-password`];

const events = (stdout: string): ProgressEvent[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => progressEvent.parse(JSON.parse(line)));

test('one command installs on three servers, and kubectl on this machine knows them all', async () => {
  const result = await operator.ooInstall([...names, ...sudo, '--json']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  const told = events(result.stdout);
  const summary = told.at(-1)!;
  assert.ok(summary.event === 'summary' && summary.succeeded === 3 && summary.exitCode === 0, result.stdout);
  assert.deepEqual(
    summary.hosts.map(({ host, outcome }) => [host, outcome]),
    names.map((name) => [name, 'installed']),
  );
  for (const { context = '' } of summary.hosts) {
    const nodes = await operator.exec([KUBECTL, '--context', context, 'get', 'nodes']);
    assert.match(nodes.stdout, / Ready /, context);
  }
  assert.ok(!result.stdout.includes('open sesame'));
});

test('again there is nothing to do on any of them, and the table says so', async () => {
  const { stdout, stderr, code } = await operator.ooInstall([...names, ...sudo]);
  assert.equal(code, 0, stdout + stderr);
  for (const name of names) assert.match(stdout, new RegExp(`^ ✔ ${RegExp.escape(name)} +unchanged .*https://`, 'm'));
  assert.match(stdout, /^All 3 hosts succeeded\./m);
});

test('--limit chooses, and every host has its own state', async () => {
  const stopped = await operator.ooInstall(['stop', ...names, ...sudo, '--limit', 'web1']);
  assert.equal(stopped.code, 0, stopped.stdout + stopped.stderr);
  const { stdout } = await operator.ooInstall(['status', ...names, ...sudo, '--json']);
  const states = events(stdout).filter((event) => event.event === 'status');
  assert.deepEqual(
    Object.fromEntries(states.map(({ host, platform }) => [host, platform])),
    Object.fromEntries(names.map((name) => [name, name === 'web1' ? 'stopped' : 'ready'])),
  );
});

test('all are taken back with one command, here too', async () => {
  const result = await operator.ooInstall(['uninstall', ...names, ...sudo, '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  for (const name of names) assert.match(result.stdout, new RegExp(`^ . ${RegExp.escape(name)} +(partly-)?uninstalled`, 'm'));
  for (const host of started) {
    assert.equal((await host.shell('ls /etc/openshift /var/lib/openshift 2>/dev/null', { anyCode: true })).stdout, '');
  }
});
