import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import { LOCAL_CONDITION, type ServiceReference } from '../api/apiregistration/api-service.ts';
import type { KubeObject } from '../api/meta.ts';
import { withCondition } from './conditions.ts';
import type { Condition, EndpointSlice, Service } from './core-types.ts';
import { defineController, type ControllerDefinition, type ReconcileContext } from './define-controller.ts';
import { API_SERVICES, ENDPOINT_SLICES, refTo, SERVICES } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Asks the server that an APIService names. Rejects with an Error that says why it does not answer for its group version. */
export type ApiServiceProbe = (of: { readonly group: string; readonly version: string }) => Promise<void>;

/** Between two looks at a server when nothing in the cluster changes, in ms. */
const PERIOD = 30_000;
/** The same while it does not answer; each further look waits twice as long, up to PERIOD. */
const FIRST_RETRY = 1000;
const DEFAULT_PORT = 443;
const SERVICE_NAME = 'kubernetes.io/service-name';

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

const referenceOf = ({ spec }: KubeObject): ServiceReference | undefined => spec?.service ?? undefined;

/** Keeps the condition Available of every APIService (kube-aggregator's controllers/status). */
export function apiServiceAvailabilityController(probe: ApiServiceProbe): ControllerDefinition {
  const failures = new Map<string, number>();
  // Of those that have one: mostly none, and services and their endpoints change all the time.
  const services = new Map<string, ServiceReference>();
  const namesOf = (namespace: string | undefined, name: string | undefined): string[] =>
    [...services].filter(([, service]) => service.name === name && service.namespace === namespace).map(([key]) => key);
  return defineController({
    name: 'api-service-availability-controller',
    for: API_SERVICES,
    watches: [
      { of: SERVICES, map: ({ metadata }) => namesOf(metadata.namespace, metadata.name) },
      {
        of: ENDPOINT_SLICES,
        map: ({ metadata }) => namesOf(metadata.namespace, metadata.labels?.[SERVICE_NAME]),
      },
    ],
    concurrency: 4,
    async reconcile(name, context) {
      const object = context.lister(API_SERVICES).get(undefined, name);
      const service = object && referenceOf(object);
      if (service === undefined) services.delete(name);
      else services.set(name, service);
      if (object === undefined) return void failures.delete(name);
      if (service === undefined) return void (await report(object, LOCAL_CONDITION, context));
      const verdict = judgeService(service, context) ?? (await judgeServer(object, probe));
      await report(object, verdict, context);
      if (verdict.status === 'True') return (failures.delete(name), { requeueAfter: PERIOD });
      const count = failures.get(name) ?? 0;
      failures.set(name, count + 1);
      return { requeueAfter: Math.min(PERIOD, FIRST_RETRY * 2 ** count) };
    },
  });
}

/** What the cluster itself says of the service; undefined when nothing speaks against it. */
function judgeService(
  { namespace, name, port = DEFAULT_PORT }: ServiceReference,
  { lister }: Pick<ReconcileContext, 'lister'>,
): Verdict | undefined {
  const where = `service/${name} in "${namespace}"`;
  const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });
  const service = lister<Service>(SERVICES).get(namespace, name!);
  if (service === undefined) return no('ServiceNotFound', `${where} is not present`);
  if ((service.spec?.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const found = service.spec?.ports?.find((each) => each.port === port);
  if (found === undefined) return no('ServicePortError', `${where} is not listening on port ${port}`);
  const slices = lister<EndpointSlice>(ENDPOINT_SLICES)
    .list(namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name);
  if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpointslices for ${where}`);
  const portName = found.name ?? '';
  const ready = slices.some(
    ({ endpoints = [], ports = [] }) =>
      (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) &&
      (ports ?? []).some((each) => (each.name ?? '') === portName && each.port !== undefined),
  );
  return ready ? undefined : no('MissingEndpoints', `endpointslices for ${where} have no addresses with port name "${portName}"`);
}

async function judgeServer({ spec }: KubeObject, probe: ApiServiceProbe): Promise<Verdict> {
  try {
    await probe({ group: spec.group ?? '', version: spec.version });
    return { status: 'True', reason: 'Passed', message: 'all checks passed' };
  } catch (error) {
    return { status: 'False', reason: 'FailedDiscoveryCheck', message: errorText(error) };
  }
}

async function report(object: KubeObject, verdict: Verdict, { client, clock }: ReconcileContext): Promise<void> {
  const before = object.status?.conditions as readonly Condition[] | undefined;
  const conditions = withCondition(before, { type: 'Available', ...verdict }, rfc3339(clock.now()));
  if (sameJson(before ?? [], conditions)) return;
  await client.update(refTo(API_SERVICES, object, 'status'), { ...object, status: { ...object.status, conditions } });
}
