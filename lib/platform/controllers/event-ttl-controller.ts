import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { EVENTS, refTo } from './resources.ts';

/** As Kubernetes keeps events. */
const TTL = 3_600_000;
const SWEEP = 60_000;
/** Deletes between two looks at the clock, so that a sweep of thousands never holds other writes up. */
const BATCH = 50;

/** When the event last happened, in ms: a repeated event lives on. */
function lastSeen(event: KubeObject): number {
  const stamp =
    event['series']?.lastObservedTime ?? event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp;
  return Date.parse(String(stamp));
}

/** Deletes events an hour after they last happened. */
export const eventTtlController = (): ControllerDefinition =>
  defineController({
    name: 'event-ttl-controller',
    watches: [{ of: EVENTS, map: () => [] }],
    seeds: ['events'],
    async reconcile(_key, { client, clock, lister, signal }) {
      const dead = lister(EVENTS)
        .list()
        .filter((event) => !(clock.now() - lastSeen(event) < TTL));
      for (let at = 0; at < dead.length && !signal.aborted; at += BATCH)
        await Promise.all(dead.slice(at, at + BATCH).map((event) => unlessGone(client.delete(refTo(EVENTS, event)))));
      return { requeueAfter: SWEEP };
    },
  });
