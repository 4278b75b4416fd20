import type { Host } from '../transport/host.ts';
import type { InstallContext } from './context.ts';

/**
 * One step of the installation (k0sctl's phase). Phases run in the order of one literal list (phases/index.ts), each only
 * where `select` says so and `isDone` does not. Every change goes through `host.change`: that is where the dry run, the
 * journal and the progress come from. A phase that was cut off is simply run again: `apply` must converge from any state. Nothing is
 * undone here: `uninstall` goes by the journal, entry by entry (agent/journal/undo.ts).
 */
export interface Phase {
  /** Kebab-case, verb first, as its file is named: `start-docker`. The journal keeps it. */
  readonly name: string;
  /** What a person reads while it runs: `Start Docker`. */
  readonly title: string;
  /** Whether this host needs it at all. @default always */
  select?(context: InstallContext): boolean | Promise<boolean>;
  /** Whether what it makes is there already, whole. Changes nothing. */
  isDone(host: Host, context: InstallContext): Promise<boolean>;
  apply(host: Host, context: InstallContext): Promise<void>;
}

/** Names the phase to the list. See docs/adding-a-phase.md. */
export function definePhase(phase: Phase): Phase {
  if (!/^[a-z]+(-[a-z0-9]+)+$/.test(phase.name))
    throw new TypeError(`phase name ${JSON.stringify(phase.name)} must be verb-object in kebab-case`);
  return phase;
}
