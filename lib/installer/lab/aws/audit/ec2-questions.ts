import {
  DescribeAddressesCommand,
  DescribeKeyPairsCommand,
  type Filter,
  paginateDescribeImages,
  paginateDescribeInstances,
  paginateDescribeInternetGateways,
  paginateDescribeLaunchTemplates,
  paginateDescribeNatGateways,
  paginateDescribeNetworkAcls,
  paginateDescribeNetworkInterfaces,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSnapshots,
  paginateDescribeSubnets,
  paginateDescribeVolumes,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { labTags } from '../../../../stacks/lab-definition.ts';
import type { LabResource } from '../../provider.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { all, isOurs, nameOf, type Question } from './question.ts';

const byTag = (lab: LabIdentity): Filter[] => [
  { Name: `tag:${labTags.lab}`, Values: [lab.name] },
  { Name: `tag:${labTags.id}`, Values: [lab.id] },
];

/**
 * Asks by the tags, and for what is inside the lab's own VPCs, whoever made it there: the interface of a load balancer bears no tag of ours,
 * and keeps the subnet from going.
 */
function inside(
  type: string,
  vpcFilter: string,
  find: (aws: AwsClients, filters: Filter[]) => Promise<readonly LabResource[]>,
): Question {
  return {
    type,
    ask: async (aws, lab) => {
      const vpcs = await vpcsOf(aws, lab);
      const within = vpcs.length === 0 ? [] : await find(aws, [{ Name: vpcFilter, Values: vpcs.map(({ id }) => id) }]);
      const found = [...(await find(aws, byTag(lab))), ...within];
      return [...new Map(found.map((resource) => [resource.id, resource])).values()];
    },
  };
}

function tagged(type: string, find: (aws: AwsClients, filters: Filter[]) => Promise<readonly LabResource[]>): Question {
  return { type, ask: (aws, lab) => find(aws, byTag(lab)) };
}

async function vpcsOf({ ec2 }: AwsClients, lab: LabIdentity): Promise<LabResource[]> {
  const found = await all(paginateDescribeVpcs({ client: ec2 }, { Filters: byTag(lab) }), ({ Vpcs }) => Vpcs);
  return found.map(({ VpcId, CidrBlock }) => ({ type: 'VPC', id: VpcId!, detail: CidrBlock ?? '' }));
}

/** What EC2 is asked of a lab that should be gone: one question for each type of resource. */
export const ec2Questions: readonly Question[] = [
  inside('instance', 'vpc-id', async ({ ec2 }, filters) => {
    // A terminated instance is listed for an hour more, and is gone.
    const states: Filter = {
      Name: 'instance-state-name',
      Values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'],
    };
    const pages = paginateDescribeInstances({ client: ec2 }, { Filters: [...filters, states] });
    const reservations = await all(pages, ({ Reservations }) => Reservations);
    return reservations
      .flatMap(({ Instances = [] }) => Instances)
      .map(({ InstanceId, State, Tags }) => ({
        type: 'instance',
        id: InstanceId!,
        detail: `${nameOf(Tags)} ${State?.Name}`.trim(),
      }));
  }),
  tagged('volume', async ({ ec2 }, Filters) => {
    const found = await all(paginateDescribeVolumes({ client: ec2 }, { Filters }), ({ Volumes }) => Volumes);
    return found.map(({ VolumeId, Size, State }) => ({ type: 'volume', id: VolumeId!, detail: `${Size} GiB ${State}` }));
  }),
  tagged('image', async ({ ec2 }, Filters) => {
    const found = await all(paginateDescribeImages({ client: ec2 }, { Filters, Owners: ['self'] }), ({ Images }) => Images);
    return found.map(({ ImageId, Name }) => ({ type: 'image', id: ImageId!, detail: Name ?? '' }));
  }),
  tagged('snapshot', async ({ ec2 }, Filters) => {
    const pages = paginateDescribeSnapshots({ client: ec2 }, { Filters, OwnerIds: ['self'] });
    const found = await all(pages, ({ Snapshots }) => Snapshots);
    return found.map(({ SnapshotId, VolumeId }) => ({ type: 'snapshot', id: SnapshotId!, detail: `of ${VolumeId}` }));
  }),
  inside('network interface', 'vpc-id', async ({ ec2 }, Filters) => {
    const pages = paginateDescribeNetworkInterfaces({ client: ec2 }, { Filters });
    const found = await all(pages, ({ NetworkInterfaces }) => NetworkInterfaces);
    return found.map(({ NetworkInterfaceId, Description, Status }) => {
      return { type: 'network interface', id: NetworkInterfaceId!, detail: `${Description ?? ''} ${Status ?? ''}`.trim() };
    });
  }),
  tagged('elastic address', async ({ ec2 }, Filters) => {
    const { Addresses = [] } = await ec2.send(new DescribeAddressesCommand({ Filters }));
    return Addresses.map(({ AllocationId, PublicIp }) => ({
      type: 'elastic address',
      id: AllocationId!,
      detail: PublicIp ?? '',
    }));
  }),
  inside('security group', 'vpc-id', async ({ ec2 }, Filters) => {
    const found = await all(paginateDescribeSecurityGroups({ client: ec2 }, { Filters }), ({ SecurityGroups }) => SecurityGroups);
    return found.map(({ GroupId, GroupName }) => ({ type: 'security group', id: GroupId!, detail: GroupName ?? '' }));
  }),
  tagged('key pair', async ({ ec2 }, Filters) => {
    const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({ Filters }));
    return KeyPairs.map(({ KeyPairId, KeyName }) => ({ type: 'key pair', id: KeyPairId!, detail: KeyName ?? '' }));
  }),
  tagged('launch template', async ({ ec2 }, Filters) => {
    const found = await all(
      paginateDescribeLaunchTemplates({ client: ec2 }, { Filters }),
      ({ LaunchTemplates }) => LaunchTemplates,
    );
    return found.map((each) => ({ type: 'launch template', id: each.LaunchTemplateId!, detail: each.LaunchTemplateName ?? '' }));
  }),
  {
    type: 'NAT gateway',
    // There are few in an account: all are looked at, and the tags compared here.
    ask: async (aws, lab) => {
      const vpcs = (await vpcsOf(aws, lab)).map(({ id }) => id);
      const found = await all(paginateDescribeNatGateways({ client: aws.ec2 }, {}), ({ NatGateways }) => NatGateways);
      return found
        .filter(({ State, Tags, VpcId = '' }) => State !== 'deleted' && (isOurs(Tags, lab) || vpcs.includes(VpcId)))
        .map(({ NatGatewayId, State }) => ({ type: 'NAT gateway', id: NatGatewayId!, detail: State ?? '' }));
    },
  },
  inside('VPC endpoint', 'vpc-id', async ({ ec2 }, Filters) => {
    const found = await all(paginateDescribeVpcEndpoints({ client: ec2 }, { Filters }), ({ VpcEndpoints }) => VpcEndpoints);
    // EC2 says it in small letters, its own documentation in capitals.
    const there = found.filter(({ State }) => State?.toLowerCase() !== 'deleted');
    return there.map(({ VpcEndpointId, ServiceName }) => ({
      type: 'VPC endpoint',
      id: VpcEndpointId!,
      detail: ServiceName ?? '',
    }));
  }),
  inside('network ACL', 'vpc-id', async ({ ec2 }, Filters) => {
    const found = await all(paginateDescribeNetworkAcls({ client: ec2 }, { Filters }), ({ NetworkAcls }) => NetworkAcls);
    return found.map(({ NetworkAclId, IsDefault }) => ({
      type: 'network ACL',
      id: NetworkAclId!,
      detail: IsDefault ? 'default' : '',
    }));
  }),
  inside('route table', 'vpc-id', async ({ ec2 }, Filters) => {
    const found = await all(paginateDescribeRouteTables({ client: ec2 }, { Filters }), ({ RouteTables }) => RouteTables);
    return found.map(({ RouteTableId, Tags }) => ({ type: 'route table', id: RouteTableId!, detail: nameOf(Tags) }));
  }),
  inside('internet gateway', 'attachment.vpc-id', async ({ ec2 }, Filters) => {
    const pages = paginateDescribeInternetGateways({ client: ec2 }, { Filters });
    const found = await all(pages, ({ InternetGateways }) => InternetGateways);
    return found.map(({ InternetGatewayId, Tags }) => ({
      type: 'internet gateway',
      id: InternetGatewayId!,
      detail: nameOf(Tags),
    }));
  }),
  inside('subnet', 'vpc-id', async ({ ec2 }, Filters) => {
    const found = await all(paginateDescribeSubnets({ client: ec2 }, { Filters }), ({ Subnets }) => Subnets);
    return found.map(({ SubnetId, CidrBlock }) => ({ type: 'subnet', id: SubnetId!, detail: CidrBlock ?? '' }));
  }),
  { type: 'VPC', ask: vpcsOf },
];
