import type { KubeObject } from '../meta.ts';

/** Where requests go (route/v1 RouteTargetReference). `weight`: 0 to 256, against those of the other references. */
export interface RouteTarget {
  kind: string;
  name: string;
  weight?: number;
}

export type Termination = 'edge' | 'passthrough' | 'reencrypt';
export type InsecurePolicy = 'None' | 'Allow' | 'Redirect' | '';

/** How a route is encrypted; certificates and key are PEM (route/v1 TLSConfig). */
export interface RouteTls {
  termination: Termination;
  certificate?: string;
  key?: string;
  caCertificate?: string;
  /** Who the pods' certificates must be from. */
  destinationCACertificate?: string;
  insecureEdgeTerminationPolicy?: InsecurePolicy;
}

export interface RouteCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** What one router says of the route. */
export interface RouteIngress {
  host?: string;
  routerName?: string;
  routerCanonicalHostname?: string;
  wildcardPolicy?: string;
  conditions?: RouteCondition[];
}

export interface RouteSpec {
  host?: string;
  subdomain?: string;
  path?: string;
  to: RouteTarget;
  alternateBackends?: RouteTarget[];
  port?: { targetPort: string | number };
  tls?: RouteTls;
  wildcardPolicy?: string;
}

export interface Route extends KubeObject {
  spec: RouteSpec;
  status?: { ingress?: RouteIngress[] };
}
