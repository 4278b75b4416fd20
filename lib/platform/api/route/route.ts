import { defineResource } from '../define-resource.ts';
import type { StrategyContext } from '../strategy.ts';
import { assignHost, keepHost } from './host-rights.ts';
import { refuseReservedHosts } from './reserved-hosts.ts';
import { routeColumns } from './route-columns.ts';
import type { Route } from './route-types.ts';
import { validateRoute, validateRouteUpdate } from './route-validation.ts';

const judgeHost = (object: Route, old: Route | undefined, context: StrategyContext): Promise<void> =>
  refuseReservedHosts(
    { group: 'route.openshift.io', kind: 'Route' },
    object,
    [{ field: 'spec.host', host: object.spec.host ?? '' }],
    [old?.spec.host],
    context,
  );

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
      await judgeHost(object, undefined, context);
    },
    async prepareForUpdate(object, old, context) {
      await keepHost(object, old, context);
      await judgeHost(object, old, context);
    },
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
