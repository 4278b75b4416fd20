import type { AccessControl } from '../../api/access-policy.ts';
import { BUILD_LABEL } from '../../api/build/build-labels.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newForbidden } from '../../api/status-error.ts';
import { deepEqual } from '../../api/validation/causes.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

const PODS = { group: '', resource: 'pods' };
const GROUP = 'build.openshift.io';
/** Status is the node's word; what is bound is judged when the pod is made. */
const HARMLESS = new Set(['status', 'binding', 'eviction']);

/** The build that the pod belongs to, as the node reads it. */
const ownerOf = ({ metadata }: KubeObject): string | undefined =>
  metadata.ownerReferences?.find(({ kind, apiVersion }) => kind === 'Build' && apiVersion.startsWith(`${GROUP}/`))?.name;

/** What makes a node take a pod for a build's. */
const signs = ({ metadata }: KubeObject): unknown => [
  metadata.labels?.[BUILD_LABEL],
  metadata.annotations?.[BUILD_LABEL],
  ownerOf({ metadata } as KubeObject),
];

const hasSign = (pod: KubeObject): boolean => (signs(pod) as unknown[]).some((sign) => sign !== undefined);

/**
 * A node lets a build's pod have images made and pushed. So nobody but the build controller makes such pods, and nobody changes what runs
 * in them: the right to do so (`create builds/pods`, in all namespaces) no role of a project has. Controllers that make pods of what
 * users wrote do not pass either: a build's pod is owned by that build.
 */
export function buildPods(access: AccessControl): AdmissionPlugin {
  return {
    name: 'BuildPods',
    async validate({ operation, definition, ref, object, old, user }: AdmissionRequest) {
      if (definition.group !== '' || definition.plural !== 'pods') return;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return;
      if (object === undefined || (ref.subresource !== undefined && HARMLESS.has(ref.subresource))) return;
      const refuse = (why: string): never => {
        throw newForbidden(PODS, object.metadata.name ?? '', why);
      };
      if (operation === 'CREATE') {
        if (ref.subresource !== undefined || !hasSign(object)) return;
        if (ownerOf(object) !== object.metadata.annotations?.[BUILD_LABEL])
          refuse(`the label and the annotation ${BUILD_LABEL} are kept for pods of builds`);
        const question = { verb: 'create', group: GROUP, version: 'v1', resource: 'builds', subresource: 'pods' };
        if ((await access.authorize(user, question)).allowed) return;
        refuse('only the build controller makes pods of builds; create a build instead');
      }
      if (old === undefined || (!hasSign(old) && !hasSign(object))) return;
      if (!deepEqual(signs(object), signs(old)))
        refuse(`the label and the annotation ${BUILD_LABEL} are kept for pods of builds`);
      if (!deepEqual(runsIn(object), runsIn(old))) refuse('what runs in the pod of a build cannot be changed');
    },
  };
}

/** Programs and their images, of all sorts of containers. */
const runsIn = ({ spec }: KubeObject): unknown =>
  [spec?.initContainers, spec?.containers, spec?.ephemeralContainers].map((containers) =>
    ((containers ?? []) as { name: string; image?: string; command?: unknown; args?: unknown }[]).map(
      ({ name, image, command, args }) => [name, image, command, args],
    ),
  );
