import { manifestFromV1, manifestToV1 } from './manifest.ts';
import { metadataFromV1, metadataToV1 } from './metadata.ts';
import { type Fields, objectAt, present, refuseUnknown, textAt } from './shapes.ts';

const PHASES: Readonly<Record<string, string>> = {
  Pending: 'Waiting',
  Running: 'Running',
  Succeeded: 'Terminated',
  Failed: 'Terminated',
};

/** A pod of v1beta1, or the template of pods in a replication controller: both are a manifest with a top. */
export function podToV1(object: Fields, path = ''): { metadata: Fields; spec: Fields } {
  const { metadata, rest } = metadataToV1(object);
  const { desiredState, currentState: _currentState, nodeSelector, ...unknown } = rest;
  refuseUnknown(unknown, path);
  const { manifest, host, status: _status, ...more } = objectAt(desiredState, `${path}desiredState`);
  refuseUnknown(more, `${path}desiredState.`);
  const fields = objectAt(manifest, `${path}desiredState.manifest`);
  const name = metadata['name'] ?? (path === '' ? textAt(fields['id'], 'desiredState.manifest.id') : undefined);
  return {
    metadata: present({ ...metadata, name }),
    spec: manifestToV1(fields, `${path}desiredState.manifest`, { host, nodeSelector }),
  };
}

/** A controller's template as v1beta1 shows it. */
export function templateFromV1(template: Fields): Fields {
  const metadata = objectAt(template['metadata'], 'metadata');
  const { nodeSelector, ...desiredState } = manifestFromV1(objectAt(template['spec'], 'spec'), metadata['name']);
  return present({ ...metadataFromV1(metadata), nodeSelector, desiredState });
}

/** A pod as v1beta1 shows it. */
export function podFromV1(pod: Fields): Fields {
  const { status } = pod;
  const { phase, message, hostIP, podIP, containerStatuses } = objectAt(status, 'status') as Readonly<Record<string, string>>;
  const { host } = objectAt(templateFromV1(pod)['desiredState'], 'desiredState');
  const info = ((containerStatuses ?? []) as unknown as { name: string }[]).map((entry) => [entry.name, entry]);
  const currentState = present({
    status: PHASES[phase ?? 'Pending'] ?? 'Unknown',
    message,
    host,
    hostIP,
    podIP,
    info: info.length === 0 ? undefined : Object.fromEntries(info),
  });
  return { ...templateFromV1(pod), currentState };
}
