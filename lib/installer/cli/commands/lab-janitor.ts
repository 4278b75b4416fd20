import { InvalidArgumentError } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { findLabFile } from '../../config/working-folder.ts';
import { defineLabCommand } from '../lab/define-lab-command.ts';
import type { LabFlags } from '../lab/lab-flags.ts';

interface Flags extends LabFlags {
  readonly region?: string;
  readonly notify?: string;
}

export const labJanitorCommand = defineLabCommand<Flags>({
  name: 'lab janitor',
  summary: 'what takes labs on AWS away whose time is over: is it there, deploy it, remove it',
  examples: [
    ['oo-install lab janitor', 'whether there is one in the region of lab.yaml or of your profile'],
    ['oo-install lab janitor deploy --notify ina@example.com', 'make it, and tell by e-mail what becomes of labs'],
    ['oo-install lab janitor remove --region eu-central-1', 'take it away; labs there then stay until lab down'],
  ],
  arguments: [{ name: '[action]', description: 'what to do', default: 'status', choices: ['status', 'deploy', 'remove'] }],
  options: [
    { flags: '-f, --file <file>', description: 'another lab.yaml than that of the working folder, for its region' },
    {
      flags: '--region <name>',
      description: 'where (default: aws.region of lab.yaml, AWS_REGION, or that of the profile)',
      parse: regionOf,
    },
    { flags: '--notify <address>', description: 'with deploy: who is told by e-mail (default: as it was)', parse: addressOf },
  ],
  run: async ({ args, flags, run: runOn, confirm }) => {
    const { deployJanitor, janitorStatus, removeJanitor } = await import('../../lab/janitor.ts');
    const { labErrors } = await import('../../lab/lab-errors.ts');
    const [action = 'status'] = args;
    if (!['status', 'deploy', 'remove'].includes(action)) throw labErrors.LAB_JANITOR_ACTION_UNKNOWN(action);
    const region = flags.region ?? (await regionOfFile(flags.file));
    const run = await runOn('aws');
    const janitor = run.provider.janitor!;
    if (action === 'status') return (await janitorStatus(run, janitor, { region })) ? 0 : exitCodes.platform;
    if (action === 'deploy') {
      return deployJanitor(run, janitor, {
        region,
        notify: flags.notify,
        confirm: ({ where, present }) =>
          confirm(`${present ? 'Update' : 'Put'} the janitor of ${where}, which takes away every lab there whose time is over?`),
      });
    }
    return removeJanitor(run, janitor, {
      region,
      confirm: ({ where }) => confirm(`Take away the janitor of ${where}? Labs there then stay until lab down.`),
    });
  },
});

async function regionOfFile(named: string | undefined): Promise<string | undefined> {
  const file = named ?? (await findLabFile());
  if (file === undefined) return undefined;
  const { readLabFile } = await import('../../config/lab-file.ts');
  return (await readLabFile(file)).aws.region;
}

function regionOf(text: string): string {
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(text)) throw new InvalidArgumentError('It must be a region such as eu-central-1.');
  return text;
}

/** SNS sends a letter there, and tells nothing before somebody has said yes to it. */
function addressOf(text: string): string {
  if (!/^[^\s@<>"',;]{1,64}@[a-zA-Z0-9.-]{1,190}$/.test(text)) throw new InvalidArgumentError('It must be an e-mail address.');
  return text;
}
