import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { JANITOR_STACK } from '../../../../stacks/lab-definition.ts';
import { systemClock } from '../../../../common/clock.ts';
import type { LabResource } from '../../provider.ts';
import type { AwsAccount } from '../account.ts';
import type { Watch } from '../ended-by.ts';
import { askAws } from '../explain-aws.ts';
import { deleteStack, settleStacks } from '../lab-stacks.ts';
import { janitorRecords, janitorRemains } from './janitor-remains.ts';
import { lookAtJanitor } from './look-at-janitor.ts';

/** For how long what was just deleted may still be told of. ms. */
const PATIENCE = 30_000;

/**
 * Takes the janitor away: its stack, and what it remembers of labs. Answers what is left of it, which is nothing when all went well. What the CDK
 * keeps in the account stays: it is for everything that is deployed by it.
 * @throws OoError JANITOR_NAME_IN_USE, LAB_STACK_STUCK, what explainAws makes
 */
export async function removeJanitor(
  where: AwsAccount,
  watch: Watch,
  { poll }: { readonly poll: number },
): Promise<readonly LabResource[]> {
  const found = await lookAtJanitor(where);
  if (found !== undefined) {
    await settleStacks(where, [{ name: JANITOR_STACK, status: found.status, expires: undefined }], watch, poll);
    if ((await lookAtJanitor(where)) !== undefined) await deleteStack(where, JANITOR_STACK, watch, poll);
  }
  // After the stack: what has no function any more remembers nothing anew.
  for (const Name of await askAws("list the janitor's records", where.region, () => janitorRecords(where))) {
    await askAws(`delete the parameter ${Name}`, where.region, () => where.aws.ssm.send(new DeleteParameterCommand({ Name })));
    watch.report({ subject: Name, state: 'done', message: 'is deleted' });
  }
  for (const began = performance.now(); ;) {
    const left = await janitorRemains(where);
    if (left.length === 0 || performance.now() - began > PATIENCE) return left;
    await systemClock.sleep(poll, watch.signal);
  }
}
