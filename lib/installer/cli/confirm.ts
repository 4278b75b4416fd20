import { OoError } from '../../common/errors.ts';
import type { Prompter } from '../prompter.ts';
import type { HostFlags } from './global-flags.ts';

/** Asks before a command that takes things away, where somebody is there to answer. @throws OoError NOT_CONFIRMED */
export async function confirm(question: string | undefined, flags: HostFlags, prompter: Prompter): Promise<void> {
  if (question === undefined || flags.yes || flags.json || flags.dryRun === true) return;
  if (!prompter.interactive || !process.stdin.isTTY || !process.stdout.isTTY) return;
  if (!(await prompter.confirm(question))) throw new OoError('NOT_CONFIRMED', 'usage', 'not confirmed: nothing was changed');
}
