import { defineErrors } from '../../common/errors.ts';
import { printable } from '../transport/parse-facts.ts';

/** What can go wrong with a lab as a whole, whoever provides its hosts. */
export const labErrors = defineErrors({
  LAB_NAME_INVALID: {
    failure: 'usage',
    message: (name: string) =>
      `${printable(JSON.stringify(name))} is no name of a lab: lower-case letters, digits and -, at most 20`,
  },
  LAB_UNKNOWN: {
    failure: 'usage',
    message: (name: string, _known: readonly string[]) => `no lab ${name} was put up from this machine by this user`,
    hint: (_name: string, known: readonly string[]) =>
      known.length === 0 ? 'oo-install lab up makes one' : `known are ${known.join(', ')}: choose with --name or -f`,
  },
  LAB_STATE_FOREIGN: {
    failure: 'conflict',
    message: (folder: string, why: string) => `${folder} ${why}: what is remembered of a lab there is not taken`,
    hint: () => 'run oo-install as the user who put the lab up, or set XDG_STATE_HOME to a folder of your own',
  },
  LAB_STATE_CORRUPT: {
    failure: 'internal',
    message: (file: string, why: string) => `${file} is damaged: ${why}`,
    hint: () => "bring it back from a backup: without it nobody knows which resources are the lab's",
  },
  LAB_BUSY: {
    failure: 'conflict',
    message: (name: string, command: string, since: string, _file: string) =>
      `another oo-install is at work on the lab ${name}: ${command}, since ${since}`,
    hint: (_name: string, _command: string, _since: string, file: string) =>
      `wait until it has ended; when it cannot be running any more, remove ${file}`,
  },
  LAB_OF_ANOTHER_PROVIDER: {
    failure: 'conflict',
    message: (name: string, is: string, wanted: string) =>
      `the lab ${name} is one of the provider ${is}, and ${wanted} is asked for`,
    hint: () => 'give the new one another name, or take the old one away first: oo-install lab down',
  },
});
