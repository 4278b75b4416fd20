import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removalScript } from '../../../../../lib/platform/node/network/port-map-rules.ts';

const saved = (...more: string[]): string =>
  [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':DOCKER - [0:0]',
    ':CNI-HOSTPORT-DNAT - [0:0]',
    ':CNI-HOSTPORT-MASQ - [0:0]',
    ...more,
    '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
    '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
    'COMMIT',
    '',
  ].join('\n');

test('the plug-in’s chains go, with the jumps to them and nothing else', () => {
  assert.equal(
    removalScript(saved()),
    [
      '*nat',
      '-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-D POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
      '-F CNI-HOSTPORT-DNAT',
      '-F CNI-HOSTPORT-MASQ',
      '-X CNI-HOSTPORT-DNAT',
      '-X CNI-HOSTPORT-MASQ',
      'COMMIT',
      '',
    ].join('\n'),
  );
});

test('they stay while a pod has a host port', () => {
  assert.equal(removalScript(saved(':CNI-DN-0123456789abcdef - [0:0]')), undefined);
});

test('a table without them is left alone', () => {
  assert.equal(removalScript('*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n'), undefined);
});
