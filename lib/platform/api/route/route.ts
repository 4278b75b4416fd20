import { defineResource } from '../define-resource.ts';
import { assignHost, keepHost } from './host-rights.ts';
import { routeColumns } from './route-columns.ts';
import type { Route } from './route-types.ts';
import { validateRoute, validateRouteUpdate } from './route-validation.ts';

/** A host, and which service answers there to requests from outside. */
export const route = defineResource<Route>({
  group: 'route.openshift.io',
  version: 'v1',
  kind: 'Route',
  plural: 'routes',
  categories: ['all'],
  namespaced: true,
  schema: 'com.github.openshift.api.route.v1.Route',
  strategy: {
    async prepareForCreate(object, context) {
      object.status = { ingress: [] };
      await assignHost(object, context);
    },
    prepareForUpdate: keepHost,
    validate: validateRoute,
    validateUpdate: validateRouteUpdate,
  },
  status: true,
  selectableFields: {
    'spec.host': ({ spec }) => spec.host ?? '',
    'spec.path': ({ spec }) => spec.path ?? '',
    'spec.to.name': ({ spec }) => spec.to.name,
  },
  columns: routeColumns,
});
