import type { ScaleSubresource } from '../../api/subresources/subresource.ts';
import type { Json, KubeObject } from '../../api/meta.ts';
import { newInvalid } from '../../api/status-error.ts';
import type { ServerContext } from '../server-context.ts';
import { cloneJson, readPath, writePath } from '../store/json-value.ts';
import type { StoredObject } from '../store/stored-object.ts';
import type { ExpectedKind } from './decode-object.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import { appliedObject, applicationOf } from './apply-object.ts';
import { guaranteedUpdate } from './guaranteed-update.ts';
import type { Operation } from './operation.ts';
import { APPLY, type PatchBody, patchedObject } from './patch-object.ts';
import { checkName, prepareUpdate } from './replace-object.ts';

const SCALE_KIND: ExpectedKind = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  schema: 'io.k8s.api.autoscaling.v1.Scale',
};

/** What old clients know of: its selector is a map, and there beside as text. */
const LEGACY_SCALE_KIND: ExpectedKind = {
  group: 'extensions',
  version: 'v1beta1',
  kind: 'Scale',
  schema: 'io.k8s.api.extensions.v1beta1.Scale',
};

/** The Scale that a kind answers. */
export const scaleKindOf = (scale: ScaleSubresource): ExpectedKind =>
  scale.selectorMap === undefined ? SCALE_KIND : LEGACY_SCALE_KIND;

/** The Scale of an object, of the kind that scaleKindOf says. */
export function scaleOf(scale: ScaleSubresource, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: SCALE_KIND.kind,
    apiVersion: groupVersionText(scaleKindOf(scale)),
    metadata: {
      name: name!,
      ...(namespace === undefined ? {} : { namespace }),
      uid: uid!,
      resourceVersion: resourceVersion!,
      creationTimestamp: creationTimestamp!,
    },
    spec: { replicas: Number(readPath(object, scale.specReplicasPath) ?? 0) },
    status: { replicas: Number(readPath(object, scale.statusReplicasPath) ?? 0), ...selectorOf(scale, object) },
  };
}

function selectorOf(scale: ScaleSubresource, object: KubeObject): object {
  const text = scale.selector(object);
  if (text === '') return {};
  const map = scale.selectorMap?.(object);
  return map === undefined ? { selector: text } : { selector: { ...map }, targetSelector: text };
}

/** Writes the wanted number of replicas through the object's own rules. `wish` makes the wanted Scale of the current one. */
export async function updateScale(
  server: ServerContext,
  operation: Operation,
  wish: (current: KubeObject) => KubeObject | Promise<KubeObject>,
): Promise<KubeObject> {
  const scale = operation.definition.scale!;
  const result = await guaranteedUpdate(server, operation, async (current: StoredObject, scope) => {
    const wanted = await wish(scaleOf(scale, current.object));
    checkName(operation, wanted);
    checkReplicas(wanted);
    const object = cloneJson(current.object);
    writePath(object, scale.specReplicasPath, wanted.spec?.replicas ?? 0);
    const { resourceVersion, uid } = wanted.metadata;
    object.metadata.resourceVersion = resourceVersion ?? '';
    if (uid !== undefined) object.metadata.uid = uid;
    return prepareUpdate(server, operation, object, current, scope);
  });
  return scaleOf(scale, result.stored.object);
}

/** A patch of any type. A configuration that is applied to the Scale owns the object's number of replicas and nothing else. */
export async function patchScale(server: ServerContext, operation: Operation, patch: PatchBody): Promise<KubeObject> {
  if (patch.type !== APPLY)
    return updateScale(server, operation, (current) =>
      patchedObject(operation, scaleKindOf(operation.definition.scale!), current, patch),
    );
  const { definition } = operation;
  const scale = definition.scale!;
  const { config, force } = applicationOf(operation, scaleKindOf(scale), patch);
  const replicas = readPath(config, ['spec', 'replicas']);
  const ofParent: Record<string, Json> = {
    apiVersion: groupVersionText(definition),
    kind: definition.kind,
    metadata: { ...(config['metadata'] as Record<string, Json> | undefined) },
  };
  if (replicas !== undefined) writePath(ofParent, scale.specReplicasPath, replicas);
  const result = await guaranteedUpdate(server, operation, async (current, scope) => {
    const object = await appliedObject(operation, current.object, { config: ofParent, force });
    checkReplicas(scaleOf(scale, object));
    return prepareUpdate(server, operation, object, current, scope, true);
  });
  return scaleOf(scale, result.stored.object);
}

function checkReplicas(wanted: KubeObject): void {
  const replicas: unknown = wanted.spec?.replicas ?? 0;
  if (typeof replicas === 'number' && replicas >= 0) return;
  throw newInvalid(SCALE_KIND, wanted.metadata.name ?? '', [
    {
      reason: 'FieldValueInvalid',
      field: 'spec.replicas',
      message: `Invalid value: ${String(replicas)}: must be greater than or equal to 0`,
    },
  ]);
}
