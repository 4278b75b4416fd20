import {
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import {
  ListAccessKeysCommand,
  ListInstanceProfilesCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListUsersCommand,
} from '@aws-sdk/client-iam';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ListBucketsCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { DescribeParametersCommand } from '@aws-sdk/client-ssm';
import type { AwsClients } from '../../../lib/installer/lab/aws/clients.ts';

/**
 * Everything that is in an emulated account, whoever's it is, a line each: to be compared before and after. Asked without any filter, and as
 * plainly as can be: it judges both the sweep and the audit.
 */
export async function inventory(aws: AwsClients): Promise<readonly string[]> {
  return [...(await machines(aws)), ...(await accountThings(aws))].toSorted();
}

async function machines({ ec2 }: AwsClients): Promise<string[]> {
  const instances = (await ec2.send(new DescribeInstancesCommand({}))).Reservations ?? [];
  const groups = (await ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups ?? [];
  const tables = (await ec2.send(new DescribeRouteTablesCommand({}))).RouteTables ?? [];
  const gateways = (await ec2.send(new DescribeInternetGatewaysCommand({}))).InternetGateways ?? [];
  const interfaces = (await ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces ?? [];
  const volumes = (await ec2.send(new DescribeVolumesCommand({}))).Volumes ?? [];
  const endpoints = (await ec2.send(new DescribeVpcEndpointsCommand({}))).VpcEndpoints ?? [];
  const nats = (await ec2.send(new DescribeNatGatewaysCommand({}))).NatGateways ?? [];
  const own = { Owners: ['self'] };
  return [
    ...instances
      .flatMap(({ Instances = [] }) => Instances)
      .filter(({ State }) => State?.Name !== 'terminated')
      .map(({ InstanceId, State }) => `instance ${InstanceId} ${State?.Name}`),
    ...volumes.map(({ VolumeId, Attachments = [] }) => `volume ${VolumeId} at ${Attachments.map((at) => at.InstanceId)}`),
    ...((await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }))).Snapshots ?? []).map((each) => each.SnapshotId!),
    ...((await ec2.send(new DescribeImagesCommand(own))).Images ?? []).map((each) => each.ImageId!),
    ...interfaces.map(({ NetworkInterfaceId, Groups = [] }) => `${NetworkInterfaceId} of ${Groups.map((each) => each.GroupId)}`),
    ...((await ec2.send(new DescribeAddressesCommand({}))).Addresses ?? []).map((each) => each.AllocationId!),
    ...((await ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs ?? []).map((each) => each.KeyPairId!),
    ...((await ec2.send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates ?? []).map((each) => each.LaunchTemplateId!),
    ...groups.map((each) => `${each.GroupId} ${each.IpPermissions?.length} ${each.IpPermissionsEgress?.length}`),
    ...nats.filter(({ State }) => State !== 'deleted').map((each) => each.NatGatewayId!),
    ...endpoints.filter(({ State }) => State?.toLowerCase() !== 'deleted').map((each) => each.VpcEndpointId!),
    ...((await ec2.send(new DescribeNetworkAclsCommand({}))).NetworkAcls ?? []).map((each) => each.NetworkAclId!),
    ...tables.map(({ RouteTableId, Associations = [] }) => `${RouteTableId} ${Associations.length}`),
    ...gateways.map(({ InternetGatewayId, Attachments = [] }) => `${InternetGatewayId} ${Attachments.length}`),
    ...((await ec2.send(new DescribeSubnetsCommand({}))).Subnets ?? []).map((each) => each.SubnetId!),
    ...((await ec2.send(new DescribeVpcsCommand({}))).Vpcs ?? []).map((each) => each.VpcId!),
  ];
}

async function accountThings({ iam, logs, s3, scheduler, ssm }: AwsClients): Promise<string[]> {
  const lines: string[] = [];
  for (const { UserName } of (await iam.send(new ListUsersCommand({}))).Users ?? []) {
    const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
    lines.push(`user ${UserName} ${AccessKeyMetadata.length}`);
  }
  for (const { RoleName } of (await iam.send(new ListRolesCommand({}))).Roles ?? []) {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    lines.push(`role ${RoleName} ${PolicyNames}`);
  }
  for (const { InstanceProfileName, Roles } of (await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles ?? []) {
    lines.push(`profile ${InstanceProfileName} ${Roles?.length}`);
  }
  for (const { Arn } of (await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies ?? []) lines.push(Arn!);
  for (const { Name } of (await ssm.send(new DescribeParametersCommand({ MaxResults: 50 }))).Parameters ?? []) {
    lines.push(`parameter ${Name}`);
  }
  for (const { logGroupName } of (await logs.send(new DescribeLogGroupsCommand({}))).logGroups ?? []) {
    lines.push(`log group ${logGroupName}`);
  }
  for (const { Name } of (await scheduler.send(new ListSchedulesCommand({}))).Schedules ?? []) lines.push(`schedule ${Name}`);
  for (const { Name: Bucket } of (await s3.send(new ListBucketsCommand({}))).Buckets ?? []) {
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    lines.push(`bucket ${Bucket} ${Versions.length}`);
  }
  return lines;
}
