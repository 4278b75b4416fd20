import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { artifactBucketName, type LabDefinition } from '../lab-definition.ts';
import { acknowledgeWildcards, arnInReport } from './wildcards.ts';

/** The bucket from which hosts install the platform by themselves (`install: s3`). It has to be empty before its stack can go. */
export function artifactBucket(scope: Construct, lab: LabDefinition): Bucket {
  const bucket = new Bucket(scope, 'Artifacts', {
    bucketName: artifactBucketName(lab),
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'It holds one public artifact for hours; a log of who read it would need a bucket that outlives the lab.',
  });
  return bucket;
}

/** Hosts fetch what they are told the name of; they list nothing. */
export function letRead(bucket: Bucket, role: Role, lab: LabDefinition): void {
  const name = artifactBucketName(lab);
  const resource = Stack.of(bucket).formatArn({ service: 's3', region: '', account: '', resource: name, resourceName: '*' });
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] }));
  acknowledgeWildcards(role, {
    [arnInReport('s3', '', `${name}/*`)]: "The bucket is the lab's own, and all that is in it is for its hosts.",
  });
}
