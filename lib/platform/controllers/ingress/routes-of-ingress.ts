import { createHash } from 'node:crypto';
import type { KubeObject } from '../../api/meta.ts';
import type { Route, RouteSpec, RouteTls, Termination } from '../../api/route/route-types.ts';

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: string | number;
}

export interface IngressPath {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend: {
    readonly service?: { readonly name: string; readonly port?: { readonly name?: string; readonly number?: number } };
  };
}

export interface Ingress extends KubeObject {
  spec: {
    ingressClassName?: string;
    rules?: { host?: string; http?: { paths?: IngressPath[] } }[];
    tls?: { hosts?: string[]; secretName?: string }[];
  };
}

/** What is looked up in the ingress' namespace; undefined for what is not there. */
export interface Namesakes {
  readonly service: (name: string) => KubeObject | undefined;
  readonly secret: (name: string) => KubeObject | undefined;
}

const TERMINATION = 'route.openshift.io/termination';
/** They are about the ingress' own writes. */
const NOT_COPIED = ['kubectl.kubernetes.io/last-applied-configuration'];

/**
 * The routes that an ingress stands for: one for each path of a rule that has a host and a service
 * (openshift/route-controller-manager: ingress-to-route). `Exact` paths, which no route has, get none; neither do those of which something is still missing.
 * Each has a name of its own that says which one it is.
 */
export function routesOf(ingress: Ingress, namesakes: Namesakes): Route[] {
  const { metadata, spec } = ingress;
  return (spec.rules ?? []).flatMap(({ host = '', http }) =>
    (http?.paths ?? []).flatMap((path) => {
      const wanted = host === '' || path.pathType === 'Exact' ? undefined : specOf(ingress, host, path, namesakes);
      if (wanted === undefined) return [];
      const mark = createHash('sha256')
        .update(`${host} ${path.path ?? ''}`)
        .digest('hex')
        .slice(0, 8);
      const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !NOT_COPIED.includes(name));
      const route: Route = {
        apiVersion: 'route.openshift.io/v1',
        kind: 'Route',
        metadata: {
          name: `${metadata.name!.slice(0, 200)}-${mark}`,
          namespace: metadata.namespace!,
          labels: { ...metadata.labels },
          annotations: Object.fromEntries(annotations),
          ownerReferences: [
            { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: metadata.name!, uid: metadata.uid!, controller: true },
          ],
        },
        spec: wanted,
      };
      return [route];
    }),
  );
}

function specOf(
  ingress: Ingress,
  host: string,
  { path = '', backend }: IngressPath,
  namesakes: Namesakes,
): RouteSpec | undefined {
  const { name = '', port } = backend.service ?? {};
  const ports = (namesakes.service(name)?.['spec']?.ports ?? []) as readonly ServicePort[];
  const found = ports.find((each) => (port?.name ? each.name === port.name : each.port === port?.number));
  const tls = tlsOf(ingress, host, namesakes);
  if (found === undefined || tls === 'missing') return undefined;
  return {
    host,
    ...(path === '' || path === '/' ? {} : { path }),
    to: { kind: 'Service', name, weight: 100 },
    port: { targetPort: found.name || (found.targetPort ?? found.port) },
    ...(tls === undefined ? {} : { tls }),
    wildcardPolicy: 'None',
  };
}

function tlsOf({ metadata, spec }: Ingress, host: string, { secret }: Namesakes): RouteTls | 'missing' | undefined {
  const entry = (spec.tls ?? []).find(({ hosts = [] }) => hosts.includes(host));
  if (entry === undefined) return undefined;
  const asked = metadata.annotations?.[TERMINATION];
  const termination: Termination = asked === 'reencrypt' || asked === 'passthrough' ? asked : 'edge';
  const policy = { termination, insecureEdgeTerminationPolicy: 'Redirect' } as const;
  if (!entry.secretName || termination === 'passthrough') return policy;
  const data = (secret(entry.secretName)?.['data'] ?? {}) as Readonly<Record<string, string>>;
  const [certificate, key] = ['tls.crt', 'tls.key'].map((field) => Buffer.from(data[field] ?? '', 'base64').toString('utf8'));
  return certificate === '' || key === '' ? 'missing' : { ...policy, certificate: certificate!, key: key! };
}
