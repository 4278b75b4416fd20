import { defineErrors } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';

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
  LAB_STATE_UNWRITABLE: {
    failure: 'conflict',
    message: (path: string, why: string) => `${path} cannot be written: ${why}`,
    hint: () => 'make room and rights for it, then run the same command again: it goes on where it was',
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
  LAB_AWS_NEEDS_CHECKOUT: {
    failure: 'usage',
    message: () => 'this oo-install came in a bundle, without what labs on AWS need',
    hint: () => 'run bin/oo-install of a checkout; labs on this machine: --provider local',
  },
  LAB_AWS_PACKAGES_MISSING: {
    failure: 'connection',
    message: (lines: readonly string[]) => `what labs on AWS need could not be fetched:\n${lines.map(printable).join('\n')}`,
    hint: () =>
      'mend that (npm has to reach its registry: npm config get registry, proxy, cafile), then run the same command again; nothing was changed, and labs on this machine need none of it',
  },
  LAB_NOBODY: {
    failure: 'usage',
    message: () => 'there is no lab.yaml here, and nobody says for how many the lab is',
    hint: () => 'oo-install lab init writes one; or without a file: oo-install lab up --attendees 3',
  },
  LAB_TOO_FEW: {
    failure: 'usage',
    message: (wanted: number, listed: number) => `--attendees ${wanted}: lab.yaml lists ${listed}`,
    hint: () => '--attendees takes the first ones of a list; name more in lab.yaml',
  },
  LAB_REFUSED: {
    failure: 'preflight',
    message: (name: string, problems: readonly string[]) => `the lab ${name} cannot be put up:\n${problems.join('\n')}`,
    hint: () => 'nothing was changed; mend this, then run the same command again',
  },
  LAB_OVER: {
    failure: 'conflict',
    message: (name: string, expires: string) => `the lab ${name} ended at ${expires}`,
    hint: () => 'oo-install lab extend 8h gives it more time, oo-install lab down takes it away',
  },
  LAB_INTERRUPTED: {
    failure: 'interrupted',
    message: (_command: string) => 'interrupted: what had begun is left as it is',
    hint: (command: string) => `oo-install ${command} goes on with it; oo-install lab down takes all of it away`,
  },
  LAB_HOSTS_MISSING: {
    failure: 'platform',
    message: (hosts: readonly string[]) => `${hosts.join(', ')}: the provider has made no host that can be reached`,
    hint: () => 'run oo-install lab up again',
  },
  LAB_NO_SUCH_HOST: {
    failure: 'usage',
    message: (name: string) => `no host of the lab ${name} runs`,
    hint: () => 'oo-install lab status tells what there is; lab start starts hosts that are stopped',
  },
  LAB_COMMAND_FAILED: {
    failure: 'platform',
    message: (command: string, status: number) => `${printable(command)} ended with status ${status}`,
  },
  LAB_HOST_NOT_SETTLED: {
    failure: 'platform',
    message: (host: string, what: string, words: string) => `${host}: ${what}: ${printable(words)}`,
    hint: () => 'run oo-install lab up again',
  },
  LAB_REPORT_UNWRITABLE: {
    failure: 'usage',
    message: (path: string, why: string) => `no report can be written to ${printable(path)}: ${why}`,
    hint: () => 'name a place in a folder that is there and yours; nothing was done',
  },
  LAB_HOST_NOT_INSTALLED: {
    failure: 'platform',
    message: (host: string, minutes: number, words: string) =>
      `${host} has not installed itself within ${minutes} minutes: ${printable(words)}`,
    hint: (host: string) =>
      `it goes on trying, and oo-install lab up waits again; oo-install lab exec --limit ${host} -- journalctl -u oo-install-lab-install shows what it does`,
  },
  LAB_NOT_GONE: {
    failure: 'platform',
    message: (name: string, left: readonly string[]) => `the lab ${name} is NOT gone. Left of it:\n${left.join('\n')}`,
    hint: () => 'oo-install lab down tries again; what it cannot take away must be taken away by hand',
  },
  LAB_JANITOR_NOT_GONE: {
    failure: 'platform',
    message: (where: string, left: readonly string[]) =>
      `the janitor of ${where} is NOT gone. Left of it:\n${left.map(printable).join('\n')}`,
    hint: () => 'oo-install lab janitor remove tries again; what it cannot take away must be taken away by hand',
  },
  LAB_JANITOR_ACTION_UNKNOWN: {
    failure: 'usage',
    message: (action: string) => `${printable(JSON.stringify(action))} is nothing that can be done with a janitor`,
    hint: () => 'oo-install lab janitor status, deploy or remove',
  },
  LAB_NOT_PROVEN: {
    failure: 'platform',
    message: (name: string, errors: readonly string[]) =>
      `nobody knows whether the lab ${name} is gone: these questions were not answered:\n${errors.join('\n')}`,
    hint: () => 'mend that (rights, network), then run oo-install lab down again',
  },
});
