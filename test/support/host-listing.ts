import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import type { TestHost } from './test-host.ts';

/** What is on a host, by category; each line says one thing. */
export type HostListing = ReadonlyMap<string, readonly string[]>;

/** Folders that are not the installer's to leave alone: the checkout itself, and what changes by itself. */
const PRUNED = [
  '/proc',
  '/sys',
  '/dev',
  '/tmp',
  '/root/oo-install',
  '/root/.cache',
  '/var/log/journal',
  '/var/lib/docker',
  '/var/lib/containerd',
  '/run',
];

/**
 * One script, so that a listing is one moment. Counters, indexes, times and link carrier are left out: they change by themselves. So does the host's own
 * address when it boots, which Docker writes beside the host's name in /etc/hosts, once for each network.
 */
const SCRIPT = `
have() { command -v "$1" >/dev/null 2>&1; }
own=$(ip -4 -o addr show dev eth0 2>/dev/null | sed -n 's|.* inet \\([0-9.]*\\)/.*|\\1|p' | head -n 1)
own=\${own:-none}
echo '## files'
find / -xdev \\( ${PRUNED.map((path) => `-path ${path}`).join(' -o ')} \\) -prune -o -printf '%y %m %u:%g %p %l\\n' | sed 's/systemd-private-[^/]*/systemd-private/'
echo '## contents'
find /etc /usr/local /root -xdev \\( -path /root/oo-install -o -path /root/.cache -o -path /etc/hosts \\) -prune -o -type f -print0 | xargs -0 sha256sum
echo "$(sed "s/^[0-9.]*\\t\\($(hostname)\\)$/OWN \\1/" /etc/hosts | sha256sum | cut -c -64)  /etc/hosts"
echo '## run'
find /run -maxdepth 2 -printf '%y %m %p\\n'
echo '## units'
systemctl list-unit-files --no-legend --plain | awk '{ print $1, $2 }'
systemctl list-units --type=service,socket --state=active --no-legend --plain | awk '{ print "active", $1 }'
echo '## packages'
dpkg-query -W -f '\${db:Status-Status} \${Package}\\n'
echo '## users'
getent passwd; getent group
echo '## firewall'
if have nft; then nft list ruleset | sed 's/counter packets [0-9]* bytes [0-9]*/counter/'; fi
if have iptables-save; then for family in iptables ip6tables; do $family-save 2>/dev/null | sed -n 's/ \\[[0-9:]*\\]//; /^[#]/!p' | sed "s/^/$family /"; done; fi
echo '## interfaces'
ip -o link | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/'
ip -o addr | awk '$2 == "lo" || $2 !~ /^veth/ { print $2, $3, $4 }' | sed "s/$own/OWN/"
ip route | sed "s/ linkdown//; s/$own/OWN/"
echo '## mounts'
awk '{ print $2, $3 }' /proc/mounts
echo '## sysctls'
sysctl -e net.ipv4.ip_forward net.ipv4.conf.all.route_localnet net.ipv4.conf.all.rp_filter net.bridge.bridge-nf-call-iptables net.ipv4.ip_unprivileged_port_start 2>/dev/null
echo '## processes'
ps -eo args= | grep -vE '^(\\[|(ps|sh|grep|find|awk|sort|sed|xargs) )' | sed 's/[0-9][0-9]*/N/g'
if docker version >/dev/null 2>&1; then
  echo '## images'; docker images --format '{{.Repository}}:{{.Tag}}'
  echo '## containers'; docker ps -a --format '{{.Names}} {{.Image}}'
  echo '## volumes'; docker volume ls --format '{{.Name}}'
  echo '## networks'; docker network ls --format '{{.Name}} {{.Driver}}'
fi
true
`;

export async function listHost(host: TestHost): Promise<HostListing> {
  const listing = new Map<string, string[]>();
  let category = '';
  for (const line of (await host.shell(SCRIPT)).stdout.split('\n')) {
    if (line.startsWith('## ')) {
      category = line.slice(3);
      listing.set(category, []);
    } else if (line.trim() !== '') listing.get(category)?.push(line.trim());
  }
  return listing;
}

/** The same once two looks see the same: what was just started or ended comes to rest in its own time. */
export async function listSettledHost(host: TestHost): Promise<HostListing> {
  let last = await listHost(host);
  return eventually(
    async () => {
      const [before, now] = [last, await listHost(host)];
      last = now;
      assert.deepEqual(listingDifference(before, now), [], `${host.name} does not come to rest`);
      return now;
    },
    { timeout: 60_000 },
  );
}

/** Lines that only one listing has: `+ files d 755 root:root /etc/docker`. A line that comes twice counts twice. */
export function listingDifference(before: HostListing, after: HostListing): string[] {
  const differences: string[] = [];
  for (const category of new Set([...before.keys(), ...after.keys()])) {
    const count = new Map<string, number>();
    for (const line of before.get(category) ?? []) count.set(line, (count.get(line) ?? 0) - 1);
    for (const line of after.get(category) ?? []) count.set(line, (count.get(line) ?? 0) + 1);
    for (const [line, times] of count) if (times !== 0) differences.push(`${times > 0 ? '+' : '-'} ${category} ${line}`);
  }
  return differences.sort();
}

/** One line of expected-residue.txt: `SITUATION: PATTERN  # REASON`, with `*` for any text. */
export interface ExpectedResidue {
  /** `any`, or the state that Docker was in: absent, stopped, running. */
  readonly situation: string;
  readonly pattern: RegExp;
  readonly reason: string;
}

export function parseExpectedResidue(text: string): ExpectedResidue[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^(\w+): (.*?) {2,}# (.+)$/.exec(line);
      if (match === null) throw new Error(`not "SITUATION: PATTERN  # REASON": ${line}`);
      const [, situation, pattern, reason] = match as unknown as [string, string, string, string];
      const expression = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
      return { situation, pattern: new RegExp(`^${expression.join('.*')}$`), reason };
    });
}
