import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from './api-errors.ts';
import type { Condition } from './core-types.ts';
import { type ControllerDefinition, defineController } from './define-controller.ts';
import { CERTIFICATE_SIGNING_REQUESTS, refTo } from './resources.ts';

interface DecidedCondition extends Condition {
  lastUpdateTime?: string;
}

const HOUR = 3_600_000;
/** ms after what was said last; whoever asked has had the time to fetch it (kubernetes certificates/cleaner). */
const DECIDED_KEPT = HOUR;
/** ms after the request, while nobody has decided. */
const PENDING_KEPT = 24 * HOUR;

/** Deletes certificate requests that are through, or that nobody wanted to decide. */
export function certificateCleanerController(): ControllerDefinition {
  return defineController({
    name: 'certificate-cleaner-controller',
    component: 'csr-cleaner',
    for: CERTIFICATE_SIGNING_REQUESTS,
    async reconcile(key, { client, clock, lister }) {
      const request = lister(CERTIFICATE_SIGNING_REQUESTS).byKey(key);
      if (request === undefined) return {};
      const wait = expiry(request) - clock.now();
      if (wait > 0) return { requeueAfter: wait };
      const { uid, resourceVersion } = request.metadata;
      // Of the version that was looked at: a decision of this moment is kept.
      const preconditions = { uid: uid!, resourceVersion: resourceVersion! };
      await unlessGone(client.delete(refTo(CERTIFICATE_SIGNING_REQUESTS, request), { preconditions }));
      return {};
    },
  });
}

/** In ms since the epoch. */
function expiry({ metadata, status }: KubeObject): number {
  const conditions = (status?.conditions ?? []) as DecidedCondition[];
  const times = conditions.map(({ lastUpdateTime, lastTransitionTime }) =>
    Date.parse(lastUpdateTime ?? lastTransitionTime ?? ''),
  );
  const last = Math.max(...times.filter((time) => !Number.isNaN(time)));
  return last === -Infinity ? Date.parse(metadata.creationTimestamp ?? '') + PENDING_KEPT : last + DECIDED_KEPT;
}
