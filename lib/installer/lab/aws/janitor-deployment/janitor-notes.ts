import type { Lab } from '../../../config/lab-schema.ts';
import type { AwsAccount } from '../account.ts';
import { lookAtJanitor } from './look-at-janitor.ts';

/** What `lab plan` tells of who takes a lab away when its time is over. */
export async function janitorNotes(where: AwsAccount, { aws }: Pick<Lab, 'aws'>): Promise<readonly string[]> {
  const there = (await lookAtJanitor(where)) !== undefined;
  if (there) return ['the janitor of this account and region takes the lab away when its time is over'];
  return aws.janitor
    ? [
        'lab up also makes the stack oo-janitor, once for this account and region: it takes labs away whose time is over (aws.janitor: false leaves it out)',
      ]
    : ['nobody takes the lab away when its time is over but you, by lab down: there is no janitor, and aws.janitor is false'];
}
