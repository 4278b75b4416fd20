import type { KubeObject } from '../../meta.ts';
import { deepEqual } from '../../validation/causes.ts';

/** `true`: the spec follows the server's version; `false`: it is the administrator's (apf.kubernetes.io). */
export const AUTOUPDATE = 'apf.kubernetes.io/autoupdate-spec';

/**
 * Brings an object that comes along back to its spec, unless an administrator keeps it. Absent, the annotation says `true` for one
 * that nobody has changed (generation 1), as in apiserver/pkg/apis/flowcontrol's ensurer.
 */
export function reconcileSpec(found: KubeObject, wanted: KubeObject, mandatory: boolean): KubeObject | undefined {
  const said = found.metadata.annotations?.[AUTOUPDATE];
  const ours = mandatory || said === 'true' || (said !== 'false' && found.metadata.generation === 1);
  const annotations = { ...found.metadata.annotations, [AUTOUPDATE]: String(ours) };
  const next = { ...found, metadata: { ...found.metadata, annotations }, spec: ours ? wanted.spec : found.spec };
  return deepEqual(next, found) ? undefined : next;
}
