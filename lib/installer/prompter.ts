import { defineErrors } from '../common/errors.ts';
import { printable } from '../common/printable.ts';

/** Asks the person in front of the terminal. One question at a time, whoever asks; a progress display rests meanwhile. */
export interface Prompter {
  /** Whether there is somebody who could answer. */
  readonly interactive: boolean;
  /** Asks for a password or a passphrase; what is typed is not shown. @throws OoError ANSWER_NEEDED when nobody can answer */
  secret(question: string): Promise<string>;
  /** Asks for yes or no. @throws OoError ANSWER_NEEDED when nobody can answer */
  confirm(question: string): Promise<boolean>;
}

/** What is wrong where a question cannot be asked, or was not answered. */
export const promptErrors = defineErrors({
  ANSWER_NEEDED: {
    failure: 'usage',
    message: (question: string) => `nobody is there to answer: ${questionText(question).trim()}`,
    hint: () => 'run it in a terminal, or give the answer with a flag: oo-install --help tells which',
  },
  ANSWER_INTERRUPTED: {
    failure: 'interrupted',
    message: () => 'interrupted while a question was asked',
    hint: () => 'run the same command again',
  },
});

/** A prompter for runs without a terminal: every question is an error. */
export function refusingPrompter(): Prompter {
  const refuse = (question: string) => Promise.reject(promptErrors.ANSWER_NEEDED(question));
  return { interactive: false, secret: refuse, confirm: refuse };
}

/** A question as it may reach a terminal: parts of it come from servers. Line breaks stay, and it has an end. */
export function questionText(question: string): string {
  const lines = question.slice(0, 2_000).split(/\r?\n/).slice(0, 12);
  return lines.map(printable).join('\n');
}
