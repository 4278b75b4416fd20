import type { KubeObject } from '../api/meta.ts';
import type { Route } from '../api/route/route-types.ts';
import { isReason } from '../api/status-error.ts';
import { isAlreadyExists, isForbiddenByTermination, unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { type Ingress, routesOf } from './ingress/routes-of-ingress.ts';
import { INGRESS_CLASSES, INGRESSES, refTo, ROUTES, SECRETS, SERVICES } from './resources.ts';
import { sameJson } from './same-json.ts';

/** What classes name whose ingresses become routes. */
const CONTROLLER = 'openshift.io/ingress-to-route';

/**
 * Keeps the routes that ingresses stand for: of class `openshift-default`, of others of its controller, and of those that name no class. They are the ingress', and go
 * with it; what somebody changes of them is put back.
 */
export const ingressToRouteController = (): ControllerDefinition =>
  defineController({
    name: 'ingress-to-route-controller',
    for: INGRESSES,
    owns: [ROUTES],
    watches: [
      { of: SERVICES, map: ({ metadata }, context) => ingressesIn(metadata.namespace, context) },
      {
        of: SECRETS,
        map: ({ metadata, type }, context) => (type === 'kubernetes.io/tls' ? ingressesIn(metadata.namespace, context) : []),
      },
      { of: INGRESS_CLASSES, map: (_class, context) => ingressesIn(undefined, context) },
    ],
    async reconcile(key, context) {
      const ingress = context.lister<Ingress>(INGRESSES).byKey(key);
      if (ingress === undefined || ingress.metadata.deletionTimestamp !== undefined) return;
      const { namespace, uid } = ingress.metadata;
      const namesakes = {
        service: (name: string) => context.lister(SERVICES).get(namespace, name),
        secret: (name: string) => context.lister(SECRETS).get(namespace, name),
      };
      const wanted = isOurs(ingress, context) ? routesOf(ingress, namesakes) : [];
      const names = new Set(wanted.map(({ metadata }) => metadata.name));
      for (const route of context.lister<Route>(ROUTES).controlledBy(uid!))
        if (!names.has(route.metadata.name))
          await unlessGone(context.client.delete(refTo(ROUTES, route), { preconditions: { uid: route.metadata.uid! } }));
      for (const route of wanted) await ensure(route, ingress, context);
    },
  });

const ingressesIn = (namespace: string | undefined, { lister }: Pick<ReconcileContext, 'lister'>): string[] =>
  lister(INGRESSES)
    .list(namespace)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

function isOurs({ spec, metadata }: Ingress, { lister }: ReconcileContext): boolean {
  const name = spec.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'];
  return name === undefined || lister(INGRESS_CLASSES).get(undefined, name)?.['spec']?.controller === CONTROLLER;
}

async function ensure(route: Route, ingress: Ingress, { client, lister, recorder }: ReconcileContext): Promise<void> {
  const { namespace, name } = route.metadata;
  const there = lister<Route>(ROUTES).get(namespace, name!);
  try {
    if (there === undefined) await client.create({ ...ROUTES, namespace: namespace! }, route);
    // A route of that name which is somebody's own stays theirs.
    else if (
      there.metadata.ownerReferences?.some(({ uid }) => uid === ingress.metadata.uid) &&
      !sameJson(factsOf(there), factsOf(route))
    )
      await client.update(refTo(ROUTES, there), {
        ...there,
        spec: route.spec,
        metadata: { ...there.metadata, labels: route.metadata.labels!, annotations: route.metadata.annotations! },
      });
  } catch (error) {
    if (isReason(error, 'Invalid')) recorder.event(ingress, 'Warning', 'InvalidRoute', error.message);
    else if (!isAlreadyExists(error) && !isForbiddenByTermination(error)) throw error;
  }
}

/** What the ingress decides. */
function factsOf({ spec, metadata }: KubeObject): unknown {
  const { host, path = '', to, port, tls } = spec as Route['spec'];
  const { certificate = '', key = '', termination, insecureEdgeTerminationPolicy } = tls ?? {};
  return [
    host,
    path,
    to,
    port,
    certificate,
    key,
    termination,
    insecureEdgeTerminationPolicy,
    metadata.labels ?? {},
    metadata.annotations ?? {},
  ];
}
