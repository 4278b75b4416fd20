import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { type ArnComponents, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { JANITOR_RECORDS, labTags } from '../lab-definition.ts';
import {
  LOOK,
  NAMED_BUCKETS,
  NAMED_IAM,
  NAMED_SCHEDULES,
  RECORDS,
  STACKS,
  STRAY,
  TAGGED,
  TAGGED_LOG_GROUPS,
  TAGGED_PARAMETERS,
} from './janitor-actions.ts';
import { acknowledgeWildcards, arnInReport } from './wildcards.ts';

export interface JanitorRoleProps {
  readonly logGroup: ILogGroup;
  readonly topic: ITopic;
}

/** Kinds of IAM that labs are made of, and groups that users of theirs are in. */
const NAMED_KINDS = ['role', 'instance-profile', 'policy', 'user', 'group'];

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-resources-for-iam-policies */
const NAMELESS = ['image', 'snapshot'];

/** All that the janitor may do: see everything, delete what bears a lab's tags or a lab's name. Stacks go with the role that made them. */
export function janitorRole(scope: Construct, { logGroup, topic }: JanitorRoleProps): Role {
  const stack = Stack.of(scope);
  const arn = (components: ArnComponents) => stack.formatArn(components);
  const ec2 = arn({ service: 'ec2', resource: '*' });
  // The only ones of EC2's that bear no account in their names.
  const ofNobody = NAMELESS.map((resource) => arn({ service: 'ec2', account: '', resource, resourceName: '*' }));
  const logGroups = arn({ service: 'logs', resource: 'log-group:*' });
  const parameters = arn({ service: 'ssm', resource: 'parameter', resourceName: '*' });
  const records = arn({ service: 'ssm', resource: 'parameter', resourceName: `${JANITOR_RECORDS.slice(1)}*` });
  const iam = NAMED_KINDS.map((resource) => arn({ service: 'iam', region: '', resource, resourceName: 'oo-lab-*' }));
  const schedules = arn({ service: 'scheduler', resource: 'schedule', resourceName: '*/oo-lab-*' });
  const bucket = arn({ service: 's3', region: '', account: '', resource: 'oo-lab-*' });
  const tagged = { Null: { [`aws:ResourceTag/${labTags.id}`]: 'false' } };
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
          allow(STACKS, [arn({ service: 'cloudformation', resource: 'stack', resourceName: 'oo-lab-*' })]),
          allow(TAGGED, [ec2, ...ofNobody], tagged),
          allow(TAGGED_LOG_GROUPS, [logGroups], tagged),
          allow(TAGGED_PARAMETERS, [parameters], tagged),
          allow(STRAY, [ec2], here),
          allow(NAMED_IAM, iam),
          allow(NAMED_BUCKETS, [bucket, `${bucket}/*`]),
          allow(NAMED_SCHEDULES, [schedules]),
          allow(RECORDS, [records]),
          allow(['sns:Publish'], [topic.topicArn]),
          allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
        ],
      }),
    },
  });
  acknowledgeReach(role, stack.region);
  return role;
}

function acknowledgeReach(role: Role, region: string): void {
  const byName = "Held to names that begin with oo-lab-, and the function deletes only what bears a lab's tags besides.";
  const byTag = "Held to what bears a lab's tags.";
  acknowledgeWildcards(role, {
    '*': 'Looking has no resources, and a lab is found by looking at everything.',
    [arnInReport('ec2', region, '*')]:
      "Held to what bears a lab's tags; interfaces, endpoints and groups that others left in a VPC of a lab bear none, and are held to this region.",
    ...Object.fromEntries(NAMELESS.map((kind) => [`arn:<AWS::Partition>:ec2:${region}::${kind}/*`, byTag])),
    [arnInReport('logs', region, 'log-group:*')]: byTag,
    [arnInReport('ssm', region, 'parameter/*')]: byTag,
    [arnInReport('ssm', region, `parameter${JANITOR_RECORDS}*`)]: 'Its own records: one for each lab.',
    [arnInReport('cloudformation', region, 'stack/oo-lab-*')]: byName,
    [arnInReport('scheduler', region, 'schedule/*/oo-lab-*')]: byName,
    ...Object.fromEntries(NAMED_KINDS.map((kind) => [arnInReport('iam', '', `${kind}/oo-lab-*`), byName])),
    [arnInReport('s3', '', 'oo-lab-*')]: byName,
    [arnInReport('s3', '', 'oo-lab-*/*')]: byName,
  });
}
