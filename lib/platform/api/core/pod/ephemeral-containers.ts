import type { ReplaceSubresource } from '../../subresources/subresource.ts';
import type { KubeObject } from '../../meta.ts';
import type { StatusCause } from '../../status-error.ts';
import { deepEqual, duplicate, forbidden, invalid, notFound } from '../../validation/causes.ts';
import { validateContainer } from './container-validation.ts';

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

/** What a container that is there to look around may not have: nobody would start it again or send it anything. */
const NOT_ALLOWED = ['lifecycle', 'livenessProbe', 'ports', 'readinessProbe', 'resizePolicy', 'restartPolicy', 'startupProbe'];
const FORBIDDEN_TEXT = 'cannot be set for an Ephemeral Container';

/** `pods/ephemeralcontainers`, which kubectl debug writes: adds containers to a pod, and changes nothing else. */
export const ephemeralContainers: ReplaceSubresource = {
  kind: 'replace',
  prepareForUpdate: (pod, old) => {
    const { ephemeralContainers: added } = pod.spec ?? {};
    pod.spec = { ...structuredClone(old.spec), ...(added === undefined ? {} : { ephemeralContainers: added }) };
    if (added === undefined) delete pod.spec.ephemeralContainers;
    pod.status = old.status;
    for (const field of ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const) {
      if (old.metadata[field] === undefined) delete pod.metadata[field];
      else Object.assign(pod.metadata, { [field]: structuredClone(old.metadata[field]) });
    }
  },
  validateUpdate: (pod, old) => [...validateKept(pod, old), ...validateContainers(pod)],
};

function validateKept(pod: KubeObject, old: KubeObject): StatusCause[] {
  const now = new Map(list(pod.spec.ephemeralContainers).map((each) => [each.name, each]));
  return list(old.spec.ephemeralContainers).flatMap((before) => {
    const found = now.get(before.name);
    if (found === undefined)
      return [
        forbidden('spec.ephemeralContainers', `existing ephemeral containers "${String(before.name)}" may not be removed\n`),
      ];
    return deepEqual(found, before)
      ? []
      : [forbidden('spec.ephemeralContainers', `existing ephemeral containers "${String(before.name)}" may not be changed\n`)];
  });
}

function validateContainers({ spec }: KubeObject): StatusCause[] {
  const volumeNames = new Set(list(spec.volumes).map((volume) => String(volume.name)));
  const others = new Set([...list(spec.containers), ...list(spec.initContainers)].map((each) => each.name));
  const names = new Set(others);
  return list(spec.ephemeralContainers).flatMap((container, i) => {
    const path = `spec.ephemeralContainers[${i}]`;
    const { targetContainerName: target, name } = container;
    const causes = validateContainer(withoutExtras(container), path, {
      volumeNames,
      hostNetwork: spec.hostNetwork === true,
      isInit: false,
    });
    if (name && names.has(name)) causes.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (target && !others.has(target)) causes.push(notFound(`${path}.targetContainerName`, target));
    for (const field of NOT_ALLOWED)
      if (container[field] !== undefined) causes.push(forbidden(`${path}.${field}`, FORBIDDEN_TEXT));
    if (Object.keys((container.resources ?? {}) as object).length > 0)
      causes.push(forbidden(`${path}.resources`, FORBIDDEN_TEXT));
    for (const [j, mount] of list(container.volumeMounts).entries())
      if (mount.subPath) causes.push(forbidden(`${path}.volumeMounts[${j}].subPath`, FORBIDDEN_TEXT));
    if (!name || !container.image) return causes;
    return container.image === String(container.image).trim()
      ? causes
      : [...causes, invalid(`${path}.image`, container.image, 'must not have leading or trailing whitespace')];
  });
}

/** What is refused anyhow is not judged as well. */
const withoutExtras = (container: Fields): Fields =>
  Object.fromEntries(
    Object.entries(container).filter(([field]) => !NOT_ALLOWED.includes(field) && field !== 'targetContainerName'),
  );
