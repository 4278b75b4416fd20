import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { LabAccess } from './access-stack.ts';
import { AttendeeAccess } from './constructs/attendee-access.ts';
import { LabHost } from './constructs/lab-host.ts';
import { hostName, type LabDefinition } from './lab-definition.ts';
import type { HostNetwork } from './network-stack.ts';

export interface HostsStackProps extends StackProps {
  readonly lab: LabDefinition;
  /** Whose hosts these are. */
  readonly cohort: number;
  /** Which of each attendee's hosts: from 1. The stack of the first ones holds the attendees' access too. */
  readonly number: number;
  readonly network: HostNetwork;
  readonly access: LabAccess;
}

/** The hosts of one cohort that have the same number: at most 50, so that a template stays far below 500 resources and 1 MB. */
export class HostsStack extends Stack {
  constructor(scope: Construct, id: string, props: HostsStackProps) {
    super(scope, id, props);
    const { lab, number, network, access } = props;
    for (const attendee of lab.attendees.filter(({ cohort }) => cohort === props.cohort)) {
      if (number === 1) {
        new AttendeeAccess(this, `Access-${attendee.name}`, { lab, attendee, boundaryArn: access.boundaryArn });
      }
      new LabHost(this, `Host-${hostName(attendee.name, number)}`, { lab, attendee, number, network, access });
    }
  }
}
