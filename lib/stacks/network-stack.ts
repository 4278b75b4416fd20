import { Stack, type StackProps, Validations } from 'aws-cdk-lib/core';
import { type IVpc, IpAddresses, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { openDoors } from './constructs/doors.ts';
import type { LabDefinition } from './lab-definition.ts';

export interface NetworkStackProps extends StackProps {
  readonly lab: LabDefinition;
}

/** What hosts are put into: ids that other stacks import. They stay exported whether somebody imports them or not. */
export interface HostNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
}

/** A VPC of the lab's own with two public subnets and no NAT: hosts pull from the internet, and are reached where `allow` says so. */
export class NetworkStack extends Stack implements HostNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { name, network } = props.lab;
    const vpc = new Vpc(this, 'Vpc', {
      vpcName: `oo-lab-${name}`,
      ipAddresses: IpAddresses.cidr(network.cidr ?? '10.90.0.0/16'),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'hosts', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
      // Would be a function of AWS' that runs in the account; no host is in that group.
      restrictDefaultSecurityGroup: false,
    });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'A lab lives for hours and holds nothing but practice: a flow log would cost more than it tells, and its log group would outlive the VPC.',
    });
    const group = new SecurityGroup(this, 'Hosts', {
      // CDK's own types do not agree with each other under exactOptionalPropertyTypes.
      vpc: vpc as IVpc,
      securityGroupName: `oo-lab-${name}-hosts`,
      description: `Hosts of lab ${name}`,
      allowAllOutbound: true,
    });
    openDoors(group, network);
    this.subnetIds = vpc.publicSubnets.map(({ subnetId }) => this.kept(subnetId));
    this.securityGroupId = this.kept(group.securityGroupId);
  }

  /** An export that comes and goes with its importers could not go while the stack that imports it is still to be changed. */
  private kept(value: string): string {
    this.exportValue(value);
    return value;
  }
}
