import type { ActionSubresource } from '../../subresources/action-subresource.ts';
import type { KubeObject } from '../../meta.ts';
import { newConflict, newInvalid } from '../../status-error.ts';
import { notSupported, required } from '../../validation/causes.ts';

const CREATED = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as const;

/** `POST pods/NAME/binding`: the scheduler's decision. */
export const binding: ActionSubresource = {
  kind: 'action',
  body: { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' },
  async run(pod, body, context) {
    const target = body.target ?? {};
    const causes = [
      ...(target.kind && target.kind !== 'Node' ? [notSupported('target.kind', target.kind, ['Node', '<empty>'])] : []),
      ...(target.name ? [] : [required('target.name')]),
    ];
    const name = pod.metadata.name ?? '';
    if (causes.length > 0) throw newInvalid({ group: '', kind: 'Binding' }, body.metadata?.name ?? name, causes);
    await context.updateParent((fresh) => assign(fresh, body, target.name, context.now));
    return { ...CREATED };
  },
};

function assign(pod: KubeObject, body: KubeObject, node: string, now: string): void {
  const name = pod.metadata.name ?? '';
  const refuse = (why: string): Error => newConflict({ group: '', resource: 'pods/binding' }, name, why);
  const { uid, resourceVersion } = body.metadata ?? {};
  if (uid && uid !== pod.metadata.uid)
    throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`);
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion)
    throw refuse(
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${pod.metadata.resourceVersion}`,
    );
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if ((pod.spec.schedulingGates ?? []).length > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec.nodeName = node;
  const added = Object.entries(body.metadata?.annotations ?? {});
  if (added.length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, ...Object.fromEntries(added) };
  setScheduled(pod, now);
}

function setScheduled(pod: KubeObject, now: string): void {
  pod.status ??= {};
  const conditions: { type: string; status: string; lastTransitionTime?: string }[] = pod.status.conditions ?? [];
  const old = conditions.find((each) => each.type === 'PodScheduled');
  const lastTransitionTime = old?.status === 'True' ? (old.lastTransitionTime ?? now) : now;
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime };
  pod.status.conditions = [...conditions.filter((each) => each.type !== 'PodScheduled'), scheduled];
}
