import { createHash } from 'node:crypto';
import { errorText } from '../../common/errors.ts';
import type { KubeObject, ObjectMeta } from '../api/meta.ts';
import type { Lister } from '../client/lister.ts';
import { keyOf } from '../client/object-store.ts';
import { isAlreadyExists, isConflict, isForbiddenByTermination, isNotFound, unlessGone } from './api-errors.ts';
import type { Endpoints, EndpointSlice, Pod, Service } from './core-types.ts';
import { defineController, type ControllerDefinition, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { podsOf, selectsPods, watchPods } from './endpoints/service-pods.ts';
import { mirroredContents, podContents, type SliceContents } from './endpoints/slice-contents.ts';
import { planSlices, type SlicePlan } from './endpoints/slice-plan.ts';
import { ENDPOINT_SLICES, ENDPOINTS, PODS, refTo, SERVICES } from './resources.ts';
import { sameJson } from './same-json.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const HEADLESS = 'service.kubernetes.io/headless';
const BY_SELECTOR = 'endpointslice-controller.k8s.io';
const BY_MIRRORING = 'endpointslicemirroring-controller.k8s.io';
/** What tells of an object's own bookkeeping is not for its mirror. */
const NOT_MIRRORED = new Set([
  'control-plane.alpha.kubernetes.io/leader',
  'endpoints.kubernetes.io/last-change-trigger-time',
  'endpoints.kubernetes.io/over-capacity',
  'kubectl.kubernetes.io/last-applied-configuration',
]);

/**
 * Ms between two rounds of writes for one service: a rolling change of many pods costs a few writes, not some for each pod. It
 * grows with the service, as what each write costs does.
 */
const batchPeriod = ({ contents }: Wanted): number => {
  const size = contents.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  return Math.min(1000, Math.max(RETRY, 5 * size));
};
/** Ms, and what the smallest services wait. */
const RETRY = 100;

interface Wanted {
  readonly contents: SliceContents[];
  readonly labels: Record<string, string>;
  /** Absent where the slice's own stay. */
  readonly annotations?: Record<string, string>;
}

/**
 * Keeps the EndpointSlices of every service equal to the pods behind it or, for services without a selector, to the Endpoints
 * that someone wrote. They go with their owner, the service (garbage-collector.ts).
 */
export function endpointSliceController(): ControllerDefinition {
  const lastWrites = new Map<string, number>();
  return defineController({
    name: 'endpoint-slice-controller',
    for: SERVICES,
    watches: [
      watchPods,
      { of: ENDPOINTS, map: mirroredService },
      { of: ENDPOINT_SLICES, map: (slice) => (isOurs(slice) ? [`${slice.metadata.namespace}/${serviceName(slice)}`] : []) },
    ],
    concurrency: 5,
    reconcile: (key, context) => reconcile(key, lastWrites, context),
  });
}

const serviceName = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[SERVICE_NAME];

const isOurs = (slice: KubeObject): boolean => {
  const maker = slice.metadata.labels?.[MANAGED_BY];
  return serviceName(slice) !== undefined && (maker === BY_SELECTOR || maker === BY_MIRRORING);
};

/** Endpoints of services with a selector say nothing that their pods have not said already. */
function mirroredService(endpoints: KubeObject, { lister }: Pick<ReconcileContext, 'lister'>): readonly string[] {
  const service = lister<Service>(SERVICES).byKey(keyOf(endpoints));
  return service === undefined || selectsPods(service) ? [] : [keyOf(endpoints)];
}

async function reconcile(
  key: string,
  lastWrites: Map<string, number>,
  context: ReconcileContext,
): Promise<ReconcileResult | void> {
  const { lister, clock } = context;
  const service = lister<Service>(SERVICES).byKey(key);
  if (service === undefined) lastWrites.delete(key);
  if (service === undefined || service.metadata.deletionTimestamp !== undefined) return;
  const slices = lister<EndpointSlice>(ENDPOINT_SLICES);
  const ours = slices
    .list(service.metadata.namespace)
    .filter(
      (slice) => isOurs(slice) && serviceName(slice) === service.metadata.name && slice.metadata.deletionTimestamp === undefined,
    )
    .toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  const wanted = wantedFor(service, context);
  const plan = planSlices(wanted.contents, ours, (slice) =>
    sameJson(metadataFacts(slice.metadata), metadataFacts(metadataFor(service, wanted, slice.metadata))),
  );
  if (plan.create.length + plan.update.length + plan.remove.length === 0) return;
  const wait = (lastWrites.get(key) ?? -Infinity) + batchPeriod(wanted) - clock.monotonic();
  if (wait > 0) return { requeueAfter: wait };
  lastWrites.set(key, clock.monotonic());
  try {
    await carryOut(plan, service, wanted, slices, context);
  } catch (error) {
    if (isForbiddenByTermination(error)) return;
    // The cache is behind, and its next news brings the key here again; should it bring none, the time does.
    if (isAlreadyExists(error) || isConflict(error) || isNotFound(error)) return { requeueAfter: RETRY };
    const text = `Error updating Endpoint Slices for Service ${key}: ${errorText(error)}`;
    context.recorder.event(service, 'Warning', 'FailedToUpdateEndpointSlices', text);
    throw error;
  }
}

function wantedFor(service: Service, { lister }: ReconcileContext): Wanted {
  const labels = (own: ObjectMeta, maker: string): Record<string, string> => {
    const { [HEADLESS]: _headless, ...others } = own.labels ?? {};
    return {
      ...others,
      ...(service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
      [SERVICE_NAME]: service.metadata.name!,
      [MANAGED_BY]: maker,
    };
  };
  if (selectsPods(service)) {
    const pods = podsOf(service, lister<Pod>(PODS).list(service.metadata.namespace));
    return { contents: podContents(service, pods), labels: labels(service.metadata, BY_SELECTOR) };
  }
  const endpoints = lister<Endpoints>(ENDPOINTS).byKey(keyOf(service));
  if (service.spec.type === 'ExternalName' || endpoints === undefined || !isMirrored(endpoints))
    return { contents: [], labels: {} };
  const annotations = Object.entries(endpoints.metadata.annotations ?? {}).filter(([name]) => !NOT_MIRRORED.has(name));
  return {
    contents: mirroredContents(endpoints),
    labels: labels(endpoints.metadata, BY_MIRRORING),
    annotations: Object.fromEntries(annotations),
  };
}

/** Whoever keeps slices of their own, or only a lock, in Endpoints says so on them. */
const isMirrored = ({ metadata: { labels, annotations, deletionTimestamp } }: Endpoints): boolean =>
  deletionTimestamp === undefined &&
  labels?.[SKIP_MIRROR] !== 'true' &&
  annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined;

const metadataFacts = ({ labels, annotations = {}, ownerReferences }: ObjectMeta): unknown => [
  labels,
  annotations,
  ownerReferences,
];

function metadataFor({ metadata }: Service, { labels, annotations }: Wanted, known: ObjectMeta): ObjectMeta {
  const owner = { apiVersion: 'v1', kind: 'Service', name: metadata.name!, uid: metadata.uid! };
  return {
    ...known,
    labels,
    annotations: annotations ?? known.annotations ?? {},
    ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
  };
}

/** New slices first and old ones last: a reader may see an endpoint twice for a moment, but never too few. */
async function carryOut(
  plan: SlicePlan,
  service: Service,
  wanted: Wanted,
  slices: Lister<EndpointSlice>,
  { client }: ReconcileContext,
): Promise<void> {
  const { namespace } = service.metadata;
  const names = freeNames(service, slices);
  for (const contents of plan.create) {
    const metadata = metadataFor(service, wanted, { name: names.next().value, namespace: namespace! });
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, ...contents };
    await client.create({ ...ENDPOINT_SLICES, namespace: namespace! }, slice);
  }
  for (const { slice, contents } of plan.update) {
    const metadata = metadataFor(service, wanted, slice.metadata);
    await client.update(refTo(ENDPOINT_SLICES, slice), { ...slice, ...contents, metadata });
  }
  for (const slice of plan.remove) {
    const { uid, resourceVersion } = slice.metadata;
    const preconditions = { uid: uid!, resourceVersion: resourceVersion! };
    await unlessGone(client.delete(refTo(ENDPOINT_SLICES, slice), { preconditions }));
  }
}

/**
 * `web-x2k9d`, the first of a row that the service always has: whoever creates again what a stale cache does not show yet
 * meets AlreadyExists instead of making it twice.
 */
function* freeNames({ metadata }: Service, slices: Lister<EndpointSlice>): Generator<string, never> {
  for (let n = 0; ; n++) {
    const digest = createHash('sha256').update(`${metadata.uid}/${n}`).digest();
    const name = `${metadata.name}-${[...digest.subarray(0, 5)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
    if (slices.get(metadata.namespace, name) === undefined) yield name;
  }
}

/** That of generated names: no vowels, hence no words (apimachinery pkg/util/rand). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
