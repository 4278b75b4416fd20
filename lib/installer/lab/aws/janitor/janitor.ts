import { type Clock, systemClock } from '../../../../common/clock.ts';
import { errorText } from '../../../../common/errors.ts';
import type { AuditOptions } from '../audit/audit.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { inParallel } from '../sweep/in-parallel.ts';
import { type Patience, usualPatience } from '../sweep/patience.ts';
import { judgeLab, type Verdict } from './judge-lab.ts';
import { type LabRecords, openRecords } from './lab-records.ts';
import { type Notice, type Notices, tellOnce } from './notices.ts';
import { endingNotice, endlessNotice, endText, goneText, stayingNotice } from './notice-texts.ts';
import { keyOf, type TaggedLab, taggedLabs } from './tagged-labs.ts';
import { takeAway } from './take-away.ts';

export interface JanitorOptions {
  readonly notices: Notices;
  /** How long before its end a lab's end is told. ms. */
  readonly noticeBefore: number;
  /** Ends the run: what is not done is for the next one. */
  readonly signal: AbortSignal;
  /** A line for the log: an object, as CloudWatch searches them. */
  readonly log: (line: object) => void;
  /** Of one lab in one run. ms. @default 5 minutes */
  readonly perLab?: number;
  readonly patience?: Patience;
  readonly audit?: AuditOptions['patience'];
  /** Whose time it goes by. */
  readonly clock?: Clock;
}

/** What one run did, by names of labs. */
export interface JanitorRun {
  readonly gone: readonly string[];
  /** Not all of it went, and the next run tries again. */
  readonly stays: readonly string[];
  /** Time ran out on them: the next run goes on. */
  readonly cutOff: readonly string[];
  /** Somebody was at work on them. */
  readonly changing: readonly string[];
  /** When they end cannot be read. */
  readonly endless: readonly string[];
  /** Their time is not over. */
  readonly running: readonly string[];
  /** Of whom something was told. */
  readonly told: readonly string[];
  /** Everything that failed, a line each: the run is not a good one. */
  readonly troubles: readonly string[];
}

/** Labs at a time: each waits for CloudFormation most of the time. */
const LABS_AT_A_TIME = 4;

interface Run {
  readonly aws: AwsClients;
  readonly records: LabRecords;
  readonly options: JanitorOptions;
  readonly done: { readonly [Outcome in keyof JanitorRun]: string[] };
}

/**
 * Takes away every lab whose time is over, and tells of those that are about to end. One lab's failure stops no other; every run begins anew
 * from what is there, so any may be cut off, and two may run at once.
 * @throws what AWS says when it cannot even be asked which labs there are
 */
export async function runJanitor(aws: AwsClients, options: JanitorOptions): Promise<JanitorRun> {
  const { clock = systemClock, noticeBefore, log } = options;
  const [labs, records] = [await taggedLabs(aws), await openRecords(aws)];
  const done: Run['done'] = { gone: [], stays: [], cutOff: [], changing: [], endless: [], running: [], told: [], troubles: [] };
  const run: Run = { aws, records, options, done };
  const judged = Map.groupBy(labs, (lab) => judgeLab(lab, clock.now(), noticeBefore));
  const those = (verdict: Verdict): readonly TaggedLab[] => judged.get(verdict) ?? [];
  for (const { lab } of those('changing')) done.changing.push(lab.name);
  for (const { lab } of [...those('running'), ...those('ending')]) {
    done.running.push(lab.name);
    // Given more time after an earlier run had begun with it.
    if (records.of(lab)?.begun === true) await attempt(run, lab, 'remember it', () => records.remember(lab, { begun: false }));
  }
  // Notices first: they take moments, and what they are for does not wait.
  for (const lab of those('ending')) await tell(run, lab.lab, endingNotice(aws, lab));
  for (const { lab } of those('endless')) {
    done.endless.push(lab.name);
    await tell(run, lab, endlessNotice(aws, lab));
  }
  const unfinished = await unfinishedOf(run, labs);
  // By chance: a lab that takes all its time in every run must not keep the same others waiting for ever.
  await inParallel(shuffled([...those('over'), ...unfinished]), LABS_AT_A_TIME, (lab) => clearAway(run, lab));
  log({ message: 'the janitor has looked', ...done });
  return done;
}

