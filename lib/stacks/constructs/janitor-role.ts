import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { type ArnComponents, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { labTags } from '../lab-definition.ts';
import { acknowledgeWildcards, arnInReport } from './wildcards.ts';

export interface JanitorRoleProps {
  readonly logGroup: ILogGroup;
  readonly topic: ITopic;
}

/** Looking has no resources in most of AWS' services. */
const LOOK = [
  'cloudformation:DescribeStacks',
  'ec2:DescribeAddresses',
  'ec2:DescribeInstances',
  'ec2:DescribeInternetGateways',
  'ec2:DescribeKeyPairs',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSnapshots',
  'ec2:DescribeSubnets',
  'ec2:DescribeVolumes',
  'ec2:DescribeVpcs',
  'iam:ListInstanceProfiles',
  'iam:ListPolicies',
  'iam:ListRoles',
  's3:ListAllMyBuckets',
];
/** What is tagged as a lab's, and nothing else. */
const TAGGED = [
  'ec2:CreateTags',
  'ec2:DeleteInternetGateway',
  'ec2:DeleteKeyPair',
  'ec2:DeleteLaunchTemplate',
  'ec2:DeleteRouteTable',
  'ec2:DeleteSnapshot',
  'ec2:DeleteSubnet',
  'ec2:DeleteVolume',
  'ec2:DeleteVpc',
  'ec2:DetachInternetGateway',
  'ec2:DisassociateRouteTable',
  'ec2:ReleaseAddress',
  'ec2:TerminateInstances',
];
/** What others made inside a lab's VPC bears no tag of ours, and keeps its stacks from going. The function looks at the VPC's tags first. */
const STRAY = [
  'ec2:DeleteNetworkInterface',
  'ec2:DeleteSecurityGroup',
  'ec2:DetachNetworkInterface',
  'ec2:DisassociateAddress',
  'ec2:RevokeSecurityGroupEgress',
  'ec2:RevokeSecurityGroupIngress',
];
const NAMED_IAM = [
  'iam:DeleteInstanceProfile',
  'iam:DeletePolicy',
  'iam:DeletePolicyVersion',
  'iam:DeleteRole',
  'iam:DeleteRolePolicy',
  'iam:DetachRolePolicy',
  'iam:ListAttachedRolePolicies',
  'iam:ListEntitiesForPolicy',
  'iam:ListInstanceProfileTags',
  'iam:ListInstanceProfilesForRole',
  'iam:ListPolicyTags',
  'iam:ListPolicyVersions',
  'iam:ListRolePolicies',
  'iam:ListRoleTags',
  'iam:RemoveRoleFromInstanceProfile',
];

/** All that the janitor may do: see everything, delete what bears a lab's tags or a lab's name. Stacks go with the role that made them. */
export function janitorRole(scope: Construct, { logGroup, topic }: JanitorRoleProps): Role {
  const stack = Stack.of(scope);
  const arn = (components: ArnComponents) => stack.formatArn(components);
  const named = (resource: string) => arn({ service: 'iam', region: '', resource, resourceName: 'oo-lab-*' });
  const bucket = arn({ service: 's3', region: '', account: '', resource: 'oo-lab-*' });
  const here = { StringEquals: { 'aws:RequestedRegion': stack.region } };
  const allow = (actions: readonly string[], resources: readonly string[], conditions?: Record<string, unknown>) =>
    new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions === undefined ? {} : { conditions }),
    });
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: 'Takes oo-install labs away whose time is over',
    inlinePolicies: {
      janitor: new PolicyDocument({
        statements: [
          allow(LOOK, ['*']),
          allow(
            ['cloudformation:DeleteStack', 'cloudformation:DescribeStackEvents', 'cloudformation:DescribeStackResources'],
            [arn({ service: 'cloudformation', resource: 'stack', resourceName: 'oo-lab-*' })],
          ),
          allow(TAGGED, [arn({ service: 'ec2', resource: '*' })], { Null: { [`aws:ResourceTag/${labTags.id}`]: 'false' } }),
          allow(STRAY, [arn({ service: 'ec2', resource: '*' })], here),
          allow(NAMED_IAM, [named('role'), named('instance-profile'), named('policy')]),
          allow(
            [
              's3:DeleteBucket',
              's3:DeleteObject',
              's3:DeleteObjectVersion',
              's3:GetBucketTagging',
              's3:ListBucket',
              's3:ListBucketVersions',
            ],
            [bucket, `${bucket}/*`],
          ),
          allow(['sns:Publish'], [topic.topicArn]),
          allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
        ],
      }),
    },
  });
  const byName = "Held to names that begin with oo-lab-, and the function deletes only what bears a lab's tags besides.";
  acknowledgeWildcards(role, {
    '*': 'Looking has no resources, and a lab is found by looking at everything.',
    [arnInReport('ec2', stack.region, '*')]:
      "Held to what bears a lab's tags; interfaces and groups that others left in a VPC of a lab bear none, and are held to this region.",
    [arnInReport('cloudformation', stack.region, 'stack/oo-lab-*')]: byName,
    ...Object.fromEntries(
      ['role', 'instance-profile', 'policy'].map((kind) => [arnInReport('iam', '', `${kind}/oo-lab-*`), byName]),
    ),
    [arnInReport('s3', '', 'oo-lab-*')]: byName,
    [arnInReport('s3', '', 'oo-lab-*/*')]: byName,
  });
  return role;
}
