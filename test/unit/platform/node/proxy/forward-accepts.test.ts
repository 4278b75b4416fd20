import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensureAccepts, removeAccepts } from '../../../../../lib/platform/node/proxy/forward-accepts.ts';
import { FakeHost } from './fake-host.ts';

const OPTIONS = { bridge: 'oobr0', tag: 'openshift-oobr0' };
const BASE = ['-P INPUT ACCEPT', '-P FORWARD DROP', '-P OUTPUT ACCEPT'];

/** An iptables with these lines, which really inserts and deletes. */
function iptables(host: FakeHost, program: string, lines: string[]): string[] {
  host.programs.set(program, (args) => {
    const words = args.filter((word, index) => word !== '-w' && args[index - 1] !== '-w');
    const [verb, chain, ...rest] = words as [string, string, ...string[]];
    if (verb === '-S') return { stdout: `${lines.join('\n')}\n` };
    const of = lines.map((line, index) => ({ line, index })).filter(({ line }) => line.startsWith(`-A ${chain} `));
    if (verb === '-I') lines.splice(of[Number(rest[0]) - 1]?.index ?? lines.length, 0, `-A ${chain} ${rest.slice(1).join(' ')}`);
    if (verb === '-D') lines.splice(lines.indexOf(`-A ${chain} ${rest.join(' ')}`), 1);
    return {};
  });
  return lines;
}

test('the accepts stand in DOCKER-USER, behind the rules of the administrator, before its return', async () => {
  const host = new FakeHost();
  const lines = iptables(host, 'iptables-nft', [
    ...BASE,
    '-N DOCKER-USER',
    '-A FORWARD -j DOCKER-USER',
    '-A DOCKER-USER -s 192.0.2.66/32 -j DROP',
    '-A DOCKER-USER -j RETURN',
  ]);
  assert.equal(await ensureAccepts(host, OPTIONS), true);
  assert.deepEqual(lines.slice(-4), [
    '-A DOCKER-USER -s 192.0.2.66/32 -j DROP',
    '-A DOCKER-USER -i oobr0 -m comment --comment openshift-oobr0 -j ACCEPT',
    '-A DOCKER-USER -o oobr0 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -m comment --comment openshift-oobr0 -j ACCEPT',
    '-A DOCKER-USER -j RETURN',
  ]);
  assert.equal(await ensureAccepts(host, OPTIONS), false, 'a second look changes nothing');
});

test('half of them missing: only that half is added; removal leaves the rest as it was', async () => {
  const host = new FakeHost();
  const lines = iptables(host, 'iptables-nft', [...BASE, '-N DOCKER-USER', '-A DOCKER-USER -j RETURN']);
  const before = [...lines];
  await ensureAccepts(host, OPTIONS);
  lines.splice(
    lines.findIndex((line) => line.includes('-i oobr0')),
    1,
  );
  await ensureAccepts(host, OPTIONS);
  assert.equal(lines.filter((line) => line.includes('openshift-oobr0')).length, 2);
  await removeAccepts(host, OPTIONS);
  assert.deepEqual(lines, before);
});

test('the legacy flavour is only asked where it is in use', async () => {
  const host = new FakeHost();
  const nft = iptables(host, 'iptables-nft', ['-P INPUT ACCEPT', '-P FORWARD ACCEPT', '-P OUTPUT ACCEPT']);
  const legacy = iptables(host, 'iptables-legacy', [...BASE, '-N DOCKER-USER', '-A DOCKER-USER -j RETURN']);
  await ensureAccepts(host, OPTIONS);
  assert.ok(!host.ran.some((line) => line.startsWith('iptables-legacy')));
  host.files.set('/proc/net/ip_tables_names', 'nat\nfilter\n');
  await ensureAccepts(host, OPTIONS);
  assert.equal(legacy.filter((line) => line.includes('openshift-oobr0')).length, 2);
  assert.equal(nft.length, 3);
});

test('a firewall that lets everything through is left alone; one that does not gets accepts for answers', async () => {
  const host = new FakeHost();
  const lines = iptables(host, 'iptables', ['-P INPUT ACCEPT', '-P FORWARD ACCEPT', '-P OUTPUT ACCEPT']);
  assert.equal(await ensureAccepts(host, OPTIONS), false);
  lines.push('-A INPUT -j REJECT --reject-with icmp-host-prohibited', '-A FORWARD -j REJECT --reject-with icmp-host-prohibited');
  assert.equal(await ensureAccepts(host, OPTIONS), true);
  const input = lines.find((line) => line.startsWith('-A INPUT'));
  assert.match(input!, /^-A INPUT -i oobr0 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT /);
  assert.match(
    lines.find((line) => line.startsWith('-A FORWARD'))!,
    /-i oobr0/,
  );
});

test('no iptables at all is no error', async () => {
  assert.equal(await ensureAccepts(new FakeHost(), OPTIONS), false);
  await removeAccepts(new FakeHost(), OPTIONS);
});
