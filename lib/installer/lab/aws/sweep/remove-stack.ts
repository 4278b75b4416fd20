import {
  DeleteStackCommand,
  type DeletionMode,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
} from '@aws-sdk/client-cloudformation';
import { systemClock } from '../../../../common/clock.ts';
import type { AwsClients } from '../clients.ts';
import { answerText, isDenied, isExpired } from './aws-answers.ts';
import type { FoundStack } from './lab-stacks.ts';
import { pauseAfter } from './patience.ts';
import { sweep, type SweepOptions } from './sweep.ts';
import type { LabIdentity } from '../lab-identity.ts';

/**
 * Deletes a stack. What DELETE_FAILED leaves is swept from inside, and it is deleted again, ever more slowly; at last its record alone is
 * deleted, which leaves what would not go to the sweep at the end. Answers why it stays; undefined: it is gone.
 */
export async function removeStack(
  aws: AwsClients,
  lab: LabIdentity,
  stack: FoundStack,
  options: SweepOptions,
): Promise<string | undefined> {
  const { report, signal, patience } = options;
  const tell = (state: 'running' | 'done' | 'failed', message: string) => report({ subject: stack.name, state, message });
  const clearInside = async (): Promise<void> => {
    // Parts of other stacks go with them.
    const spare: SweepOptions['spare'] = (found) => ![undefined, stack.name].includes(found.stack);
    const left = await sweep(aws, lab, { ...options, rounds: 2, spare });
    for (const line of left) tell('running', `inside: ${line}`);
  };
  let why = '';
  // An earlier run was cut off: CloudFormation would need another quarter of an hour to find out that the same stands in its way.
  if (stack.status === 'DELETE_FAILED') await clearInside();
  for (let attempt = 0; attempt <= patience.attempts; attempt += 1) {
    const last = attempt === patience.attempts;
    try {
      const status = await deletion(aws, stack, last ? 'FORCE_DELETE_STACK' : 'STANDARD', tell, options);
      if (status === 'DELETE_COMPLETE') {
        tell('done', last ? 'deleted its record; what it left is swept' : 'deleted');
        return undefined;
      }
      why = status === 'DELETE_FAILED' ? `DELETE_FAILED: ${(await failures(aws, stack)).join('; ')}` : status;
    } catch (error) {
      if (signal.aborted || isExpired(error)) throw error;
      why = answerText(error);
      // Termination protection was somebody's wish, and what nobody may do does not come by waiting.
      if (isDenied(error) || /TerminationProtection/.test(why)) break;
    }
    tell('running', why);
    if (last) break;
    await clearInside();
    await pauseAfter(patience, attempt, signal);
  }
  tell('failed', why);
  return `stack ${stack.name}: ${why}`;
}

/** Asks for the deletion and waits until CloudFormation has ended it. Answers the status that the stack ends in. */
async function deletion(
  { cloudformation }: AwsClients,
  { id }: FoundStack,
  mode: DeletionMode,
  tell: (state: 'running', message: string) => void,
  { signal, patience }: SweepOptions,
): Promise<string> {
  const statusNow = async () => {
    const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: id }));
    return Stacks[0]?.StackStatus ?? 'DELETE_COMPLETE';
  };
  const began = Date.now();
  const until = async (ended: (status: string) => boolean): Promise<string> => {
    for (let told = ''; ;) {
      const status = await statusNow();
      if (ended(status) || Date.now() - began > patience.stack) return status;
      if (status !== told) tell('running', status);
      told = status;
      await systemClock.sleep(patience.poll, signal);
    }
  };
  // CloudFormation deletes no stack in the midst of a change or of going back; one that is going already was asked to by an earlier run.
  const before = await until((status) => !status.endsWith('_IN_PROGRESS') || /^(CREATE|DELETE|REVIEW)_/.test(status));
  if (before !== 'DELETE_IN_PROGRESS' && before !== 'DELETE_COMPLETE') {
    // Only what has failed to go may be forced.
    const forced = mode === 'FORCE_DELETE_STACK' && before === 'DELETE_FAILED';
    await cloudformation.send(new DeleteStackCommand({ StackName: id, ...(forced ? { DeletionMode: mode } : {}) }));
  }
  const after = await until((status) => status === 'DELETE_COMPLETE' || status === 'DELETE_FAILED');
  return after.startsWith('DELETE_') ? after : `still ${after}`;
}

/** What would not go in the last deletion, and why: newest events first. */
async function failures({ cloudformation }: AwsClients, { id, name }: FoundStack): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client: cloudformation }, { StackName: id })) {
    for (const { LogicalResourceId, PhysicalResourceId, ResourceStatus, ResourceStatusReason } of StackEvents) {
      const own = LogicalResourceId === name;
      if (own && ResourceStatus === 'DELETE_IN_PROGRESS') return found;
      if (!own && ResourceStatus === 'DELETE_FAILED') found.push(`${PhysicalResourceId}: ${ResourceStatusReason}`);
    }
  }
  return found;
}
