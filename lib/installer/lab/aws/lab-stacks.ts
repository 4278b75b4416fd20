import {
  ContinueUpdateRollbackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  paginateDescribeStacks,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { atOnce } from '../../../common/at-once.ts';
import { systemClock } from '../../../common/clock.ts';
import { labTags } from '../../../stacks/lab-definition.ts';
import type { LabContext } from '../provider.ts';
import type { LabState } from '../state/lab-state.ts';
import type { AwsAccount } from './account.ts';
import { awsErrors } from './aws-errors.ts';
import { askAws } from './explain-aws.ts';

/** Stacks that are worked on at once: CloudFormation and EC2 throttle more. */
export const stacksAtOnce = 4;

export interface LabStack {
  readonly name: string;
  readonly status: string;
  /** When the lab ends, as the janitor reads it. */
  readonly expires: string | undefined;
}

/**
 * The stacks of a lab, by both of its tags. @throws OoError LAB_NAME_IN_USE when stacks that are called as this lab's would be are somebody else's
 */
export async function labStacks({ aws, region }: AwsAccount, lab: Pick<LabState, 'name' | 'id'>): Promise<readonly LabStack[]> {
  const pages = await askAws('list the stacks', region, () =>
    Array.fromAsync(paginateDescribeStacks({ client: aws.cloudformation }, {})),
  );
  const named = pages
    .flatMap(({ Stacks = [] }) => Stacks)
    .filter(({ StackName = '', StackStatus }) => isNamed(StackName, lab.name) && StackStatus !== 'DELETE_COMPLETE');
  for (const stack of named) {
    if (tag(stack, labTags.lab) === lab.name && tag(stack, labTags.id) === lab.id) continue;
    throw awsErrors.LAB_NAME_IN_USE(lab.name, stack.StackName!, ownerOf(stack));
  }
  return named.map((stack) => ({
    name: stack.StackName!,
    status: stack.StackStatus!,
    expires: tag(stack, labTags.expires),
  }));
}

/** `oo-lab-demo-network`: exact, so that the lab `demo` does not take the lab `demo-network` for its own. */
const isNamed = (stack: string, lab: string): boolean =>
  stack.startsWith(`oo-lab-${lab}-`) && /^(network|access|hosts-\d+(-\d+)?)$/.test(stack.slice(`oo-lab-${lab}-`.length));

function ownerOf(stack: Stack): string {
  const id = tag(stack, labTags.id);
  return id === undefined
    ? 'is of something else'
    : `is of another lab of this name (${id}), put up from another machine or user`;
}

const tag = ({ Tags = [] }: Stack, key: string): string | undefined => Tags.find(({ Key }) => Key === key)?.Value;

/**
 * Brings every stack into a state from which it can be deployed: what an earlier run began is waited for, what never came to be is
 * deleted, and a way back that failed is gone again.
 * @throws OoError LAB_STACK_STUCK
 */
export async function settleStacks(
  where: AwsAccount,
  stacks: readonly LabStack[],
  context: Pick<LabContext, 'report' | 'signal'>,
  poll: number,
): Promise<void> {
  await atOnce(stacksAtOnce, stacks, async ({ name, status }) => {
    const settled =
      status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS' ? await ended(where, name, context, poll) : status;
    if (neverMade.includes(settled)) return deleteStack(where, name, context, poll);
    if (settled !== 'UPDATE_ROLLBACK_FAILED') return;
    context.report({ subject: name, state: 'running', message: 'goes back to what it was before a failed change' });
    await askAws(`take back a change of ${name}`, where.region, () =>
      where.aws.cloudformation.send(new ContinueUpdateRollbackCommand({ StackName: name })),
    );
    const after = await ended(where, name, context, poll);
    if (after !== 'UPDATE_ROLLBACK_COMPLETE') throw awsErrors.LAB_STACK_STUCK(name, after);
  });
}

/** Nothing can be done with such stacks but to delete them. */
const neverMade = ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED', 'REVIEW_IN_PROGRESS', 'DELETE_FAILED'];

/** @throws OoError LAB_STACK_STUCK, with why */
export async function deleteStack(
  where: AwsAccount,
  name: string,
  context: Pick<LabContext, 'report' | 'signal'>,
  poll: number,
): Promise<void> {
  context.report({ subject: name, state: 'running', message: 'is deleted' });
  await askAws(`delete the stack ${name}`, where.region, () =>
    where.aws.cloudformation.send(new DeleteStackCommand({ StackName: name })),
  );
  const status = await ended(where, name, context, poll);
  if (status !== 'DELETE_COMPLETE')
    throw awsErrors.LAB_STACK_STUCK(name, `${status} (${(await failuresOf(where, name)).join('; ')})`);
  context.report({ subject: name, state: 'done', message: 'is deleted' });
}

/** Waits for what CloudFormation is doing to a stack. Answers the status that it ends in. */
async function ended(
  where: AwsAccount,
  name: string,
  { report, signal }: Pick<LabContext, 'report' | 'signal'>,
  poll: number,
): Promise<string> {
  for (let told = ''; ;) {
    signal.throwIfAborted();
    const status = await statusOf(where, name);
    if (!status.endsWith('_IN_PROGRESS')) return status;
    if (status !== told) report({ subject: name, state: 'running', message: `CloudFormation is at work on it: ${status}` });
    told = status;
    await systemClock.sleep(poll, signal);
  }
}

async function statusOf({ aws, region }: AwsAccount, StackName: string): Promise<string> {
  return askAws(`look at the stack ${StackName}`, region, async () => {
    try {
      const { Stacks = [] } = await aws.cloudformation.send(new DescribeStacksCommand({ StackName }));
      return Stacks[0]?.StackStatus ?? 'DELETE_COMPLETE';
    } catch (error) {
      // By its name, a stack that is gone is no stack.
      if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message))
        return 'DELETE_COMPLETE';
      throw error;
    }
  });
}

/** What failed in the last operation on a stack, and why: CloudFormation's own words, newest first. What was merely cancelled is left out. */
export async function failuresOf({ aws, region }: AwsAccount, StackName: string): Promise<readonly string[]> {
  return askAws(`read the events of ${StackName}`, region, async () => {
    const found: string[] = [];
    for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client: aws.cloudformation }, { StackName })) {
      for (const { LogicalResourceId, ResourceStatus = '', ResourceStatusReason = '' } of StackEvents) {
        const begins = LogicalResourceId === StackName && /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(ResourceStatus);
        if (begins) return found;
        const isReason = ResourceStatus.endsWith('_FAILED') && LogicalResourceId !== StackName;
        if (isReason && !/cancelled/i.test(ResourceStatusReason)) found.push(`${LogicalResourceId}: ${ResourceStatusReason}`);
      }
    }
    return found;
  });
}
