import type { StrategyContext } from '../strategy.ts';
import { newInvalid, type StatusCause } from '../status-error.ts';
import { forbidden, immutable } from '../validation/causes.ts';
import type { Route, RouteTls } from './route-types.ts';

/** Marks hosts that nobody chose. */
const HOST_GENERATED = 'openshift.io/host.generated';

/** What makes a host answer as somebody else's. */
const CERTIFICATES = ['certificate', 'key', 'caCertificate', 'destinationCACertificate'] as const;

const hasCertificates = (tls: RouteTls | undefined): boolean => CERTIFICATES.some((field) => (tls?.[field] ?? '') !== '');

/**
 * Gives a new route its host: `NAME-NAMESPACE.DOMAIN` unless it names one. Naming one, or certificates, is for those who may
 * create `routes/custom-host` (openshift-apiserver hostassignment.AllocateHost). Throws 422.
 */
export async function assignHost(route: Route, context: StrategyContext): Promise<void> {
  const { spec, metadata } = route;
  const { host = '', subdomain = '', tls } = spec;
  if (host === '') {
    const name = metadata.name ?? `${metadata.generateName ?? ''}x`;
    spec.host = `${subdomain === '' ? `${name}-${metadata.namespace}` : subdomain}.${context.settings.routes.domain}`;
    if (subdomain === '') metadata.annotations = { ...metadata.annotations, [HOST_GENERATED]: 'true' };
  }
  const causes: StatusCause[] = [];
  if (host !== '') causes.push(forbidden('spec.host', 'you do not have permission to set the host field of the route'));
  if (subdomain !== '')
    causes.push(forbidden('spec.subdomain', 'you do not have permission to set the subdomain field of the route'));
  if (hasCertificates(tls))
    causes.push(forbidden('spec.tls', 'you do not have permission to set certificate fields on the route'));
  if (causes.length === 0 || (await mayChoose(route, context, ['create']))) return;
  throw refusal(route, causes);
}

/** Who may not choose hosts leaves them as they are; nobody changes one by leaving it out. Throws 422. */
export async function keepHost(route: Route, old: Route, context: StrategyContext): Promise<void> {
  const { spec } = route;
  if ((spec.host ?? '') === '' && (spec.subdomain ?? '') === (old.spec.subdomain ?? '')) spec.host = old.spec.host!;
  const causes = [
    ...immutable('spec.host', spec.host, old.spec.host),
    ...immutable('spec.subdomain', spec.subdomain ?? '', old.spec.subdomain ?? ''),
    // Taking one's own certificates away needs no right.
    ...CERTIFICATES.flatMap((field) =>
      (spec.tls?.[field] ?? '') === '' || spec.tls?.[field] === old.spec.tls?.[field]
        ? []
        : [forbidden(`spec.tls.${field}`, 'you do not have permission to update certificate fields on the route')],
    ),
  ];
  if (causes.length === 0 || (await mayChoose(route, context, ['update', 'create']))) {
    if ((spec.host ?? '') === '') await assignHost(route, context);
    return;
  }
  throw refusal(route, causes);
}

async function mayChoose({ metadata }: Route, { access, user }: StrategyContext, verbs: readonly string[]): Promise<boolean> {
  const question = { group: 'route.openshift.io', version: 'v1', resource: 'routes', subresource: 'custom-host' };
  for (const verb of verbs)
    if ((await access.authorize(user, { ...question, verb, namespace: metadata.namespace! })).allowed) return true;
  return false;
}

const refusal = ({ metadata }: Route, causes: readonly StatusCause[]): Error =>
  newInvalid({ group: 'route.openshift.io', kind: 'Route' }, metadata.name ?? '', causes);
