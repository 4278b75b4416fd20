import type { AdmissionPlugin } from './admission-plugin.ts';

interface Toleration {
  key?: string;
  operator?: string;
  effect?: string;
  tolerationSeconds?: number;
}

const KEYS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const SECONDS = 300;

const tolerates =
  (key: string) =>
  (toleration: Toleration): boolean =>
    (toleration.key === undefined || toleration.key === '' || toleration.key === key) &&
    (toleration.effect === undefined || toleration.effect === '' || toleration.effect === 'NoExecute');

/** Pods outlive a node's trouble for five minutes (plugin/pkg/admission/defaulttolerationseconds). */
export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit({ operation, definition, ref, object }) {
    if (operation !== 'CREATE' || definition.group !== '' || definition.plural !== 'pods' || ref.subresource !== undefined)
      return;
    if (object?.spec === undefined) return;
    const present = (object.spec.tolerations ?? []) as Toleration[];
    const missing = KEYS.filter((key) => !present.some(tolerates(key)));
    if (missing.length === 0) return;
    object.spec.tolerations = [
      ...present,
      ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS })),
    ];
  },
};
