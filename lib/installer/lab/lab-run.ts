import type { EventBody, Reporter } from '../progress-event.ts';
import type { Supplies } from '../supplies.ts';
import type { SessionOptions } from '../session.ts';
import type { Lab } from '../config/lab-schema.ts';
import type { HostWork } from './host-work.ts';
import { labErrors } from './lab-errors.ts';
import type { InstallPatience } from './own-install.ts';
import type { LabContext, LabProvider } from './provider.ts';
import type { OpenState } from './state/open-state.ts';
import type { LabState } from './state/lab-state.ts';

/** What a lab's command works with, whoever asked for it. */
export interface LabRun {
  readonly provider: LabProvider;
  /** What is done on the hosts themselves. */
  readonly work: HostWork;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Hosts that are worked on at once. */
  readonly parallel: number;
  /** What an installation takes to the hosts; shared by all of them. */
  readonly supplies: Supplies;
  readonly packages?: SessionOptions['packages'];
  /** For hosts that install themselves. @default its own */
  readonly installPatience?: InstallPatience;
  /** Whether hosts may be published where others than this machine reach them. @default false */
  readonly expose?: boolean;
  /** A reporter that shows several hosts at work; closed by who asked for it. */
  readonly showHosts: (hosts: readonly string[]) => Reporter;
  readonly failureOf: (error: unknown, host: string) => Extract<EventBody, { event: 'failed' }>;
}

/** A context in which things are changed, on an open state. */
export function changingContext({ expose = false, reporter, signal }: LabRun, lab: Lab, opened: OpenState): LabContext {
  return {
    lab,
    get state() {
      return opened.state;
    },
    remember: opened.remember,
    expose,
    report: tellTo(reporter),
    signal,
  };
}

/** A context for commands that only look. */
export function lookingContext({ expose = false, reporter, signal }: LabRun, lab: Lab, state: LabState): LabContext {
  const remember = () => Promise.reject(new TypeError('a command that only looks remembers nothing'));
  return { lab, state, remember, expose, report: tellTo(reporter), signal };
}

/** Tells of a lab's things by events. */
export function tellTo(reporter: Reporter): LabContext['report'] {
  return ({ subject, state, message }) => reporter.report({ event: 'lab', host: subject, state, message });
}

/**
 * Runs what a provider does. What it throws once Ctrl-C was pressed, or that is no error of ours, is told with the way on: the same command.
 */
export async function resumable<T>({ signal }: LabRun, command: string, work: () => Promise<T>): Promise<T> {
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    if (signal.aborted) throw labErrors.LAB_INTERRUPTED(command, { cause: error });
    throw error;
  }
}
