import { defineErrors } from '../../common/errors.ts';
import type { Prompter } from '../prompter.ts';
import type { HostFlags } from './global-flags.ts';

const confirmErrors = defineErrors({
  NOT_CONFIRMED: { failure: 'usage', message: () => 'not confirmed: nothing was changed' },
  CONFIRMATION_NEEDED: {
    failure: 'usage',
    message: (question: string) => `nobody is there to answer: ${question}`,
    hint: () => 'nothing was changed; run it in a terminal, or answer with --yes',
  },
});

/** Asks before a command that takes things away, on the terminal itself, wherever the output goes. @throws OoError NOT_CONFIRMED, CONFIRMATION_NEEDED */
export async function confirm(
  question: string | undefined,
  flags: Pick<HostFlags, 'yes' | 'dryRun'>,
  prompter: Prompter,
): Promise<void> {
  if (question === undefined || flags.yes || flags.dryRun === true) return;
  if (!prompter.interactive) throw confirmErrors.CONFIRMATION_NEEDED(question);
  if (!(await prompter.confirm(question))) throw confirmErrors.NOT_CONFIRMED();
}
