import { errorText } from '../../common/errors.ts';
import { keyOf, splitKey } from '../client/object-store.ts';
import { isAlreadyExists, isConflict, isForbiddenByTermination, isNotFound, unlessGone } from './api-errors.ts';
import type { Endpoints, Pod, Service } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { endpointSubsets, truncate } from './endpoints/endpoint-subsets.ts';
import { podsOf, selectsPods, watchPods } from './endpoints/service-pods.ts';
import { ENDPOINTS, PODS, refTo, SERVICES } from './resources.ts';
import { sameJson } from './same-json.ts';

const HEADLESS = 'service.kubernetes.io/headless';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';

/** Keeps the Endpoints of every service that has a selector equal to the pods behind it. */
export const endpointsController = (): ControllerDefinition =>
  defineController({
    name: 'endpoints-controller',
    component: 'endpoint-controller',
    for: SERVICES,
    watches: [watchPods, { of: ENDPOINTS, map: (endpoints) => [keyOf(endpoints)] }],
    concurrency: 5,
    reconcile,
  });

async function reconcile(key: string, context: ReconcileContext): Promise<void> {
  const { lister, client } = context;
  const service = lister<Service>(SERVICES).byKey(key);
  const known = lister<Endpoints>(ENDPOINTS).byKey(key);
  if (service === undefined) {
    await removeOrphan(key, known, context);
    return;
  }
  if (!selectsPods(service) || service.metadata.deletionTimestamp !== undefined) return;
  const pods = podsOf(service, lister<Pod>(PODS).list(service.metadata.namespace));
  const wanted = wantedEndpoints(service, known, endpointSubsets(service, pods));
  if (known !== undefined && isUnchanged(known, wanted)) return;
  try {
    if (known === undefined) await client.create({ ...ENDPOINTS, namespace: service.metadata.namespace! }, wanted);
    else await client.update(refTo(ENDPOINTS, known), wanted);
  } catch (error) {
    if (isForbiddenByTermination(error)) return;
    // Created, changed or deleted a moment ago, maybe by ourselves: the cache brings it, and this key with it.
    if (isAlreadyExists(error) || isConflict(error) || isNotFound(error)) throw error;
    const [reason, verb] = known === undefined ? ['FailedToCreateEndpoint', 'create'] : ['FailedToUpdateEndpoint', 'update'];
    context.recorder.event(service, 'Warning', reason, `Failed to ${verb} endpoint ${key}: ${errorText(error)}`);
    throw error;
  }
}

/**
 * Endpoints whose service is gone go too, as in Kubernetes, where they carry its name. The live look keeps a cache that is
 * behind from deleting the Endpoints that someone made before the service.
 */
async function removeOrphan(key: string, known: Endpoints | undefined, { client }: ReconcileContext): Promise<void> {
  if (known === undefined || known.metadata.labels?.['endpoints.kubernetes.io/managed-by'] !== 'endpoint-controller') return;
  const { namespace, name } = splitKey(key);
  if ((await unlessGone(client.get({ ...SERVICES, namespace: namespace!, name }))) !== undefined) return;
  await unlessGone(client.delete(refTo(ENDPOINTS, known), { preconditions: { uid: known.metadata.uid! } }));
}

function wantedEndpoints(service: Service, known: Endpoints | undefined, all: NonNullable<Endpoints['subsets']>): Endpoints {
  const { name, namespace, labels } = service.metadata;
  const { subsets, truncated } = truncate(all);
  const { [OVER_CAPACITY]: _over, ...annotations } = known?.metadata.annotations ?? {};
  if (truncated) annotations[OVER_CAPACITY] = 'truncated';
  const metadata = {
    ...(known?.metadata ?? { name: name!, namespace: namespace! }),
    annotations,
    labels: {
      ...labels,
      ...(service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    },
  };
  return { ...known, apiVersion: 'v1', kind: 'Endpoints', metadata, subsets };
}

function isUnchanged(known: Endpoints, wanted: Endpoints): boolean {
  const facts = ({ metadata, subsets }: Endpoints): unknown => [metadata.labels, metadata.annotations ?? {}, subsets ?? []];
  return sameJson(facts(known), facts(wanted));
}
