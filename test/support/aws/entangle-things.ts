import {
  AssociateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AttachNetworkInterfaceCommand,
  AuthorizeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreatePolicyVersionCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import type { AwsClients } from '../../../lib/installer/lab/aws/clients.ts';
import type { Things } from './lab-things.ts';

const nothing = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' }],
});

/** Ties what `makeMachines` has made to each other, in every way that has to be undone before it can be deleted. */
export async function entangleMachines({ ec2 }: AwsClients, things: Things): Promise<void> {
  const [NetworkInterfaceId, InstanceId] = [things.get('network interface'), things.get('instance')];
  await ec2.send(new AssociateAddressCommand({ AllocationId: things.get('elastic address'), NetworkInterfaceId }));
  await ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId, DeviceIndex: 1 }));
  await ec2.send(new AssociateRouteTableCommand({ RouteTableId: things.get('route table'), SubnetId: things.get('subnet') }));
  const gateway = { InternetGatewayId: things.get('internet gateway'), VpcId: things.get('VPC') };
  await ec2.send(new AttachInternetGatewayCommand(gateway));
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '203.0.113.7/32' }] }];
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: things.get('security group'), IpPermissions }));
}

/** The same for users, roles and policies of `makeAccountThings`. */
export async function entangleAccess({ iam }: AwsClients, things: Things): Promise<void> {
  const [UserName, RoleName, PolicyArn] = [things.get('user')!, things.get('role')!, things.get('policy')!];
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'made-for-a-test-1A!' }));
  const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
  const codes = { AuthenticationCode1: '123456', AuthenticationCode2: '654321' };
  await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber: VirtualMFADevice!.SerialNumber!, ...codes }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'inline', PolicyDocument: nothing }));
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  await iam.send(new CreateGroupCommand({ GroupName: `${UserName}s` }));
  await iam.send(new AddUserToGroupCommand({ GroupName: `${UserName}s`, UserName }));
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: nothing, SetAsDefault: true }));
}
