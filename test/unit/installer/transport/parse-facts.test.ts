import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFacts } from '../../../../lib/installer/transport/parse-facts.ts';
import { dockerRunning, probeOutput, sentinel, testFacts } from '../../../support/probe-output.ts';

test('banners before the answer are passed over, and an answer that was cut off is refused', () => {
  const output = `\u001b[31mhello\nuid=1000\n${probeOutput()}`;
  assert.equal(parseFacts(output, sentinel).uid, 0);
  assert.throws(() => parseFacts(output.slice(0, -20), sentinel), { code: 'PROBE_FAILED' });
  assert.throws(() => parseFacts('This account is currently not available.\n', sentinel), /not available/);
});

test('values of a hostile server stay data: no control characters, no other keys', () => {
  const facts = testFacts({ hostname: 'x\u001b]0;owned\u0007\u009b31m', '__proto__.polluted': 'yes' });
  assert.equal(facts.hostname, 'x?]0;owned??31m');
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('routes, ports, units and Docker are read as the kernel and the programs write them', () => {
  const facts = testFacts(dockerRunning, [
    'route=eth0 000200C0 00FFFFFF',
    'listen.tcp=20FB',
    'unit.openshift=ActiveState=active UnitFileState=enabled LoadState=loaded',
    'unit.docker=ActiveState=inactive UnitFileState= LoadState=not-found',
    'docker.image=openshift/origin-pod:latest sha256:aa',
    'docker.image=openshift/hello-openshift:latest ',
  ]);
  assert.deepEqual(facts.routes, [{ device: 'eth0', network: 0xc0000200, mask: 0xffffff00 }]);
  assert.deepEqual(facts.listening, [{ protocol: 'tcp', address: 'any', port: 8443 }]);
  assert.equal(facts.units.openshift?.active, 'active');
  assert.equal(facts.units.docker, undefined);
  assert.deepEqual([...facts.docker.images], [['openshift/origin-pod:latest', 'sha256:aa']]);
});

/** /proc/net/tcp, tcp6 and udp as the kernel writes them, and what a socket is in the way of. */
const sockets: readonly [string, string, string][] = [
  ['listen.tcp=00000000:20FB', 'tcp', 'any'],
  ['listen.tcp=0100007F:20FB', 'tcp', '127.0.0.1'],
  ['listen.tcp6=00000000000000000000000000000000:20FB', 'tcp', 'any'],
  ['listen.tcp6=00000000000000000000000001000000:20FB', 'tcp', 'none'],
  ['listen.tcp6=0000000000000000FFFF00000A0200C0:20FB', 'tcp', '192.0.2.10'],
  ['listen.udp=0A0200C0:20FB', 'udp', '192.0.2.10'],
];
for (const [line, protocol, address] of sockets) {
  test(`${line} is ${protocol} on ${address}`, () => {
    assert.deepEqual(testFacts({}, [line]).listening, [{ protocol, address, port: 8443 }]);
  });
}

test("a socket on :: that takes no IPv4 is in nobody's way", () => {
  const facts = testFacts({}, ['listen.tcp6=00000000000000000000000000000000:20FB', 'listen.v6only=8443']);
  assert.equal(facts.listening[0]?.address, 'none');
});

test('what is no such line answers nothing, whatever it holds', () => {
  const facts = testFacts({ 'memory.MemTotal': 'a lot', disk: '/x yes ext4 rw /' }, [
    'listen.tcp=zz',
    'listen.tcp=00000000:0000',
    'inodes=/ - - /',
    'process=kubelet',
    'process=kubelet x; reboot',
    'cloud-init=done',
    'cloud-init.result={"v1": {"errors": {}}}',
    'docker.foreigners=many',
    '=x',
    'no line at all',
  ]);
  assert.equal(facts.memory.total, 0);
  assert.deepEqual([facts.disks, facts.inodes, facts.listening, facts.processes.size], [[], [], [], 0]);
  assert.deepEqual(facts.cloudInit, { state: 'done', stage: '', errors: [] });
});

test('a container has the memory of its limit', () => {
  assert.equal(testFacts({}, ['memory.limit=536870912']).memory.total, 536_870_912);
  assert.equal(testFacts({}, ['memory.limit=max', 'memory.limit=9223372036854771712']).memory.total, 4_096_000_000);
});

test('cloud-init that ended with errors has failed, and its words are kept', () => {
  const result = '{"v1": {"datasource": "DataSourceNoCloud", "errors": ["(\'scripts_user\', RuntimeError(\'no\'))"]}}';
  const { cloudInit } = testFacts({}, ['cloud-init=done', `cloud-init.result=${result}`]);
  assert.equal(cloudInit.state, 'failed');
  assert.match(cloudInit.errors.join(), /scripts_user/);
});
