import { InvalidArgumentError } from 'commander';
import { defineHostCommand } from '../define-command.ts';
import { dryRunOption } from '../global-flags.ts';
import { type SupplyFlags, supplyOptions } from './supply-options.ts';

interface UpgradeFlags extends SupplyFlags {
  readonly allowDowngrade: boolean;
  /** Seconds in all. */
  readonly timeout?: number;
}

export const upgradeCommand = defineHostCommand<UpgradeFlags>({
  name: 'upgrade',
  summary: 'bring OpenShift to the version of this oo-install; return when it fails',
  examples: [
    ['oo-install upgrade localhost', 'pods go on running; what does not become healthy is taken back'],
    ['oo-install upgrade localhost --dry-run', 'tell from which version to which'],
    ['oo-install upgrade localhost --allow-downgrade', 'go back to an older version on purpose'],
  ],
  options: [
    dryRunOption(),
    { flags: '--allow-downgrade', description: 'also when the version that is installed is newer' },
    {
      flags: '--timeout <seconds>',
      description: 'how long the new version may take to prove itself (default: 120 without getting any further, 600 in all)',
      parse: secondsOf,
    },
    ...supplyOptions,
  ],
  needsRoot: (flags) => !flags.dryRun,
  // What an administrator left out stays out.
  settings: async (flags, file) => ({ images: 'present', ...(await import('./supply-of.ts')).supplyOf(flags, file) }),
  run: async (session, { allowDowngrade, timeout }) => {
    const { install } = await import('../../commands/install.ts');
    const patience = timeout === undefined ? {} : { upgradePatience: { stall: timeout * 1000, most: timeout * 1000 } };
    return install(session, { command: 'upgrade', allowDowngrade, ...patience });
  },
});

function secondsOf(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('It must be a number of seconds from 1 to 9999.');
  return value;
}
