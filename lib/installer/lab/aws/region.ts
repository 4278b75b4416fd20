import { DescribeRegionsCommand, type Region } from '@aws-sdk/client-ec2';
import { OoError } from '../../../common/errors.ts';
import { awsErrors } from './aws-errors.ts';
import type { AwsClients, awsClients } from './clients.ts';
import { askAws } from './explain-aws.ts';

/** @throws OoError AWS_REGION_UNKNOWN, and what explainAws makes */
export async function checkRegion({ ec2, region }: AwsClients): Promise<void> {
  const { Regions = [] } = await askAws('list the regions', region, () => ec2.send(new DescribeRegionsCommand({})));
  const usable = namesOf(Regions);
  if (!usable.includes(region)) throw awsErrors.AWS_REGION_UNKNOWN(region, usable);
}

/** What a region says to everybody whose account has not switched it on; a region that there is not has no name in DNS. */
const mayBeTheRegion = ['AWS_CREDENTIALS_REFUSED', 'AWS_UNREACHABLE'];

/**
 * Whether it is because of the region that AWS did not answer: one that every account has switched on is asked. undefined: it is for another
 * reason, or nobody says. https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
export async function regionProblem(error: unknown, region: string, clientsOf: typeof awsClients): Promise<OoError | undefined> {
  if (!(error instanceof OoError && mayBeTheRegion.includes(error.code))) return undefined;
  const home = homeOf(region);
  if (home === region) return undefined;
  try {
    const { Regions = [] } = await clientsOf(home, { attempts: 3 }).ec2.send(new DescribeRegionsCommand({ AllRegions: true }));
    const status = Regions.find(({ RegionName }) => RegionName === region)?.OptInStatus;
    const usable = namesOf(Regions.filter(({ OptInStatus }) => OptInStatus !== 'not-opted-in'));
    if (status === undefined) return awsErrors.AWS_REGION_UNKNOWN(region, usable, { cause: error });
    return status === 'not-opted-in' ? awsErrors.AWS_REGION_OFF(region, usable, { cause: error }) : undefined;
  } catch {
    // Then it is not the region, and what happened there tells more.
    return undefined;
  }
}

/** The region of a partition that nobody can switch off. */
const homeOf = (region: string): string =>
  region.startsWith('cn-') ? 'cn-north-1' : region.startsWith('us-gov-') ? 'us-gov-west-1' : 'us-east-1';

const namesOf = (regions: readonly Region[]): readonly string[] => regions.map(({ RegionName = '' }) => RegionName).toSorted();
