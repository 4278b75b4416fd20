import { InvalidArgumentError } from 'commander';
import { collect } from '../connection-flags.ts';
import type { OptionDefinition } from '../define-command.ts';
import { type GlobalFlags, parallelOf } from '../global-flags.ts';

/** Flags of every command of a lab. */
export interface LabFlags extends GlobalFlags {
  /** A lab.yaml. */
  readonly file?: string;
  readonly name?: string;
  readonly parallel?: number;
}

/** Of those that make a lab what it is. */
export interface WantedLabFlags extends LabFlags {
  readonly provider?: 'local' | 'aws';
  readonly attendees?: number;
  /** Lets a local lab be published on an address that others reach. */
  readonly expose?: boolean;
}

/** Of those that may be run on some of its hosts. */
export interface SomeHostsFlags extends LabFlags {
  readonly limit: readonly string[];
}

export const labOptions: readonly OptionDefinition[] = [
  { flags: '-f, --file <file>', description: 'another lab.yaml than that of the working folder' },
  { flags: '--name <name>', description: 'which lab (default: the name in lab.yaml, or else lab)' },
];

export const parallelOption: OptionDefinition = {
  flags: '--parallel <number>',
  description: 'hosts that are worked on at once (default: 10)',
  parse: parallelOf,
};

export const wantedLabOptions: readonly OptionDefinition[] = [
  ...labOptions,
  {
    flags: '--provider <name>',
    description: 'local (containers on this machine) or aws',
    parse: providerOf,
    choices: ['local', 'aws'],
  },
  {
    flags: '--attendees <number>',
    description: 'for how many, instead of what lab.yaml says; the first ones of a list',
    parse: attendeesOf,
  },
  { flags: '--expose', description: 'let others than this machine reach a local lab (local.listen says where)' },
];

export const limitOption: OptionDefinition = {
  flags: '--limit <names>',
  description: 'only these of the hosts: names or patterns, separated by commas',
  parse: collect,
  default: [],
};

function providerOf(text: string): 'local' | 'aws' {
  if (text !== 'local' && text !== 'aws') throw new InvalidArgumentError('It must be local or aws.');
  return text;
}

function attendeesOf(text: string): number {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 500) throw new InvalidArgumentError('It must be a number from 1 to 500.');
  return number;
}
