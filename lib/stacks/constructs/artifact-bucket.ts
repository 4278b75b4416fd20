import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { artifactBucketName, type LabDefinition } from '../lab-definition.ts';

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
