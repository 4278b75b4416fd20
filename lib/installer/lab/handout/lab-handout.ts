import { lookingContext, type LabRun, resumable } from '../lab-run.ts';
import { requireState } from '../state/open-state.ts';
import { handoutOf } from './handout.ts';
import { handoutJson, type HandoutJson, writeHandout } from './write-handout.ts';

export interface HandoutOptions {
  /** The folder. */
  readonly output: string;
  /** Of one attendee alone. */
  readonly attendee?: string;
}

/** Writes the handout of a lab that is up, from what its provider says now. Answers it without the private keys. */
export async function labHandout(run: LabRun, name: string, { output, attendee }: HandoutOptions): Promise<HandoutJson> {
  const state = await requireState(name);
  const context = lookingContext(run, state.lab, state);
  const hosts = await resumable(run, 'lab handout', () => run.provider.hosts(context));
  const handout = await handoutOf(context, hosts, attendee);
  await writeHandout(handout, output);
  return handoutJson(handout);
}
