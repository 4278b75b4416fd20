import { GetConsoleOutputCommand } from '@aws-sdk/client-ec2';
import { atOnce } from '../../../common/at-once.ts';
import { systemClock } from '../../../common/clock.ts';
import { publishedHostKeys } from '../console-host-keys.ts';
import type { LabContext, LabHost } from '../provider.ts';
import type { AwsAccount } from './account.ts';
import { awsErrors } from './aws-errors.ts';
import { askAws } from './explain-aws.ts';
import { hostsOf, type LabInstance, labInstances, wantedHosts } from './instances.ts';

/** Consoles that are read at once: EC2 throttles more. */
const consolesAtOnce = 8;

/** What a console tells of a host. */
type Seen = Pick<LabHost, 'hostKeys' | 'boot'>;
const nothing: Seen = { hostKeys: [], boot: 'unknown' };

/** A console of EC2 as it is now (`latest`), where the hypervisor gives that; older ones give the last that was kept. */
async function readConsole({ aws, region }: AwsAccount, InstanceId: string): Promise<string> {
  const { Output = '' } = await askAws('read the console of a host', region, async () => {
    try {
      return await aws.ec2.send(new GetConsoleOutputCommand({ InstanceId, Latest: true }));
    } catch (error) {
      if (!(error instanceof Error && error.name === 'UnsupportedOperation')) throw error;
      return aws.ec2.send(new GetConsoleOutputCommand({ InstanceId }));
    }
  });
  return Buffer.from(Output, 'base64').toString('utf8');
}

async function look(where: AwsAccount, { state }: Pick<LabContext, 'state'>, { id, state: power }: LabInstance): Promise<Seen> {
  const known = state.hostKeys[id];
  // They are pinned: asking once more would only take time, and a host that booted again may have lost them from its console.
  if (known !== undefined && known.length > 0) return { hostKeys: known, boot: 'unknown' };
  if (power !== 'running') return nothing;
  const console = await readConsole(where, id);
  return { hostKeys: publishedHostKeys(console), boot: bootOf(console) };
}

/** cloud-init says when it has finished; what failed in it is in a file of the host's own. */
const bootOf = (console: string): LabHost['boot'] =>
  /Cloud-init v\. \S+ finished/.test(console) ? 'done' : /cloud-init/i.test(console) ? 'running' : 'unknown';

/** All hosts that lab.yaml wants and those that it no longer wants, as EC2 has them now. */
export async function lookAtHosts(where: AwsAccount, context: Pick<LabContext, 'lab' | 'state'>): Promise<readonly LabHost[]> {
  const instances = await labInstances(where, context.state);
  const looks = await atOnce(consolesAtOnce, instances, async (each) => [each.id, await look(where, context, each)] as const);
  const seen = new Map(looks);
  return hostsOf(context, instances, ({ id }) => seen.get(id) ?? nothing);
}

/**
 * Waits until every wanted host runs, has an address, and has published its keys on its console. EC2 shows a console some minutes late.
 * @throws OoError LAB_HOSTS_SILENT, with what is missing of each
 */
export async function waitForHosts(
  where: AwsAccount,
  context: LabContext,
  { poll, patience }: { readonly poll: number; readonly patience: number },
): Promise<readonly LabHost[]> {
  const began = performance.now();
  const wanted = new Set(wantedHosts(context).map(({ name }) => name));
  const told = new Map<string, string>();
  for (;;) {
    context.signal.throwIfAborted();
    const hosts = (await lookAtHosts(where, context)).filter(({ name }) => wanted.has(name));
    for (const host of hosts) {
      const missing = missingOf(host);
      const message = missing ?? `runs at ${host.public!.address}, and has published its keys`;
      if (told.get(host.name) === message) continue;
      told.set(host.name, message);
      context.report({ subject: host.name, state: missing === undefined ? 'done' : 'running', message });
    }
    const late = hosts.flatMap((host) =>
      missingOf(host) === undefined ? [] : [`${host.name} (${host.id ?? 'no instance'}): ${missingOf(host)}`],
    );
    if (late.length === 0) return hosts;
    if (performance.now() - began > patience) throw awsErrors.LAB_HOSTS_SILENT(late);
    await systemClock.sleep(poll, context.signal);
  }
}

function missingOf({ state, public: address, hostKeys }: LabHost): string | undefined {
  if (state !== 'running') return `is ${state}`;
  if (address === undefined) return 'runs, and has no address yet';
  return hostKeys.length === 0 ? 'runs; its keys are not on its console yet' : undefined;
}
