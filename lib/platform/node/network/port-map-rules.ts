import { type Cidr, cidrsOverlap, parseCidr } from '../../../common/cidr.ts';
import { machineHost, type ProxyHost } from '../proxy/proxy-host.ts';

/** The portmap plug-in's shared chains, and those that it makes for one pod each. */
const SHARED = /^CNI-HOSTPORT-/;
const OF_A_POD = /^CNI-(DN|SN)-/;

/**
 * Takes away what the portmap plug-in has made for pods of `podCIDR`, of which none is left: nobody else would, and requests to their ports of this
 * machine would go on being sent to nobody. The plug-in's shared chains go too when no pod of anybody has a host port any more. Without iptables there is
 * nothing to do.
 */
export async function removePortMapRules(podCIDR: string, host: ProxyHost = machineHost()): Promise<void> {
  const saved = await host.run('iptables-save', ['-t', 'nat']);
  const script = saved.code === 0 ? removalScript(saved.stdout, podCIDR) : undefined;
  if (script === undefined) return;
  const { code, stderr } = await host.run('iptables-restore', ['--noflush'], script);
  if (code !== 0) throw new Error(`iptables-restore: ${stderr.trim()}`);
}

/** What iptables-restore is given, from what iptables-save printed; undefined when there is nothing to take away. */
export function removalScript(saved: string, podCIDR: string): string | undefined {
  const lines = saved.split('\n');
  const chains = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []);
  const ofPods = chains.filter((name) => OF_A_POD.test(name));
  const pods = parseCidr(podCIDR)!;
  const dead = ofPods.filter((name) => leadsInto(pods, lines, name));
  const gone = [...dead, ...(dead.length === ofPods.length ? chains.filter((name) => SHARED.test(name)) : [])];
  if (gone.length === 0) return undefined;
  const jumps = lines.filter((line) => line.startsWith('-A ') && gone.includes(/-j (\S+)$/.exec(line)?.[1] ?? ''));
  const commands = [
    ...jumps.map((line) => line.replace(/^-A/, '-D')),
    ...gone.map((name) => `-F ${name}`),
    ...gone.map((name) => `-X ${name}`),
  ];
  return `*nat\n${commands.join('\n')}\nCOMMIT\n`;
}

/** Every destination of the chain is one of those pods. */
function leadsInto(pods: Cidr, lines: readonly string[], chain: string): boolean {
  const targets = lines.flatMap((line) =>
    line.startsWith(`-A ${chain} `) ? (/ --to-destination ([\d.]+)/.exec(line)?.[1] ?? []) : [],
  );
  return targets.length > 0 && targets.every((address) => cidrsOverlap(parseCidr(`${address}/32`)!, pods));
}
