import { machineHost, type ProxyHost } from '../proxy/proxy-host.ts';

/** The portmap plug-in's shared chains, and those that it makes for one pod each. */
const SHARED = /^CNI-HOSTPORT-/;
const OF_A_POD = /^CNI-(DN|SN)-/;

/**
 * The portmap plug-in makes chains in the nat table with the first host port and never takes them away. This does, when no
 * pod of anybody has a host port any more. Without iptables there is nothing to do.
 */
export async function removePortMapRules(host: ProxyHost = machineHost()): Promise<void> {
  const saved = await host.run('iptables-save', ['-t', 'nat']);
  const script = saved.code === 0 ? removalScript(saved.stdout) : undefined;
  if (script === undefined) return;
  const { code, stderr } = await host.run('iptables-restore', ['--noflush'], script);
  if (code !== 0) throw new Error(`iptables-restore: ${stderr.trim()}`);
}

/** What iptables-restore is given, from what iptables-save printed; undefined when the chains are in use or not there. */
export function removalScript(saved: string): string | undefined {
  const lines = saved.split('\n');
  const chains = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []);
  const shared = chains.filter((name) => SHARED.test(name));
  if (shared.length === 0 || chains.some((name) => OF_A_POD.test(name))) return undefined;
  const jumps = lines.filter((line) => line.startsWith('-A ') && shared.some((name) => new RegExp(`-j ${name}( |$)`).test(line)));
  const commands = [
    ...jumps.map((line) => line.replace(/^-A/, '-D')),
    ...shared.map((name) => `-F ${name}`),
    ...shared.map((name) => `-X ${name}`),
  ];
  return `*nat\n${commands.join('\n')}\nCOMMIT\n`;
}
