import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { JANITOR_STACK, janitorTag } from '../../../../stacks/lab-definition.ts';
import type { AwsAccount } from '../account.ts';
import { awsErrors } from '../aws-errors.ts';
import { askAws } from '../explain-aws.ts';

/** The janitor of an account and region, as CloudFormation has it. */
export interface JanitorStackFound {
  /** Of its stack: `UPDATE_COMPLETE`. */
  readonly status: string;
  /** Whom it tells by e-mail, when somebody was named. */
  readonly notify: string | undefined;
}

/** undefined: there is none. @throws OoError JANITOR_NAME_IN_USE when the stack of that name is somebody else's */
export async function lookAtJanitor({ aws, region }: AwsAccount): Promise<JanitorStackFound | undefined> {
  const stack = await askAws('look for the janitor', region, async () => {
    try {
      const { Stacks = [] } = await aws.cloudformation.send(new DescribeStacksCommand({ StackName: JANITOR_STACK }));
      return Stacks[0];
    } catch (error) {
      // By its name, a stack that is gone is no stack.
      if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) return undefined;
      throw error;
    }
  });
  if (stack === undefined) return undefined;
  if (stack.Tags?.find(({ Key }) => Key === janitorTag)?.Value !== 'true')
    throw awsErrors.JANITOR_NAME_IN_USE(JANITOR_STACK, region);
  const notify = stack.Outputs?.find(({ OutputKey }) => OutputKey === 'Notify')?.OutputValue;
  return { status: stack.StackStatus ?? '', notify };
}
