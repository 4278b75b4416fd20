import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { boundaryName, type LabDefinition, labTags } from '../lab-definition.ts';
import { acknowledgeWildcards, arnInReport } from './wildcards.ts';

/** What attendees do with hosts: look, and switch on and off. */
const HOST_ACTIONS = ['ec2:StartInstances', 'ec2:StopInstances', 'ec2:RebootInstances', 'ec2:GetConsoleOutput'];
/** EC2 knows no resources for these: who may describe one instance may describe all of the region. */
const LOOK_ACTIONS = ['ec2:DescribeInstances', 'ec2:DescribeInstanceStatus', 'ec2:DescribeVolumes'];

/** @param attendee only this one's hosts; @default all of the lab */
export function hostStatements(scope: Construct, lab: LabDefinition, attendee?: string): PolicyStatement[] {
  const until = { DateLessThan: { 'aws:CurrentTime': lab.expires } };
  return [
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: LOOK_ACTIONS,
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': lab.region }, ...until },
    }),
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: HOST_ACTIONS,
      resources: [Stack.of(scope).formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' })],
      conditions: {
        StringEquals: {
          [`ec2:ResourceTag/${labTags.id}`]: lab.id,
          ...(attendee === undefined ? {} : { [`ec2:ResourceTag/${labTags.attendee}`]: attendee }),
        },
        ...until,
      },
    }),
  ];
}

/** Says why the wildcards of `hostStatements` are none. */
export function acknowledgeHostStatements(construct: Construct, lab: LabDefinition): void {
  acknowledgeWildcards(construct, {
    '*': 'Describing has no resources in EC2; it is held to the region of the lab, and to the time until its end.',
    [arnInReport('ec2', lab.region, 'instance/*')]:
      'Held to instances with the tags of the lab and of the attendee, until its end.',
  });
}

/** The permissions boundary of all attendees' roles: whatever else such a role were given, it can do no more than this. */
export function attendeeBoundary(scope: Construct, lab: LabDefinition): ManagedPolicy {
  const boundary = new ManagedPolicy(scope, 'AttendeeBoundary', {
    managedPolicyName: boundaryName(lab),
    description: `The most that attendees of lab ${lab.name} may do`,
    statements: hostStatements(scope, lab),
  });
  acknowledgeHostStatements(boundary, lab);
  return boundary;
}
