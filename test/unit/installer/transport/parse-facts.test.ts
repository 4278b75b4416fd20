import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { assetPath } from '../../../../lib/common/assets.ts';
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
  assert.ok(facts.listening.tcp.has(8443));
  assert.equal(facts.units.openshift?.active, 'active');
  assert.equal(facts.units.docker, undefined);
  assert.deepEqual([...facts.docker.images], [['openshift/origin-pod:latest', 'sha256:aa']]);
});

test('the real probe runs under a POSIX sh, tells this machine and leaves nothing but its answer', () => {
  const argv = [assetPath('probe', 'probe.sh'), sentinel, '/opt/oo-install,/run', 'openshift/origin-pod:latest'];
  const facts = parseFacts(execFileSync('sh', argv, { encoding: 'utf8' }), sentinel);
  assert.equal(facts.kernel, 'Linux');
  assert.equal(facts.uid, process.getuid?.());
  assert.deepEqual(
    facts.disks.map(({ path }) => path),
    ['/opt/oo-install', '/run'],
  );
  assert.ok(facts.memory.total > 0 && facts.cgroup.controllers.length > 0);
});
