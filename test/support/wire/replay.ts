import assert from 'node:assert/strict';
import { eventually } from '../eventually.ts';
import type { SendStep } from './wire-client.ts';
import { assertRead, type Kept, type WireFlow } from './wire-flow.ts';

/** Who sends a flow: its user, and somebody who has no rights where it works. */
export interface ReplayAs {
  /** @default the one that the flow's own login kept */
  readonly token?: string;
  readonly strangersToken?: string;
}

/** Sends a command's requests one after another. Gives what its steps kept, beside what was kept before. Throws at the first answer that oc could not use. */
export async function replay(send: SendStep, flow: WireFlow, as: ReplayAs, before: Kept = {}): Promise<Kept> {
  let kept: Kept = { ...before };
  for (const given of flow.steps) {
    const step = typeof given === 'function' ? given(kept) : given;
    if (step.membersOnly === true) {
      const refused = await send(step, as.strangersToken);
      const { status, text, object } = refused;
      assert.deepEqual([status, object.kind, object.reason], [403, 'Status', 'Forbidden'], `${step.call} of a stranger: ${text}`);
    }
    const once = async (): Promise<void> => {
      const answer = await send(step, step.anonymous === true ? undefined : (as.token ?? (kept['token'] as string | undefined)));
      assertRead(step, answer);
      kept = { ...kept, ...step.keep?.(answer) };
    };
    await (step.poll === true ? eventually(once, { timeout: step.patience ?? 10_000 }) : once());
  }
  return kept;
}
