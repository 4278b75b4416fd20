import type { JanitorContext, JanitorState, LabJanitor, LabResource } from '../../provider.ts';
import { whereOf } from '../../where.ts';
import { type AwsAccount, openAccount } from '../account.ts';
import { type AwsOptions, waitingOf } from '../options.ts';
import { deployJanitor } from './deploy-janitor.ts';
import { janitorRemains } from './janitor-remains.ts';
import { lookAtJanitor } from './look-at-janitor.ts';
import { removeJanitor } from './remove-janitor.ts';

/** The janitor of an account and region of AWS, for `oo-install lab janitor`. */
export function awsJanitor(options: AwsOptions): LabJanitor {
  const waiting = waitingOf(options);
  return {
    look: async (context) => stateOf(await open(context)),
    async deploy(context, notify) {
      const where = await open(context);
      await deployJanitor(where, context, { ...waiting, notify });
      return stateOf(where);
    },
    async remove(context) {
      const where = await open(context);
      return stateOf(where, await removeJanitor(where, context, waiting));
    },
  };
}

/** In no lab: the region is asked for as for a lab that has none of its own. */
const open = ({ region }: JanitorContext): Promise<AwsAccount> =>
  openAccount({ lab: { name: 'janitor', aws: { region } }, state: { aws: undefined } });

async function stateOf(where: AwsAccount, left?: readonly LabResource[]): Promise<JanitorState> {
  const found = await lookAtJanitor(where);
  return {
    where: whereOf(where),
    present: found !== undefined,
    status: found?.status ?? '',
    notify: found?.notify ?? '',
    left: found === undefined ? (left ?? (await janitorRemains(where))) : [],
  };
}
