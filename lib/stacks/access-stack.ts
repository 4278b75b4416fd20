import { Stack, type StackProps } from 'aws-cdk-lib/core';
import { InstanceProfile, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { attendeeBoundary } from './constructs/attendee-boundary.ts';
import { artifactBucket, letRead } from './constructs/artifact-bucket.ts';
import type { LabDefinition } from './lab-definition.ts';

export interface AccessStackProps extends StackProps {
  readonly lab: LabDefinition;
}

/** What hosts and attendees may do in AWS: names and ARNs that other stacks import. */
export interface LabAccess {
  readonly instanceProfileName: string;
  /** The most that an attendee's role may ever do. undefined: attendees get no access to AWS. */
  readonly boundaryArn: string | undefined;
}

/** The role that hosts have, the limit of what attendees' roles may do, and the bucket from which hosts install themselves. */
export class AccessStack extends Stack implements LabAccess {
  readonly instanceProfileName: string;
  readonly boundaryArn: string | undefined;

  constructor(scope: Construct, id: string, props: AccessStackProps) {
    super(scope, id, props);
    const { lab } = props;
    const role = new Role(this, 'HostRole', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: `Hosts of lab ${lab.name}: nothing but what they install themselves from`,
    });
    const profile = new InstanceProfile(this, 'HostProfile', { role });
    if (lab.install === 's3') letRead(artifactBucket(this, lab), role, lab);
    this.instanceProfileName = this.kept(profile.instanceProfileName);
    this.boundaryArn = lab.awsAccounts === true ? this.kept(attendeeBoundary(this, lab).managedPolicyArn) : undefined;
  }

  /** Exported as long as the stack is, whether somebody imports it or not. */
  private kept(value: string): string {
    this.exportValue(value);
    return value;
  }
}
