import { InvalidArgumentError } from 'commander';
import type { SessionOptions } from '../../session.ts';
import type { OptionDefinition } from '../define-command.ts';

/** Flags that only an installation has. */
export interface SettingFlags {
  readonly wait?: number;
}

export const settingOptions: readonly OptionDefinition[] = [
  {
    flags: '--wait <seconds>',
    description: 'how long to wait for cloud-init to end (default: 600; 0: not at all)',
    parse: seconds,
  },
];

export function settingsOf({ wait }: SettingFlags): Pick<SessionOptions, 'wait'> {
  return wait === undefined ? {} : { wait };
}

function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('it must be a number of seconds.');
  return Number(text);
}
