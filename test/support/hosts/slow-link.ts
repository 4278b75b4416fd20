import { runCommand } from '../run-command.ts';
import type { TestHost } from '../test-host.ts';

/**
 * Limits what the host receives to `mbit` Mbit/s (10^6 bit, frames with their Ethernet headers): a token bucket (tc-tbf(8)) on this
 * machine's end of the host's first link. The limit goes with the link, when the host stops.
 */
export async function limitLink(host: TestHost, mbit: number): Promise<void> {
  const device = await machineEnd(host);
  const rate = ['rate', `${mbit}mbit`, 'burst', '128k', 'latency', '50ms'];
  await runCommand(['tc', 'qdisc', 'replace', 'dev', device, 'root', 'tbf', ...rate]);
}

/** Takes the limit away again. */
export async function unlimitLink(host: TestHost): Promise<void> {
  await runCommand(['tc', 'qdisc', 'del', 'dev', await machineEnd(host), 'root'], { anyCode: true });
}

/** The device on this machine whose other end is the host's eth0. */
async function machineEnd(host: TestHost): Promise<string> {
  const index = (await host.exec(['cat', '/sys/class/net/eth0/iflink'])).stdout.trim();
  const links = (await runCommand(['ip', '-o', 'link'])).stdout.split('\n');
  const device = links.map((line) => /^(\d+): ([^:@]+)/.exec(line)).find((match) => match?.[1] === index)?.[2];
  if (device === undefined) throw new Error(`no link with index ${index} for ${host.name}`);
  return device;
}
