import {
  AllocateAddressCommand,
  CreateImageCommand,
  CreateInternetGatewayCommand,
  CreateKeyPairCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  CreateNetworkAclCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  AddRoleToInstanceProfileCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import type { AwsClients } from '../../../lib/installer/lab/aws/clients.ts';
import type { LabIdentity } from '../../../lib/installer/lab/aws/lab-identity.ts';

export type TagPairs = Readonly<Record<string, string>>;
/** Ids by type, in the words that sweep and audit have for them. */
export type Things = ReadonlyMap<string, string>;

export const tagsOfLab = ({ name, id }: LabIdentity, more: TagPairs = {}): TagPairs => ({
  'oo-install:lab': name,
  'oo-install:lab-id': id,
  ...more,
});
export const tagList = (tags: TagPairs) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

/** One of each type of EC2's, by hand, with these tags; what is inside of a VPC is in one of its own. */
export async function makeMachines({ ec2 }: AwsClients, imageId: string, tags: TagPairs, label: string): Promise<Things> {
  const things = new Map<string, string>();
  const put = async (type: string, id: string | undefined): Promise<string> => {
    things.set(type, id!);
    await ec2.send(new CreateTagsCommand({ Resources: [id!], Tags: tagList(tags) }));
    return id!;
  };
  const vpc = await put('VPC', (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))).Vpc?.VpcId);
  const inVpc = { VpcId: vpc };
  const subnet = await put(
    'subnet',
    (await ec2.send(new CreateSubnetCommand({ ...inVpc, CidrBlock: '10.9.1.0/24' }))).Subnet?.SubnetId,
  );
  const group = await put(
    'security group',
    (await ec2.send(new CreateSecurityGroupCommand({ ...inVpc, GroupName: `${label}-group`, Description: 'made by hand' })))
      .GroupId,
  );
  const instances = await ec2.send(
    new RunInstancesCommand({ ImageId: imageId, MinCount: 1, MaxCount: 1, SubnetId: subnet, SecurityGroupIds: [group] }),
  );
  const instance = await put('instance', instances.Instances?.[0]?.InstanceId);
  const volume = await put(
    'volume',
    (await ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 }))).VolumeId,
  );
  await put('snapshot', (await ec2.send(new CreateSnapshotCommand({ VolumeId: volume }))).SnapshotId);
  await put('image', (await ec2.send(new CreateImageCommand({ InstanceId: instance, Name: label }))).ImageId);
  const eni = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet, Groups: [group] }));
  await put('network interface', eni.NetworkInterface?.NetworkInterfaceId);
  await put('elastic address', (await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))).AllocationId);
  await put('key pair', (await ec2.send(new CreateKeyPairCommand({ KeyName: `${label}-key` }))).KeyPairId);
  const template = {
    LaunchTemplateName: `${label}-template`,
    LaunchTemplateData: { InstanceType: 't3.micro' as const },
    // Moto tells no other tags of a template.
    TagSpecifications: [{ ResourceType: 'launch-template' as const, Tags: tagList(tags) }],
  };
  await put('launch template', (await ec2.send(new CreateLaunchTemplateCommand(template))).LaunchTemplate?.LaunchTemplateId);
  await put(
    'NAT gateway',
    (await ec2.send(new CreateNatGatewayCommand({ SubnetId: subnet, ConnectivityType: 'private' }))).NatGateway?.NatGatewayId,
  );
  const endpoint = { ...inVpc, ServiceName: 'com.amazonaws.eu-central-1.s3', VpcEndpointType: 'Gateway' as const };
  await put('VPC endpoint', (await ec2.send(new CreateVpcEndpointCommand(endpoint))).VpcEndpoint?.VpcEndpointId);
  await put('network ACL', (await ec2.send(new CreateNetworkAclCommand(inVpc))).NetworkAcl?.NetworkAclId);
  await put('route table', (await ec2.send(new CreateRouteTableCommand(inVpc))).RouteTable?.RouteTableId);
  const gateway = await ec2.send(new CreateInternetGatewayCommand({}));
  await put('internet gateway', gateway.InternetGateway?.InternetGatewayId);
  return things;
}

/** One of each type outside of EC2, by hand, with these tags. `name` begins their names; a schedule bears no tags, and has `id` in its name. */
export async function makeAccountThings(aws: AwsClients, name: string, id: string, tags: TagPairs): Promise<Things> {
  const { iam, logs, s3, scheduler, ssm } = aws;
  const Tags = tagList(tags);
  await iam.send(new CreateUserCommand({ UserName: `${name}-user`, Tags }));
  await iam.send(new CreateAccessKeyCommand({ UserName: `${name}-user` }));
  const AssumeRolePolicyDocument = document({ Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: `${name}-role`, AssumeRolePolicyDocument, Tags }));
  const nothing = document({ Action: 's3:ListAllMyBuckets', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: `${name}-role`, PolicyName: 'inline', PolicyDocument: nothing }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: `${name}-profile` }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: `${name}-profile`, RoleName: `${name}-role` }));
  const policy = await iam.send(new CreatePolicyCommand({ PolicyName: `${name}-policy`, PolicyDocument: nothing, Tags }));
  await ssm.send(new PutParameterCommand({ Name: `/oo-install/${name}/ami`, Value: 'ami-1', Type: 'String', Tags }));
  await logs.send(new CreateLogGroupCommand({ logGroupName: `/oo-install/${name}`, tags }));
  await scheduler.send(
    new CreateScheduleCommand({
      Name: `${name}-stop-${id}`,
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: 'arn:aws:lambda:eu-central-1:123456789012:function:x', RoleArn: 'arn:aws:iam::123456789012:role/x' },
    }),
  );
  const Bucket = `${name}-${id}`;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }));
  if (Tags.length > 0) await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: Tags } }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket, Key: 'archive', Body }));
  await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'never-ended' }));
  return new Map([
    ['user', `${name}-user`],
    ['role', `${name}-role`],
    ['instance profile', `${name}-profile`],
    ['policy', policy.Policy!.Arn!],
    ['parameter', `/oo-install/${name}/ami`],
    ['log group', `/oo-install/${name}`],
    ['schedule', `${name}-stop-${id}`],
    ['bucket', Bucket],
  ]);
}
