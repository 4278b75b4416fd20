import { podToV1, templateFromV1 } from './pod.ts';
import { metadataFromV1, metadataToV1 } from './metadata.ts';
import { type Fields, objectAt, present, refuseUnknown } from './shapes.ts';

/** `desiredState{replicas, replicaSelector, podTemplate}` of v1beta1 is v1's spec. */
export function controllerToV1(object: Fields): { metadata: Fields; spec: Fields } {
  const { metadata, rest } = metadataToV1(object);
  const { desiredState, currentState: _currentState, ...unknown } = rest;
  refuseUnknown(unknown, '');
  const { replicas, replicaSelector, podTemplate, ...same } = objectAt(desiredState, 'desiredState');
  const path = 'desiredState.podTemplate';
  const template = podTemplate === undefined ? undefined : podToV1(objectAt(podTemplate, path), `${path}.`);
  return { metadata, spec: present({ ...same, replicas, selector: replicaSelector, template }) };
}

/** A replication controller as v1beta1 shows it. */
export function controllerFromV1(controller: Fields): Fields {
  const { replicas, selector, template, ...same } = objectAt(controller['spec'], 'spec');
  const podTemplate = template === undefined ? undefined : templateFromV1(objectAt(template, 'template'));
  return {
    ...metadataFromV1(objectAt(controller['metadata'], 'metadata')),
    desiredState: present({ ...same, replicas, replicaSelector: selector, podTemplate }),
    currentState: { replicas: objectAt(controller['status'], 'status')['replicas'] ?? 0 },
  };
}
