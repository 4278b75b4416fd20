import { EC2Client } from '@aws-sdk/client-ec2';
import { ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { LabContext } from '../provider.ts';
import { whereOf } from '../where.ts';
import { awsErrors } from './aws-errors.ts';
import { type AwsClients, awsClients } from './clients.ts';
import { askAws } from './explain-aws.ts';
import { checkRegion, regionProblem } from './region.ts';

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

/**
 * The account of the credentials and the region of the lab: asked from AWS, never taken from a file. A lab that is there stays where it is.
 * @param clientsOf for tests: where a region is reached
 * @throws OoError AWS_REGION_MISSING, AWS_REGION_UNKNOWN, AWS_REGION_OFF, LAB_ELSEWHERE, and what explainAws makes
 */
export async function openAccount({ lab, state }: Placed, clientsOf: typeof awsClients = awsClients): Promise<AwsAccount> {
  const pinned = state.aws;
  const region = lab.aws.region ?? pinned?.region ?? (await usualRegion());
  if (region === undefined) throw awsErrors.AWS_REGION_MISSING();
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) throw awsErrors.AWS_REGION_UNKNOWN(region, []);
  try {
    const identity = await whoAsks(clientsOf(region, { attempts: 3 }));
    if (pinned !== undefined && (pinned.account !== identity.account || pinned.region !== region)) {
      throw awsErrors.LAB_ELSEWHERE(lab.name, whereOf(pinned), whereOf({ account: identity.account, region }));
    }
    const aws = clientsOf(region);
    await checkRegion(aws);
    return { ...identity, region, aws };
  } catch (error) {
    throw (await regionProblem(error, region, clientsOf)) ?? error;
  }
}

async function whoAsks({ sts, region }: AwsClients): Promise<Pick<AwsAccount, 'account' | 'caller'>> {
  const { Account = '', Arn = '' } = await askAws('ask who you are', region, () => sts.send(new GetCallerIdentityCommand({})));
  return { account: Account, caller: Arn };
}

/** The name that people have given the account; undefined where it has none, or you may not ask. */
export async function aliasOf({ aws, region }: Pick<AwsAccount, 'aws' | 'region'>): Promise<string | undefined> {
  try {
    const aliases = await askAws("ask for the account's name", region, () => aws.iam.send(new ListAccountAliasesCommand({})));
    return aliases.AccountAliases?.[0];
  } catch {
    // The number alone tells accounts apart; whatever stands in the way is met again where it matters.
    return undefined;
  }
}

/** Of the environment, or of the profile. */
async function usualRegion(): Promise<string | undefined> {
  const given = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  if (given !== undefined && given !== '') return given;
  // The SDK reads the profile; it throws where that names none.
  return new EC2Client({}).config.region().catch(() => undefined);
}
