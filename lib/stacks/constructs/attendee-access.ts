import { CfnKeyPair } from 'aws-cdk-lib/aws-ec2';
import { AccountRootPrincipal, ManagedPolicy, PolicyDocument, Role } from 'aws-cdk-lib/aws-iam';
import { Duration, Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import {
  attendeeRoleName,
  attendeeSession,
  attendeeSessionName,
  keyPairName,
  type LabAttendee,
  type LabDefinition,
  labTags,
} from '../lab-definition.ts';
import { acknowledgeHostStatements, hostStatements } from './attendee-boundary.ts';

export interface AttendeeAccessProps {
  readonly lab: LabDefinition;
  readonly attendee: LabAttendee;
  /** @default no role: the attendee gets no access to AWS */
  readonly boundaryArn?: string | undefined;
}

/** How an attendee gets in: the public key as EC2 knows it and, where the lab gives access to AWS, a role for temporary credentials. */
export class AttendeeAccess extends Construct {
  constructor(scope: Construct, id: string, props: AttendeeAccessProps) {
    super(scope, id);
    const { lab, attendee, boundaryArn } = props;
    const keyName = keyPairName(lab, attendee);
    if (keyName !== undefined) new CfnKeyPair(this, 'Key', { keyName, publicKeyMaterial: attendee.publicKey });
    if (boundaryArn !== undefined) {
      const role = new Role(this, 'Role', {
        roleName: attendeeRoleName(lab, attendee.name),
        description: `${attendee.name} of lab ${lab.name}: own hosts only`,
        // Whoever of the account may assume roles asks for the credentials; the session's name tells in CloudTrail whose they are.
        assumedBy: new AccountRootPrincipal().withConditions({
          StringEquals: { 'sts:RoleSessionName': attendeeSessionName(attendee.name) },
        }),
        permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', boundaryArn),
        maxSessionDuration: Duration.seconds(attendeeSession),
        inlinePolicies: { 'own-hosts': new PolicyDocument({ statements: hostStatements(this, lab, attendee.name) }) },
      });
      acknowledgeHostStatements(role, lab);
    }
    Tags.of(this).add(labTags.attendee, attendee.name);
  }
}