/** Labs that an earlier run has begun with and that no tag tells of any more. What else is remembered of labs that are gone is forgotten. */
async function unfinishedOf(run: Run, labs: readonly TaggedLab[]): Promise<readonly TaggedLab[]> {
  const known = new Set(labs.map(({ lab }) => keyOf(lab)));
  const rest = run.records.all().filter(({ lab }) => !known.has(keyOf(lab)));
  for (const { lab } of rest.filter(({ begun }) => !begun)) await attempt(run, lab, 'forget it', () => run.records.forget(lab));
  return rest
    .filter(({ begun }) => begun)
    .map(({ lab, expires }) => ({ lab, expires: expires === '' ? undefined : Date.parse(expires), changing: false }));
}

async function clearAway(run: Run, tagged: TaggedLab): Promise<void> {
  const { aws, records, options, done } = run;
  const { log, perLab = 5 * 60_000, patience = usualPatience, audit } = options;
  const { lab } = tagged;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(perLab)]);
  let changed = records.of(lab)?.begun === true;
  try {
    signal.throwIfAborted();
    if (!(await isStillOver(run, lab))) return void done.changing.push(lab.name);
    await attempt(run, lab, 'remember it', () => records.remember(lab, { begun: true, expires: endText(tagged) }));
    const report = (event: object) => {
      changed = true;
      log({ lab: lab.name, id: lab.id, ...event });
    };
    await takeAway(aws, lab, { report, signal, patience, ...(audit === undefined ? {} : { audit }) });
  } catch (error) {
    if (signal.aborted) return void done.cutOff.push(lab.name);
    const why = errorText(error);
    done.stays.push(lab.name);
    done.troubles.push(`${lab.name} ${lab.id}: ${why}`);
    log({ message: 'a lab does not go', lab: lab.name, id: lab.id, error: why });
    return tell(run, lab, stayingNotice(aws, tagged, why));
  }
  done.gone.push(lab.name);
  // What EC2 goes on telling of for a while is no lab that went just now.
  if (changed) await attempt(run, lab, 'tell that it is gone', () => tellGone(run, tagged));
  await attempt(run, lab, 'forget it', () => records.forget(lab));
}

/** Asked once more: others took their time meanwhile, and somebody may have given this one more. A lab without tags is gone on with. */
async function isStillOver({ aws, options }: Run, lab: LabIdentity): Promise<boolean> {
  const { clock = systemClock, noticeBefore } = options;
  const now = (await taggedLabs(aws)).find((each) => keyOf(each.lab) === keyOf(lab));
  return now === undefined || judgeLab(now, clock.now(), noticeBefore) === 'over';
}

async function tell(run: Run, lab: LabIdentity, notice: Notice): Promise<void> {
  await attempt(run, lab, `tell that it ${notice.about}`, async () => {
    if (await tellOnce(run.records, run.options.notices, lab, notice)) run.done.told.push(lab.name);
  });
}

async function tellGone({ aws, options, done }: Run, tagged: TaggedLab): Promise<void> {
  await options.notices.tell(`Lab ${tagged.lab.name} is gone`, goneText(aws, tagged));
  done.told.push(tagged.lab.name);
}

/** What goes wrong beside a lab itself is kept for the end of the run. */
async function attempt({ done, options }: Run, lab: LabIdentity, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const trouble = `${lab.name} ${lab.id}: could not ${what}: ${errorText(error)}`;
    done.troubles.push(trouble);
    options.log({ message: 'something failed', lab: lab.name, id: lab.id, error: trouble });
  }
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
