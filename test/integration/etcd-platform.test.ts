import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../lib/common/assets.ts';
import { platformConfigSchema } from '../../lib/platform/config/platform-config.ts';
import { ensureAuthority } from '../../lib/platform/pki/authority.ts';
import { EtcdMembers } from '../../lib/platform/storage/etcd/etcd-members.ts';
import { methods } from '../../lib/platform/storage/etcd/messages.ts';
import { startEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { startPlatform } from '../support/platform.ts';
import { runCommand } from '../support/run-command.ts';

const openshift = (...args: string[]): string[] => [process.execPath, join(packageRoot(), 'bin', 'openshift.ts'), ...args];

test('the API goes on when the leader dies, says so when nobody answers, and comes back by itself', async () => {
  await using etcd = await startEtcd({ members: 3 });
  await using platform = await startPlatform({ parts: 'master', config: { etcd: { endpoints: [...etcd.endpoints] } } });
  const { kubectl } = platform;
  const daemon = platform.pid();
  await using watch = kubectl.start(['get', 'configmaps', '-w', '--output-watch-events', '--no-headers']);
  const create = (name: string) => kubectl(['create', 'configmap', name, '--from-literal=a=b']);
  await create('before');
  await watch.until(/ADDED +before /);

  await (await etcd.leader()).kill('SIGKILL');
  for (let i = 0; i < 10; i++) await create(`leaderless-${i}`);

  for (const member of etcd.members) await member.kill('SIGKILL');
  await eventually(
    async () => {
      const { code, stderr } = await kubectl(['get', '--raw', '/readyz'], { anyCode: true });
      assert.notEqual(code, 0);
      assert.match(stderr, /\[-\]etcd failed: .*ECONNREFUSED/);
    },
    { timeout: 20_000 },
  );
  // Each is waited for as long as an election may take.
  const [refused, unread] = await Promise.all([
    kubectl(['create', 'configmap', 'away', '--from-literal=a=b'], { anyCode: true, timeout: 60_000 }),
    kubectl(['get', 'configmaps'], { anyCode: true, timeout: 60_000 }),
  ]);
  assert.match(refused.stderr, /the store does not answer: connect ECONNREFUSED \S+, please try again/);
  assert.match(unread.stderr, /Error from server \(ServiceUnavailable\): the store does not answer: connect ECONNREFUSED/);

  await Promise.all(etcd.members.map((member) => member.start()));
  await eventually(() => kubectl(['get', '--raw', '/readyz']), { timeout: 20_000 });
  await create('after');
  const names = (await kubectl(['get', 'configmaps', '-o', 'name'])).stdout;
  for (const name of ['before', 'leaderless-9', 'after']) assert.match(names, new RegExp(`configmap/${name}\n`));
  assert.doesNotMatch(names, /configmap\/away/);
  await watch.until(/ADDED +after /);
  assert.equal(watch.output().match(/ADDED +leaderless-/g)?.length, 10);
  assert.equal(platform.pid(), daemon);
});

test('a second platform is refused while the first one runs, and one that was killed is succeeded at once', async (t) => {
  await using etcd = await startEtcd();
  const endpoints = [...etcd.endpoints];
  await using platform = await startPlatform({ parts: 'master', config: { etcd: { endpoints } } });
  const folder = mkdtempSync(join(tmpdir(), 'oo-second-'));
  try {
    const second = await runCommand(
      openshift('start', 'master', '--data-dir', folder, '--etcd', endpoints.join(), '--listen', '127.0.0.1:1'),
      { anyCode: true, timeout: 30_000 },
    );
    assert.equal(second.code, 1);
    assert.match(second.stderr, /\/openshift in this etcd is in use by the platform on .*, process \d+\n  one platform writes/);
  } finally {
    rmSync(folder, { recursive: true });
  }
  await platform.kubectl(['create', 'namespace', 'kept']);
  const members = new EtcdMembers({ endpoints });
  t.after(() => members.close());
  const { kvs } = await members.call(methods.range, { key: Buffer.from('/openshift.master') });
  await platform.kill('SIGKILL');
  // The lease of the one that was killed does not end: who waits for it waits in vain.
  const renew = async () => (await members.ready()).exchange(methods.keepLease, { ID: kvs[0]!.lease }, 2_000);
  const renewing = setInterval(() => void renew().catch(() => undefined), 1_000);
  t.after(() => clearInterval(renewing));
  await platform.start();
  await platform.kubectl(['get', 'namespace', 'kept']);
});

test('members that want certificates get them; a platform without one is refused, in words', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oo-etcd-tls-'));
  try {
    const authority = await ensureAuthority(join(folder, 'authority'));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const server = await authority.issue({ commonName: 'etcd', usages: ['server', 'client'], ipAddresses: ['127.0.0.1'] });
    const client = await authority.issue({ commonName: 'openshift', usages: ['client'] });
    const caFile = file('ca.pem', authority.caPem);
    const certFile = file('client.pem', client.certPem);
    const keyFile = file('client.key', client.keyPem);
    await using etcd = await startEtcd({
      tls: { ca: caFile, cert: file('server.pem', server.certPem), key: file('server.key', server.keyPem) },
    });
    const endpoints = [...etcd.endpoints];
    await using platform = await startPlatform({ parts: 'master', config: { etcd: { endpoints, caFile, certFile, keyFile } } });
    await platform.kubectl(['create', 'namespace', 'kept']);
    // As docs/etcd.md has it, but for the names of hosts and files.
    const documented = /^ +openshift (check .*)$/m
      .exec(readFileSync(join(packageRoot(), 'docs', 'etcd.md'), 'utf8'))![1]!
      .replace(/https:\S+/, endpoints.join())
      .replace('/etc/etcd/ca.crt', caFile)
      .replace('/etc/etcd/openshift.crt', certFile)
      .replace('/etc/etcd/openshift.key', keyFile);
    const well = await runCommand(openshift(...documented.split(' '), '--data-dir', folder), { timeout: 30_000 });
    assert.match(well.stdout, /can run with this configuration/);
    const check = (...flags: string[]) =>
      runCommand(openshift('check', '--data-dir', folder, '--etcd', endpoints.join(), ...flags), {
        anyCode: true,
        timeout: 30_000,
      });
    const [without, strangers] = await Promise.all([check('--etcd-ca', caFile), check()]);
    assert.match(without.stderr, /no etcd answers at https:.*certificate required/is);
    assert.match(strangers.stderr, /no etcd answers at https:.*(self-signed|unable to verify|local issuer)/is);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the configuration of docs/etcd.md is one', () => {
  const block = /```yaml\n(.*?)```/s.exec(readFileSync(join(packageRoot(), 'docs', 'etcd.md'), 'utf8'))![1]!;
  assert.equal(platformConfigSchema.parse(parse(block)).etcd?.endpoints.length, 3);
});
