import { paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { atOnce } from '../../../common/at-once.ts';
import type { AwsAccount } from './account.ts';
import { askAws } from './explain-aws.ts';
import { presentInstances } from './instances.ts';
import { type LabStack, stacksAtOnce } from './lab-stacks.ts';
import { hostOfResource, type Synthesis } from './synthesis.ts';

/**
 * The hosts that CloudFormation believes to be there and EC2 has no more: somebody terminated them. To CloudFormation nothing has changed then,
 * and the same template would leave them missing; as a new generation each is another resource, and is made.
 */
export async function lostHosts(
  where: AwsAccount,
  { stacks }: Pick<Synthesis, 'stacks'>,
  deployed: readonly LabStack[],
): Promise<readonly string[]> {
  const known = deployed.filter(({ name }) => stacks.has(name));
  const made = (await atOnce(stacksAtOnce, known, ({ name }) => instancesOf(where, name))).flat();
  const wanted = made.flatMap(({ stack, logical, id }) => {
    const resource = stacks.get(stack)?.[logical];
    const host = resource === undefined ? undefined : hostOfResource(resource);
    return host === undefined ? [] : [{ host, id }];
  });
  const present = await presentInstances(
    where,
    wanted.map(({ id }) => id),
  );
  return wanted.filter(({ id }) => !present.has(id)).map(({ host }) => host);
}

interface MadeInstance {
  readonly stack: string;
  readonly logical: string;
  readonly id: string;
}

async function instancesOf({ aws, region }: AwsAccount, StackName: string): Promise<readonly MadeInstance[]> {
  const pages = await askAws(`list what is in the stack ${StackName}`, region, () =>
    Array.fromAsync(paginateListStackResources({ client: aws.cloudformation }, { StackName })),
  );
  return pages
    .flatMap(({ StackResourceSummaries = [] }) => StackResourceSummaries)
    .filter(({ ResourceType, ResourceStatus = '' }) => ResourceType === 'AWS::EC2::Instance' && isThere(ResourceStatus))
    .map(({ LogicalResourceId, PhysicalResourceId = '' }) => ({
      stack: StackName,
      logical: LogicalResourceId!,
      id: PhysicalResourceId,
    }));
}

const isThere = (status: string): boolean =>
  /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_(COMPLETE|FAILED)$/.test(status) && status !== 'CREATE_FAILED';
