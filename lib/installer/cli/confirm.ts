import { createInterface } from 'node:readline/promises';
import { OoError } from '../../common/errors.ts';
import type { HostFlags } from './global-flags.ts';

/** Asks before a command that takes things away, where somebody is there to answer. @throws OoError NOT_CONFIRMED */
export async function confirm(question: string | undefined, flags: HostFlags): Promise<void> {
  if (question === undefined || flags.yes || flags.json || flags.dryRun === true) return;
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new OoError('NOT_CONFIRMED', 'usage', 'not confirmed: nothing was changed');
}
