import { whereOf } from '../../where.ts';
import type { AwsAccount } from '../account.ts';
import type { Watch } from '../ended-by.ts';
import { taggedLabs } from '../janitor/tagged-labs.ts';
import { lookAtJanitor } from './look-at-janitor.ts';

/** Says, when the last lab of an account and region has gone, that its janitor stays, and how to take that away. What cannot be asked is not told. */
export async function tellJanitorStays(where: AwsAccount, { report }: Pick<Watch, 'report'>): Promise<void> {
  const stays = await isAlone(where).catch(() => false);
  if (!stays) return;
  const message = `the janitor of ${whereOf(where)} has no lab to look after any more, and stays: oo-install lab janitor remove --region ${where.region} takes it away`;
  report({ subject: '', state: 'done', message });
}

async function isAlone(where: AwsAccount): Promise<boolean> {
  return (await lookAtJanitor(where)) !== undefined && (await taggedLabs(where.aws)).length === 0;
}
