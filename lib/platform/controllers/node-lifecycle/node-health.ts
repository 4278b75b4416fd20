import type { KubeObject } from '../../api/meta.ts';
import { type Condition, conditionOf, type Node } from '../core-types.ts';

/** How long a node may be silent before it counts as lost, in ms. */
export const GRACE = 40_000;
/** How often each node is looked at, in ms. */
export const CHECK_EVERY = 5_000;

interface Heard {
  /** What the node last said, in its own words: its clock does not matter, only that the words change. */
  readonly said: string;
  readonly at: number;
}

/**
 * When each node was last heard, by our own clock: from the renewals of its lease and the heartbeats of its status. What
 * we slept through does not count as its silence.
 */
export class NodeHealth {
  readonly #heard = new Map<string, Heard>();
  #lastLook: number | undefined;

  /** How long the node has been silent, in ms. The first look at a node starts its grace. */
  silence(node: Node, lease: KubeObject | undefined, now: number): number {
    this.#forgiveOwnPause(now);
    const name = node.metadata.name!;
    const ready = conditionOf(node.status?.conditions, 'Ready');
    const said = JSON.stringify([node.metadata.uid, lease?.['spec']?.renewTime, ready?.lastHeartbeatTime, ready?.reason]);
    const known = this.#heard.get(name);
    // Our own verdict changes the status too; it is not the node speaking.
    const ownWords = ready?.reason === 'NodeStatusUnknown' && known !== undefined && sameLease(known.said, said);
    if (known !== undefined && (known.said === said || ownWords)) {
      if (known.said !== said) this.#heard.set(name, { said, at: known.at });
      return now - known.at;
    }
    this.#heard.set(name, { said, at: now });
    return 0;
  }

  knows(name: string): boolean {
    return this.#heard.has(name);
  }

  forget(name: string): void {
    this.#heard.delete(name);
  }

  /** A machine that was suspended, or an API that stood still, could not hear: everyone's grace starts again. */
  #forgiveOwnPause(now: number): void {
    const last = this.#lastLook;
    this.#lastLook = now;
    if (last === undefined || now - last < 3 * CHECK_EVERY) return;
    for (const [name, { said }] of this.#heard) this.#heard.set(name, { said, at: now });
  }
}

function sameLease(a: string, b: string): boolean {
  const [left, right] = [JSON.parse(a), JSON.parse(b)] as unknown[][];
  return left![0] === right![0] && left![1] === right![1];
}

/** The conditions of a node that no one has heard from (kubernetes pkg/controller/nodelifecycle). */
export function unknownConditions(node: Node, now: string): Condition[] {
  const known = node.status?.conditions ?? [];
  const types = new Set(['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']);
  const others = known.filter(({ type }) => !types.has(type));
  const lost = [...types].map((type): Condition => {
    const old = conditionOf(known, type);
    if (old === undefined)
      return {
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastTransitionTime: now,
      };
    if (old.status === 'Unknown') return old;
    return {
      ...old,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: now,
    };
  });
  return [...others, ...lost];
}
