import { lookingContext, type LabRun, resumable } from '../lab-run.ts';
import { requireState } from '../state/open-state.ts';
import { handoutOf, wantedAttendees } from './handout.ts';
import { handoutJson, type HandoutJson, writeHandout } from './write-handout.ts';

export interface HandoutOptions {
  /** The folder. */
  readonly output: string;
  /** Of one attendee alone. */
  readonly attendee?: string;
  /** With a link into the provider's console for each attendee that has access to it. @default false */
  readonly console?: boolean;
}

/**
 * Writes the handout of a lab that is up, from what its provider says now; access to the provider itself is asked for anew. Answers it without its
 * secrets.
 */
export async function labHandout(
  run: LabRun,
  name: string,
  { output, attendee, console = false }: HandoutOptions,
): Promise<HandoutJson> {
  const state = await requireState(name);
  const context = lookingContext(run, state.lab, state);
  const attendees = wantedAttendees(context, attendee);
  const [hosts, access] = await resumable(run, 'lab handout', () =>
    Promise.all([
      run.provider.hosts(context),
      state.lab.access.awsAccounts ? run.provider.access?.(context, { attendees, console }) : undefined,
    ]),
  );
  const handout = await handoutOf(context, hosts, attendees, access);
  await writeHandout(handout, output);
  return handoutJson(handout);
}
