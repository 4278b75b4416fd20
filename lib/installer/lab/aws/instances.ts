import { type Filter, type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { hostName, labTags } from '../../../stacks/lab-definition.ts';
import type { HostState, LabContext, LabHost } from '../provider.ts';
import type { LabState } from '../state/lab-state.ts';
import type { AwsAccount } from './account.ts';
import { askAws } from './explain-aws.ts';

/** An instance of a lab that is there, as EC2 tells of it. */
export interface LabInstance {
  readonly id: string;
  /** `ana-1` */
  readonly host: string;
  readonly attendee: string;
  readonly state: HostState;
  readonly address: string | undefined;
  readonly type: string;
  readonly imdsv2: boolean;
  readonly securityGroups: readonly string[];
}

/** EC2's words; `terminated` is listed for an hour more, and is gone. */
const states: Readonly<Record<string, HostState>> = {
  pending: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'terminated',
  terminated: 'terminated',
};

/** All instances that bear both tags of a lab and are not gone. */
export async function labInstances(
  where: AwsAccount,
  { name, id }: Pick<LabState, 'name' | 'id'>,
): Promise<readonly LabInstance[]> {
  const found = await describe(where, [
    { Name: `tag:${labTags.lab}`, Values: [name] },
    { Name: `tag:${labTags.id}`, Values: [id] },
  ]);
  return found.filter(({ state }) => state !== 'terminated');
}

/** Which of these instances are there, whatever state they are in and whatever tags they have lost. */
export async function presentInstances(where: AwsAccount, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  // As a filter, since an id that is unknown by now would refuse the whole question; EC2 takes 200 values.
  for (let at = 0; at < ids.length; at += 200) {
    const some = await describe(where, [{ Name: 'instance-id', Values: ids.slice(at, at + 200) }]);
    for (const { id, state } of some) if (state !== 'terminated') found.add(id);
  }
  return found;
}

async function describe({ aws, region }: AwsAccount, Filters: Filter[]): Promise<readonly LabInstance[]> {
  const pages = await askAws('list the hosts', region, () =>
    Array.fromAsync(paginateDescribeInstances({ client: aws.ec2 }, { Filters })),
  );
  return pages
    .flatMap(({ Reservations = [] }) => Reservations)
    .flatMap(({ Instances = [] }) => Instances)
    .map(instanceOf);
}

function instanceOf(instance: Instance): LabInstance {
  const tag = (key: string): string => instance.Tags?.find(({ Key }) => Key === key)?.Value ?? '';
  return {
    id: instance.InstanceId!,
    host: tag(labTags.host),
    attendee: tag(labTags.attendee),
    state: states[instance.State?.Name ?? ''] ?? 'pending',
    address: instance.PublicIpAddress,
    type: instance.InstanceType ?? '',
    imdsv2: instance.MetadataOptions?.HttpTokens === 'required',
    securityGroups: (instance.SecurityGroups ?? []).map(({ GroupName = '' }) => GroupName),
  };
}

/** The names of the hosts that lab.yaml wants, each with whose it is. */
export function wantedHosts({ lab }: Pick<LabContext, 'lab'>): readonly { readonly name: string; readonly attendee: string }[] {
  return lab.attendees.flatMap(({ name }) =>
    Array.from({ length: lab.hostsPerAttendee }, (_, index) => ({ name: hostName(name, index + 1), attendee: name })),
  );
}

/** Wanted hosts in the order of lab.yaml, missing ones too, then those that it no longer wants. */
export function hostsOf(
  context: Pick<LabContext, 'lab'>,
  instances: readonly LabInstance[],
  seen: (instance: LabInstance) => Pick<LabHost, 'hostKeys' | 'boot'>,
): readonly LabHost[] {
  const wanted = wantedHosts(context);
  const names = new Set(wanted.map(({ name }) => name));
  const apiPort = context.lab.settings.port;
  const found = (instance: LabInstance): LabHost => ({
    name: instance.host,
    attendee: instance.attendee,
    state: instance.state,
    id: instance.id,
    ssh: instance.address === undefined ? undefined : { address: instance.address, port: 22 },
    public: instance.address === undefined ? undefined : { address: instance.address, sshPort: 22, apiPort },
    ...seen(instance),
  });
  return [
    ...wanted.map(({ name, attendee }): LabHost => {
      const instance = instances.find(({ host }) => host === name);
      if (instance !== undefined) return found(instance);
      return {
        name,
        attendee,
        state: 'missing',
        id: undefined,
        ssh: undefined,
        public: undefined,
        hostKeys: [],
        boot: 'unknown',
      };
    }),
    ...instances.filter(({ host }) => !names.has(host)).map(found),
  ];
}
