import { reconcileState } from '../../lib/installer/lab/state/reconcile-state.ts';
import type { LabState } from '../../lib/installer/lab/state/lab-state.ts';
import type { Lab } from '../../lib/installer/config/lab-schema.ts';

/** The state of a lab that begins now, or that goes on from `before`; no key is written. */
export function labStateOf(lab: Lab, before?: LabState): LabState {
  return reconcileState(before, lab, { folder: '/nowhere', now: Date.now() }).state;
}
