import { defineResource } from '../define-resource.ts';
import { newBadRequest } from '../status-error.ts';

/** The old way to bind: `POST bindings` with the pod's name in the metadata. */
export const binding = defineResource({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Binding',
  verbs: ['create'],
  virtual: {
    create(body, context) {
      const name = body.metadata?.name;
      if (!name) throw newBadRequest('binding has no name');
      const pods = { group: '', version: 'v1', resource: 'pods', subresource: 'binding', namespace: context.namespace, name };
      return context.verbs.create(pods, body, context.dryRun ? { dryRun: true } : {});
    },
  },
});
