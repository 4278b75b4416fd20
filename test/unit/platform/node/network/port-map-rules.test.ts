import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removalScript } from '../../../../../lib/platform/node/network/port-map-rules.ts';

const PODS = '10.128.0.0/23';

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
    removalScript(saved(), PODS),
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
  assert.equal(removalScript(saved(':CNI-DN-0123456789abcdef - [0:0]'), PODS), undefined);
});

test('a table without them is left alone', () => {
  assert.equal(removalScript('*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n', PODS), undefined);
});

test('what was made for pods that are gone goes, and what others’ pods have stays', () => {
  const chain = (name: string, address: string): string[] => [
    `-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"x\\" id: \\"y\\"" -m multiport --dports 80,443 -j ${name}`,
    `-A ${name} -s 127.0.0.1/32 -p tcp -m tcp --dport 80 -j CNI-HOSTPORT-SETMARK`,
    `-A ${name} -p tcp -m tcp --dport 80 -j DNAT --to-destination ${address}:8080`,
  ];
  const ours = chain('CNI-DN-0123456789abcdef', '10.128.1.2');
  const text = saved(
    ':CNI-DN-0123456789abcdef - [0:0]',
    ':CNI-DN-fedcba9876543210 - [0:0]',
    ...ours,
    ...chain('CNI-DN-fedcba9876543210', '10.4.0.2'),
  );
  assert.equal(
    removalScript(text, PODS),
    ['*nat', ours[0]!.replace('-A', '-D'), '-F CNI-DN-0123456789abcdef', '-X CNI-DN-0123456789abcdef', 'COMMIT', ''].join('\n'),
  );
  const alone = removalScript(saved(':CNI-DN-0123456789abcdef - [0:0]', ...ours), PODS)!;
  assert.match(alone, /-X CNI-DN-0123456789abcdef\n-X CNI-HOSTPORT-DNAT\n/);
});
