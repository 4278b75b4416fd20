import { StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { systemClock } from '../../../common/clock.ts';
import type { HostState, LabContext } from '../provider.ts';
import type { AwsAccount } from './account.ts';
import { awsErrors } from './aws-errors.ts';
import { askAws } from './explain-aws.ts';
import { type LabInstance, labInstances } from './instances.ts';

export interface PowerOptions {
  /** ms between looks. */
  readonly poll: number;
  /** ms for all hosts together. */
  readonly patience: number;
}

/** Ids in one request: EC2 answers slowly to more. */
const idsAtOnce = 50;

/** Starts the hosts that are stopped, and ends when all run. Their addresses are others than before. */
export function startHosts(where: AwsAccount, context: LabContext, options: PowerOptions): Promise<void> {
  return bring(where, context, options, {
    to: 'running',
    from: 'stopped',
    message: 'starts',
    ask: (InstanceIds) => where.aws.ec2.send(new StartInstancesCommand({ InstanceIds })),
  });
}

/** Stops the hosts that run, and ends when none does. Their disks stay, and cost. */
export function stopHosts(where: AwsAccount, context: LabContext, options: PowerOptions): Promise<void> {
  return bring(where, context, options, {
    to: 'stopped',
    from: 'running',
    message: 'stops',
    ask: (InstanceIds) => where.aws.ec2.send(new StopInstancesCommand({ InstanceIds })),
  });
}

interface Change {
  readonly to: HostState;
  readonly from: HostState;
  readonly message: string;
  readonly ask: (ids: string[]) => Promise<unknown>;
}

/** EC2 refuses to start what is still stopping: asked for when it has stopped. */
async function bring(
  where: AwsAccount,
  { state, report, signal }: LabContext,
  { poll, patience }: PowerOptions,
  { to, from, message, ask }: Change,
): Promise<void> {
  const began = performance.now();
  const asked = new Set<string>();
  for (;;) {
    signal.throwIfAborted();
    const others = (await labInstances(where, state)).filter((instance) => instance.state !== to);
    if (others.length === 0) return;
    const due = others.filter((instance) => instance.state === from && !asked.has(instance.id));
    for (const some of chunks(due, idsAtOnce)) {
      for (const { host } of some) report({ subject: host, state: 'running', message });
      const ids = some.map(({ id }) => id);
      await askAws(`${to === 'running' ? 'start' : 'stop'} hosts`, where.region, () => ask(ids));
      for (const id of ids) asked.add(id);
    }
    if (performance.now() - began > patience)
      throw awsErrors.LAB_HOSTS_SILENT(others.map(({ host, state: is }) => `${host} is ${is}`));
    // What was asked for may be done at once.
    if (due.length === 0) await systemClock.sleep(poll, signal);
  }
}

function chunks(items: readonly LabInstance[], size: number): LabInstance[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
