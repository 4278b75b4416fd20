import type { KubeObject } from '../../../api/meta.ts';

export interface Service extends KubeObject {
  readonly spec: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
  };
}

const variableName = (name: string): string => name.toUpperCase().replaceAll('-', '_');

const byAge = (a: Service, b: Service): number =>
  (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '');

/** Docker-link style variables of one service (kubelet: envvars.FromServices). */
function variablesOf(service: Service): [string, string][] {
  const { clusterIP, ports = [] } = service.spec;
  const [first] = ports;
  if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None' || first === undefined) return [];
  const name = variableName(service.metadata.name ?? '');
  const host = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  const url = (port: { port: number; protocol?: string }): string =>
    `${(port.protocol ?? 'TCP').toLowerCase()}://${host}:${port.port}`;
  const out: [string, string][] = [
    [`${name}_SERVICE_HOST`, clusterIP],
    [`${name}_SERVICE_PORT`, String(first.port)],
  ];
  for (const port of ports) if (port.name) out.push([`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port)]);
  out.push([`${name}_PORT`, url(first)]);
  for (const port of ports) {
    const prefix = `${name}_PORT_${port.port}_${(port.protocol ?? 'TCP').toUpperCase()}`;
    out.push([prefix, url(port)], [`${prefix}_PROTO`, (port.protocol ?? 'TCP').toLowerCase()]);
    out.push([`${prefix}_PORT`, String(port.port)], [`${prefix}_ADDR`, clusterIP]);
  }
  return out;
}

/** The master service of the default namespace for every pod; the services of its own namespace where links are enabled. */
export function serviceVariables(services: readonly Service[], namespace: string, links: boolean): Map<string, string> {
  const out = new Map<string, string>();
  const chosen = services.filter(({ metadata }) => {
    const master = metadata.namespace === 'default' && metadata.name === 'kubernetes';
    return master || (links && metadata.namespace === namespace);
  });
  // A service of the pod's own namespace wins over the master's of the same name.
  chosen.sort((a, b) => Number(a.metadata.namespace === namespace) - Number(b.metadata.namespace === namespace) || byAge(a, b));
  for (const service of chosen) for (const [key, value] of variablesOf(service)) out.set(key, value);
  return out;
}
