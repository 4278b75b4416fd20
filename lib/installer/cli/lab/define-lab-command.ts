import type { Lab } from '../../config/lab-schema.ts';
import type { LabRun } from '../../lab/lab-run.ts';
import { type CommandDefinition, defineCommand, type PlainCommand } from '../define-command.ts';
import type { LabFlags } from './lab-flags.ts';

/** What a lab's command is given. */
export interface LabCommandContext<Flags> {
  readonly args: readonly string[];
  readonly flags: Flags;
  /** Writes to standard output. */
  readonly write: (text: string) => void;
  /** The lab that the flags and lab.yaml describe. @throws OoError LAB_NOBODY, LAB_TOO_FEW, those of lab.yaml */
  wantedLab(): Promise<Lab>;
  /** The name of the lab that is meant. @throws OoError those of lab.yaml */
  meantLab(): Promise<string>;
  /** With the provider of that name. @throws OoError as openProvider does */
  run(provider: LabRun['provider']['name']): Promise<LabRun>;
  /** With the provider of a lab that was put up. @throws OoError LAB_UNKNOWN */
  runOf(name: string): Promise<LabRun>;
  /** Asks once, unless --yes is given. @throws OoError NOT_CONFIRMED, CONFIRMATION_NEEDED */
  confirm(question: string): Promise<void>;
}

/** As PlainCommand: what `run` does is brought by `await import()`. */
export type LabCommand<Flags> = Omit<PlainCommand<Flags>, 'on' | 'run'> & {
  /** Answers the exit status where it is not 0. */
  run(context: LabCommandContext<Flags>): Promise<number | void>;
  /** Prints lines of others, such as a program's output: nothing is drawn around them. @default false */
  readonly printsLines?: boolean;
};

/** A command `oo-install lab NAME`: what it tells, and what goes wrong, is told by events, as for commands on hosts. */
export function defineLabCommand<Flags extends LabFlags>(command: LabCommand<Flags>): CommandDefinition {
  return defineCommand<Flags>({
    ...command,
    run: async (context) => (await import('./run-lab-command.ts')).runLabCommand(command, context),
  });
}
