import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OoError } from '../../../../lib/common/errors.ts';
import { parseCluster } from '../../../../lib/installer/config/cluster-file.ts';
import { nearestName } from '../../../../lib/installer/config/nearest-name.ts';
import { clusterRequests } from '../../../../lib/installer/fleet/cluster-requests.ts';

const pin = `SHA256:${'A'.repeat(43)}`;

function problems(content: string): string[] {
  try {
    parseCluster(content, 'cluster.yaml');
  } catch (error) {
    assert.equal((error as OoError).code, 'CLUSTER_FILE_INVALID', String(error));
    return (error as OoError).message.split('\n');
  }
  return assert.fail('it was taken');
}

test('hosts become requests: what a host says comes before the defaults, paths are relative to the file', () => {
  const cluster = parseCluster(
    `
hosts:
  - web1
  - name: db1
    address: root@10.0.0.7:2222
    identity: keys/db1
    jump: none
    hostKey: ${pin}
    nodeName: db1.example.com
    advertiseAddress: 10.0.0.7
    tlsSANs: [203.0.113.7, db.example.com]
  - localhost
defaults: { user: admin, port: 22, identity: [~/.ssh/one, /abs/two], jump: bastion }
settings: { port: 6443 }
parallel: 3
`,
    'cluster.yaml',
  );
  assert.deepEqual([cluster.parallel, cluster.settings], [3, { port: 6443 }]);
  const [web1, db1, local] = clusterRequests(cluster, '/site/cluster.yaml');
  assert.deepEqual(web1?.target, { kind: 'ssh', name: 'web1', host: 'web1', user: 'admin', port: 22 });
  assert.equal(web1?.jump, 'bastion');
  assert.match(web1?.identities.join(' ') ?? '', /^\/.*\/\.ssh\/one \/abs\/two$/);
  assert.deepEqual(db1, {
    target: { kind: 'ssh', name: 'db1', host: '10.0.0.7', user: 'root', port: 2222 },
    identities: ['/site/keys/db1'],
    jump: 'none',
    pins: [{ host: 'db1', fingerprint: pin }],
    nodeName: 'db1.example.com',
    advertiseAddress: '10.0.0.7',
    tlsSANs: ['203.0.113.7', 'db.example.com'],
  });
  assert.equal(local?.target.kind, 'local');
});

test('every problem is told at once, with its line, its path and its value', () => {
  const told = problems(`hosts:
  - name: web1
    port: 99999
  - adress: 10.0.0.1
  - name: "a b"
    hostKey: [${pin}, x]
  - 5
  - name: web2
    advertiseAddress: 0.0.0.0
    tlsSANs: "a b"
defaults:
  user: -oProxyCommand=x
setings: {}
parallel: 0
`);
  assert.deepEqual(told, [
    'cluster.yaml:3: hosts[0].port: 99999 is not a port from 1 to 65535',
    'cluster.yaml:4: hosts[1].name: missing',
    'cluster.yaml:4: hosts[1].adress: unknown key; did you mean address?',
    'cluster.yaml:5: hosts[2].name: "a b" is no [user@]host[:port]',
    'cluster.yaml:6: hosts[2].hostKey: this list is no fingerprint such as SHA256:..., nor a list of them',
    'cluster.yaml:7: hosts[3]: 5 is no mapping of keys',
    'cluster.yaml:9: hosts[4].advertiseAddress: "0.0.0.0" is no IPv4 address',
    'cluster.yaml:10: hosts[4].tlsSANs: "a b" is no DNS name in lower case nor an address, nor a list of them',
    'cluster.yaml:12: defaults.user: "-oProxyCommand=x" is no user name',
    'cluster.yaml:13: setings: unknown key; did you mean settings?',
    'cluster.yaml:14: parallel: 0 is not a number from 1 to 100',
  ]);
});

test('what is no cluster at all is refused, and quickly', () => {
  assert.match(problems('')[0]!, /^cluster\.yaml:1: hosts: missing$/);
  assert.match(problems('- web1')[0]!, /^cluster\.yaml:1: this list is no mapping of keys$/);
  assert.match(problems('hosts: []')[0]!, /names no host/);
  assert.match(problems('hosts: [web1, web1]')[0]!, /^cluster\.yaml:1: hosts\[1\]: web1 is named above already$/);
  assert.match(problems('hosts:\n - a\nhosts:\n - b')[0]!, /^cluster\.yaml:3: /);
  assert.match(problems('hosts: [a\n')[0]!, /^cluster\.yaml:\d: /);
  assert.match(problems('hosts: [!!js/function "x"]')[0]!, /^cluster\.yaml:1: /);
  assert.deepEqual(problems('hosts:\n\t- web1').length, 1, 'one mistake is told once');
  // Of this process: the machine may have much else to do.
  const begin = process.cpuUsage();
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level++) {
    const before = String.fromCharCode(96 + level);
    bomb.push(
      `${String.fromCharCode(97 + level)}: &${String.fromCharCode(97 + level)} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`,
    );
  }
  problems(`${bomb.join('\n')}\nhosts: *l`);
  problems(`hosts: ${'['.repeat(100_000)}`);
  problems(`hosts: [${'web1, '.repeat(300_000)}]`);
  assert.ok(process.cpuUsage(begin).user < 5_000_000);
});

test('names and values cannot write to the terminal', () => {
  const told = problems('"\\e]0;x\\a": 1\nhosts:\n  - "\\e[2J"').join('\n');
  assert.ok(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$/.test(told), told);
});

test('the nearest name is one that could have been meant', () => {
  const names = ['address', 'port', 'nodeName', 'user'];
  assert.deepEqual(
    ['adress', 'prot', 'nodename', 'usr', 'colour', 'x', ''].map((typed) => nearestName(typed, names)),
    ['address', 'port', 'nodeName', 'user', undefined, undefined, undefined],
  );
});
