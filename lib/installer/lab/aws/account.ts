import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { LabContext } from '../provider.ts';
import { awsErrors } from './aws-errors.ts';
import { type AwsClients, awsClients } from './clients.ts';
import { askAws } from './explain-aws.ts';

/** Where a lab is, and what it is reached by. */
export interface AwsAccount {
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  /** Who asks: `arn:aws:sts::123456789012:assumed-role/Instructor/ina`. */
  readonly caller: string;
  readonly aws: AwsClients;
}

/** What says where: a lab that is there stays where it is. */
export interface Placed {
  readonly lab: { readonly name: string; readonly aws: Pick<LabContext['lab']['aws'], 'region'> };
  readonly state: Pick<LabContext['state'], 'aws'>;
}

/** `account 123456789012 in eu-central-1` */
export const whereOf = ({ account, region }: Pick<AwsAccount, 'account' | 'region'>): string => `account ${account} in ${region}`;

/**
 * The account of the credentials and the region of the lab: asked from AWS, never taken from a file. A lab that is there stays where it is.
 * @throws OoError AWS_REGION_MISSING, AWS_REGION_UNKNOWN, LAB_ELSEWHERE, and what explainAws makes
 */
export async function openAccount({ lab, state }: Placed): Promise<AwsAccount> {
  const pinned = state.aws;
  const region = lab.aws.region ?? pinned?.region ?? (await usualRegion());
  if (region === undefined) throw awsErrors.AWS_REGION_MISSING();
  const aws = awsClients(region);
  const identity = await askAws('ask who you are', region, () => aws.sts.send(new GetCallerIdentityCommand({})));
  const { Account: account = '', Arn: caller = '' } = identity;
  if (pinned !== undefined && (pinned.account !== account || pinned.region !== region)) {
    throw awsErrors.LAB_ELSEWHERE(lab.name, whereOf(pinned), whereOf({ account, region }));
  }
  await checkRegion(aws);
  return { account, region, caller, aws };
}

/** Of the environment, or of the profile. */
async function usualRegion(): Promise<string | undefined> {
  const given = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  if (given !== undefined && given !== '') return given;
  // The SDK reads the profile; it throws where that names none.
  return new EC2Client({}).config.region().catch(() => undefined);
}

async function checkRegion({ ec2, region }: AwsClients): Promise<void> {
  const { Regions = [] } = await askAws('list the regions', region, () => ec2.send(new DescribeRegionsCommand({})));
  const usable = Regions.map(({ RegionName = '' }) => RegionName).toSorted();
  if (!usable.includes(region)) throw awsErrors.AWS_REGION_UNKNOWN(region, usable);
}
