import type { LabEvent, LabResource } from '../../provider.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { inParallel } from './in-parallel.ts';
import { labStacks } from './lab-stacks.ts';
import { checkIdentity } from './ownership.ts';
import { type Patience, usualPatience } from './patience.ts';
import { removeStack } from './remove-stack.ts';
import { sweepErrors } from './sweep-errors.ts';
import { sweep, type SweepOptions } from './sweep.ts';
import { sweepers } from './sweepers.ts';
import { buckets } from './types/buckets.ts';
import { scopeOf } from './types/vpcs.ts';

/** Stacks that are deleted at the same time. */
const STACKS_AT_A_TIME = 4;

/**
 * Takes a lab away: its stacks, hosts first; then whatever else bears both of its tags, or is inside of its own VPCs. Cut off anywhere, the same
 * call goes on with it; where nothing is left, it does nothing. What it did is proven by the audit, which shares nothing with it.
 * @throws OoError LAB_IDENTITY_INVALID before anything is asked; LAB_SWEEP_INCOMPLETE with what stays and why; what AWS says when the
 * credentials have ended; the signal's reason
 */
export async function downLab(
  aws: AwsClients,
  lab: LabIdentity,
  report: (event: LabEvent) => void,
  signal: AbortSignal,
  patience: Patience = usualPatience,
): Promise<void> {
  checkIdentity(lab);
  const options: SweepOptions = { report, signal, patience };
  const stacks = await labStacks(aws, lab);
  // CloudFormation deletes no bucket that has something in it. Whatever this meets, the stack's deletion meets and tells.
  if (stacks.length > 0) await sweep(aws, lab, { ...options, only: [buckets], rounds: 1 });
  for (const group of stacks) {
    const problems: string[] = [];
    await inParallel(group, STACKS_AT_A_TIME, async (stack) => {
      signal.throwIfAborted();
      const why = await removeStack(aws, lab, stack, options);
      if (why !== undefined) problems.push(why);
    });
    // A stack stays by somebody's wish or for want of rights: what it is made of, and what it imports, are not taken away behind its back.
    if (problems.length > 0) throw sweepErrors.LAB_SWEEP_INCOMPLETE(lab.name, problems);
  }
  const problems = await sweep(aws, lab, options);
  if (problems.length > 0) throw sweepErrors.LAB_SWEEP_INCOMPLETE(lab.name, problems);
}

/** What `downLab` would take away: stacks, and everything of the lab, in stacks or not. Changes nothing. @throws what AWS says */
export async function remainsOf(aws: AwsClients, lab: LabIdentity): Promise<readonly LabResource[]> {
  checkIdentity(lab);
  const stacks = (await labStacks(aws, lab)).flat().map(({ name, status }) => ({ type: 'stack', id: name, detail: status }));
  const scope = await scopeOf(aws, lab);
  const found: LabResource[] = [];
  for (const sweeper of sweepers) {
    for (const { type, id, detail } of await sweeper.find(aws, scope)) found.push({ type, id, detail });
  }
  return [...stacks, ...found];
}
