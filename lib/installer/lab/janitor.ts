import { labErrors } from './lab-errors.ts';
import { type LabRun, resumable, tellTo } from './lab-run.ts';
import type { JanitorContext, JanitorState, LabJanitor } from './provider.ts';

export interface JanitorWishes {
  readonly region: string | undefined;
  /** Whom it tells by e-mail. @default whom it tells already */
  readonly notify: string | undefined;
  /** Asked once, before the first change, with what is there. */
  readonly confirm: (before: JanitorState) => Promise<void>;
}

/** Whether there is a janitor. Changes nothing. */
export async function janitorStatus(
  run: LabRun,
  janitor: LabJanitor,
  { region }: Pick<JanitorWishes, 'region'>,
): Promise<boolean> {
  const state = await resumable(run, 'lab janitor status', () => janitor.look(contextOf(run, region)));
  tellOf(run, state);
  return state.present;
}

/** Makes the janitor, or brings it to this version's. @throws OoError LAB_INTERRUPTED, what the provider throws */
export async function deployJanitor(run: LabRun, janitor: LabJanitor, { region, notify, confirm }: JanitorWishes): Promise<void> {
  const context = contextOf(run, region);
  const guarded = <T>(work: () => Promise<T>) => resumable(run, 'lab janitor deploy', work);
  await confirm(await guarded(() => janitor.look(context)));
  tellOf(run, await guarded(() => janitor.deploy(context, notify)));
}

/** Takes the janitor away, and asks what is left of it. @throws OoError LAB_JANITOR_NOT_GONE, LAB_INTERRUPTED, what the provider throws */
export async function removeJanitor(
  run: LabRun,
  janitor: LabJanitor,
  { region, confirm }: Pick<JanitorWishes, 'region' | 'confirm'>,
): Promise<void> {
  const context = contextOf(run, region);
  const guarded = <T>(work: () => Promise<T>) => resumable(run, 'lab janitor remove', work);
  await confirm(await guarded(() => janitor.look(context)));
  const state = await guarded(() => janitor.remove(context));
  tellOf(run, state);
  if (state.present || state.left.length > 0) {
    throw labErrors.LAB_JANITOR_NOT_GONE(
      state.where,
      state.left.map(({ type, id }) => `${type} ${id}`),
    );
  }
}

const contextOf = ({ reporter, signal }: LabRun, region: string | undefined): JanitorContext => ({
  region,
  report: tellTo(reporter),
  signal,
});

const tellOf = ({ reporter }: LabRun, state: JanitorState): void =>
  reporter.report({ event: 'lab-janitor', host: '', ...state, left: [...state.left] });
