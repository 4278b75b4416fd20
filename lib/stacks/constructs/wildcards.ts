import { Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * Says of each wildcard in a policy why it is none too many. cdk-nag asks about every one by itself, by the resource as it stands in the
 * template: `arn:<AWS::Partition>:ec2:eu-central-1:<AWS::AccountId>:instance/*`.
 */
export function acknowledgeWildcards(construct: Construct, reasons: Readonly<Record<string, string>>): void {
  const rules = Object.entries(reasons).map(([resource, reason]) => ({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason }));
  Validations.of(construct).acknowledge(...rules);
}

/** An ARN of this partition and account as cdk-nag writes it. */
export function arnInReport(service: string, region: string, resource: string): string {
  return `arn:<AWS::Partition>:${service}:${region}:${service === 's3' ? '' : '<AWS::AccountId>'}:${resource}`;
}
