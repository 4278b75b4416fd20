import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CniResult } from '../../../../../lib/platform/node/network/cni-plugin.ts';
import { guardedPort, guardScript, PortGuard } from '../../../../../lib/platform/node/network/port-guard.ts';
import type { ProgramResult, ProxyHost } from '../../../../../lib/platform/node/proxy/proxy-host.ts';

/** As the bridge plug-in answers. */
const result = (n: number, more: object = {}): CniResult => ({
  cniVersion: '0.4.0',
  interfaces: [
    { name: 'oobr0', mac: '0a:58:0a:80:00:01' },
    { name: `veth${n}`, mac: '9a:00:00:00:00:01' },
    { name: 'eth0', mac: `02:00:00:00:00:0${n}`, sandbox: '/proc/7/ns/net' },
  ],
  ips: [{ address: `10.128.0.${n}/23` }],
  ...more,
});

/** A kernel that takes its time. */
function slowHost(code = 0): { host: ProxyHost; scripts: string[]; answer(): void } {
  const scripts: string[] = [];
  const waiting: ((result: ProgramResult) => void)[] = [];
  const host = {
    run: (_file: string, _args: readonly string[], input = '') => {
      scripts.push(input);
      return new Promise<ProgramResult>((resolve) => void waiting.push(resolve));
    },
  } as unknown as ProxyHost;
  return { host, scripts, answer: () => waiting.shift()!({ code, stdout: '', stderr: 'Operation not supported' }) };
}
const turn = (): Promise<unknown> => new Promise(setImmediate);

test('reads who a pod is on the bridge, and takes nothing for an address that is none', () => {
  assert.deepEqual(guardedPort(result(5)), { port: 'veth5', mac: '02:00:00:00:00:05', ip: '10.128.0.5' });
  for (const odd of [
    undefined,
    result(5, { interfaces: [] }),
    result(5, { ips: [] }),
    result(5, { ips: [{ address: '} drop' }] }),
  ])
    assert.equal(guardedPort(odd), undefined);
});

test('the rules name each port with its addresses, and are whole without any', () => {
  const script = guardScript('oobr0', [guardedPort(result(5))!, guardedPort(result(6))!]);
  assert.match(script, /^add table bridge openshift-oobr0\ndelete table bridge openshift-oobr0\n/);
  assert.match(script, /set ports \{ type ifname; elements = \{ "veth5", "veth6" \} \}/);
  assert.match(script, /"veth5" \. 02:00:00:00:00:05 \. 10\.128\.0\.5, "veth6" /);
  assert.doesNotMatch(guardScript('oobr0', []), /elements/);
});

test('pods that come at once are written at once, each before it is answered for', async () => {
  const { host, scripts, answer } = slowHost();
  const guard = new PortGuard('oobr0', undefined, host);
  const done: number[] = [];
  for (const n of [1, 2, 3]) {
    void guard.keep([[`sandbox${n}`, result(n)]]).then(() => done.push(n));
    await turn();
  }
  assert.equal(scripts.length, 1);
  answer();
  await turn();
  assert.deepEqual(done, [1]);
  assert.match(scripts[1]!, /"veth1", "veth2", "veth3"/);
  guard.forget('sandbox1');
  answer();
  await turn();
  assert.deepEqual([done, scripts.length], [[1, 2, 3], 2]);
  void guard.keep([['sandbox4', result(4)]]);
  await turn();
  assert.doesNotMatch(scripts[2]!, /veth1"/);
});

test('a kernel that cannot is told of once, and keeps no pod from starting', async () => {
  const { host, answer } = slowHost(1);
  const told: unknown[] = [];
  const log = { error: (...args: unknown[]) => void told.push(args) } as never;
  const guard = new PortGuard('oobr0', log, host);
  for (const n of [1, 2]) {
    const kept = guard.keep([[`sandbox${n}`, result(n)]]);
    await turn();
    answer();
    await kept;
  }
  assert.equal(told.length, 1);
});

test('what another program has removed is written again as it was', async () => {
  const { host, scripts, answer } = slowHost();
  const guard = new PortGuard('oobr0', undefined, host);
  for (const sandboxes of [[['sandbox1', result(1)]], []] as const) {
    const kept = guard.keep(sandboxes);
    await turn();
    answer();
    await kept;
  }
  assert.equal(scripts[1], scripts[0]);
  assert.match(scripts[1]!, /"veth1"/);
});
