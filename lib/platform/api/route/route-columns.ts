import { column, nameColumn } from '../columns.ts';
import type { KubeObject } from '../meta.ts';
import type { Route, RouteIngress } from './route-types.ts';

const admitted = ({ conditions = [] }: RouteIngress): string | undefined =>
  conditions.find(({ type }) => type === 'Admitted')?.status;

/** As oc prints it: the first host that a router serves, or why none does. */
function hostText({ spec, status }: Route): string {
  const ingress = status?.ingress ?? [];
  const hosts = [...new Set(ingress.filter((each) => admitted(each) === 'True').map(({ host }) => host ?? ''))];
  if (hosts.length > 0) return hosts.length === 1 ? hosts[0]! : `${hosts[0]} ... ${hosts.length - 1} more`;
  const refused = ingress.find((each) => admitted(each) === 'False');
  const reason = refused?.conditions?.find(({ type }) => type === 'Admitted')?.reason ?? '';
  return refused === undefined || reason === '' ? (spec.host ?? '') : reason;
}

function servicesText({ spec }: Route): string {
  const targets = [spec.to, ...(spec.alternateBackends ?? [])];
  if (targets.length === 1) return spec.to.name;
  const total = targets.reduce((sum, { weight = 100 }) => sum + weight, 0);
  return targets.map(({ name, weight = 100 }) => `${name}(${total === 0 ? 0 : Math.floor((weight * 100) / total)}%)`).join(',');
}

function terminationText({ spec: { tls } }: Route): string {
  if (tls === undefined) return '';
  const policy = tls.insecureEdgeTerminationPolicy ?? '';
  return policy === '' ? tls.termination : `${tls.termination}/${policy}`;
}

const routeColumn = (name: string, cell: (route: Route) => string): ReturnType<typeof column> =>
  column(name, (object: KubeObject) => cell(object as Route));

/** The columns of `oc get routes`. */
export const routeColumns = [
  nameColumn,
  routeColumn('Host/Port', hostText),
  routeColumn('Path', ({ spec }) => spec.path ?? ''),
  routeColumn('Services', servicesText),
  routeColumn('Port', ({ spec }) => String(spec.port?.targetPort ?? '<all>')),
  routeColumn('Termination', terminationText),
  routeColumn('Wildcard', ({ spec }) => spec.wildcardPolicy || 'None'),
];
