import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';

/** One client for each service, all of one account and region. */
export interface AwsClients {
  readonly region: string;
  readonly cloudformation: CloudFormationClient;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly logs: CloudWatchLogsClient;
  readonly quotas: ServiceQuotasClient;
  readonly s3: S3Client;
  readonly scheduler: SchedulerClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
}

/**
 * Credentials come from the SDK's default chain (environment, profiles, SSO, roles, metadata). What is throttled is asked again, ever more
 * slowly: the `adaptive` mode of the SDK, which also holds back what has not been sent yet.
 * @param options.attempts how often anything is asked. @default 10
 */
export function awsClients(region: string, { attempts = 10 }: { readonly attempts?: number } = {}): AwsClients {
  const options = { region, maxAttempts: attempts, retryMode: 'adaptive' };
  // Another endpoint than Amazon's has no name for each bucket.
  const forcePathStyle = process.env['AWS_ENDPOINT_URL'] !== undefined || process.env['AWS_ENDPOINT_URL_S3'] !== undefined;
  return {
    region,
    cloudformation: new CloudFormationClient(options),
    ec2: new EC2Client(options),
    iam: new IAMClient(options),
    logs: new CloudWatchLogsClient(options),
    quotas: new ServiceQuotasClient(options),
    s3: new S3Client({ ...options, forcePathStyle }),
    scheduler: new SchedulerClient(options),
    ssm: new SSMClient(options),
    sts: new STSClient(options),
  };
}
