import type { ActionContext, ActionSubresource } from '../../subresources/action-subresource.ts';
import type { KubeObject } from '../../meta.ts';
import { labelSelectorMatcher } from '../../selectors/label-selector.ts';
import {
  isConflict,
  isReason,
  newBadRequest,
  newConflict,
  newForbidden,
  newInternalError,
  newTooManyRequests,
} from '../../status-error.ts';

const CREATED = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as const;
const PODS = { group: '', version: 'v1', resource: 'pods' } as const;
const BUDGETS = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' } as const;

/** Evictions that no controller has counted yet before the next one is refused. */
const MAX_UNCOUNTED = 2000;
/** Writes to a budget that were lost to others in a row. */
const MAX_ATTEMPTS = 16;
/** Seconds after which a client should ask again when the budget is only not counted yet. */
const RETRY_AFTER = 10;

/** `POST pods/NAME/eviction`: a delete that asks the disruption budgets first (registry/core/pod/rest/eviction.go). */
export const eviction: ActionSubresource = {
  kind: 'action',
  body: { group: 'policy', version: 'v1', kind: 'Eviction', schema: 'io.k8s.api.policy.v1.Eviction' },
  async run(pod, body, context) {
    const { name = '', namespace = '' } = pod.metadata;
    if (body.metadata?.name && body.metadata.name !== name)
      throw newBadRequest(`name in URL does not match name in Eviction object: ${name} vs ${body.metadata.name}`);
    checkPreconditions(pod, body.deleteOptions?.preconditions ?? {});
    const dryRun = context.dryRun || (body.deleteOptions?.dryRun ?? []).length > 0;
    if (!isFree(pod)) await askBudget(pod, namespace, dryRun, context);
    await deletePod(pod, body.deleteOptions ?? {}, dryRun, context);
    return { ...CREATED };
  },
};

/** A budget is not charged for an eviction that cannot happen. */
function checkPreconditions(
  { metadata }: KubeObject,
  { uid, resourceVersion }: { uid?: string; resourceVersion?: string },
): void {
  const refuse = (what: string, wanted: string, is: string | undefined): Error =>
    newConflict(
      PODS,
      metadata.name ?? '',
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${is}`,
    );
  if (uid !== undefined && uid !== metadata.uid) throw refuse('UID', uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw refuse('ResourceVersion', resourceVersion, metadata.resourceVersion);
}

/** Nobody misses what has ended, has not begun or is on its way out. */
const isFree = ({ metadata, status }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '');

const isReady = ({ status }: KubeObject): boolean =>
  ((status?.conditions ?? []) as { type: string; status: string }[]).some(
    (each) => each.type === 'Ready' && each.status === 'True',
  );

async function askBudget(pod: KubeObject, namespace: string, dryRun: boolean, context: ActionContext): Promise<void> {
  const { items } = await context.verbs.list({ ...BUDGETS, namespace });
  const budgets = items.filter(
    ({ spec }) => spec?.selector !== undefined && labelSelectorMatcher(spec.selector)(pod.metadata.labels),
  );
  if (budgets.length > 1)
    throw newInternalError('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  let budget = budgets[0];
  for (let attempt = 0; budget !== undefined; attempt++) {
    if (mayGoUncounted(pod, budget)) return;
    const next = charged(budget, pod, context.now);
    if (dryRun) return;
    const ref = { ...BUDGETS, namespace, name: budget.metadata.name!, subresource: 'status' };
    try {
      await context.verbs.update(ref, next);
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (attempt >= MAX_ATTEMPTS) throw refused('', "couldn't update PodDisruptionBudget status due to conflicts", RETRY_AFTER);
      budget = await context.verbs.get({ ...BUDGETS, namespace, name: budget.metadata.name! });
    }
  }
}

/** What is not healthy does not count; whether it may go is the budget's policy. */
function mayGoUncounted(pod: KubeObject, { spec, status = {} }: KubeObject): boolean {
  if (isReady(pod)) return false;
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

/** The budget with one disruption less, or the reason why there is none left. */
function charged(budget: KubeObject, pod: KubeObject, now: string): KubeObject {
  const name = budget.metadata.name ?? '';
  const next = structuredClone(budget);
  const status = (next.status ??= {});
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0))
    throw refused(name, `The disruption budget ${name} is still being processed by the server.`, RETRY_AFTER);
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed < 0) throw newForbidden(BUDGETS, name, 'pdb disruptions allowed is negative');
  const gone = (status.disruptedPods ?? {}) as Record<string, string>;
  if (Object.keys(gone).length > MAX_UNCOUNTED)
    throw newForbidden(BUDGETS, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (allowed === 0)
    throw refused(
      name,
      `The disruption budget ${name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`,
    );
  status.disruptionsAllowed = allowed - 1;
  if (status.disruptionsAllowed === 0) status.conditions = withoutRoom(status.conditions ?? [], budget, now);
  status.disruptedPods = { ...gone, [pod.metadata.name!]: now };
  return next;
}

function withoutRoom(conditions: readonly { type: string }[], budget: KubeObject, now: string): object[] {
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    observedGeneration: budget.metadata.generation ?? 0,
    lastTransitionTime: now,
  };
  return [...conditions.filter((each) => each.type !== condition.type), condition];
}

/**
 * 429: drains wait and ask again. Clients ask again by themselves where they are told when to: not for a budget that has no room, of which
 * their user must hear.
 */
function refused(budget: string, message: string, retryAfter?: number): Error {
  const error = newTooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", retryAfter);
  error.status.details = {
    ...error.status.details,
    ...(budget === '' ? {} : { name: budget }),
    causes: [{ reason: 'DisruptionBudget', message }],
  };
  return error;
}

interface DeleteOptionsBody {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { uid?: string; resourceVersion?: string };
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

async function deletePod(
  pod: KubeObject,
  { gracePeriodSeconds, preconditions, propagationPolicy }: DeleteOptionsBody,
  dryRun: boolean,
  context: ActionContext,
): Promise<void> {
  const { name = '', namespace = '', uid } = pod.metadata;
  try {
    await context.verbs.delete(
      { ...PODS, namespace, name },
      {
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        // The pod that was judged, and none that has taken its name.
        preconditions: { ...(uid === undefined ? {} : { uid }), ...preconditions },
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
        ...(dryRun ? { dryRun } : {}),
      },
    );
  } catch (error) {
    // Somebody else was faster: the pod is gone, which is what was asked for.
    if (!isReason(error, 'NotFound')) throw error;
  }
}
