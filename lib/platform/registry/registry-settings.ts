import type { KeyPairPem } from './token-issuer.ts';

/** What registry and API know each other by. */
export interface RegistrySettings {
  /** Where the registry's clients and the registry itself find the API: `https://192.0.2.7:8443`. */
  readonly url: string;
  /** Wanted cluster IP of the registry's service. */
  readonly clusterIP: string;
  readonly image: string;
  /** Of the cluster: `cluster.local`. */
  readonly domain: string;
  /** Of the volume that blobs are kept on, as a quantity. */
  readonly storage: string;
  /** Whom everybody trusts. */
  readonly caPem: string;
  /** What the registry shows. */
  readonly serving: KeyPairPem;
  /** Signs tokens; the registry trusts this authority for nothing else, and nothing else for tokens. */
  readonly tokens: KeyPairPem & { readonly caPem: string };
}

/** In namespace `default`, under OpenShift 3's name. */
export const REGISTRY_NAME = 'docker-registry';
export const REGISTRY_NAMESPACE = 'default';
/** What its pods are selected by. */
export const REGISTRY_PODS = 'docker-registry=default';
export const REGISTRY_PORT = 5000;
/** OpenShift 4's names, which images in today's manifests have. */
export const ALIAS_NAMESPACE = 'openshift-image-registry';
export const ALIAS_NAME = 'image-registry';

/** Below the API's address. */
export const TOKEN_PATH = '/registry/token';
export const EVENTS_PATH = '/registry/events';

/** Claims of the tokens (Distribution's token specification): who they are for, and from whom. */
export const TOKEN_SERVICE = 'docker-registry';
export const TOKEN_ISSUER = 'openshift';

/** The secret that holds what the registry and the API share; made once. */
export const SHARED_SECRET = 'docker-registry-shared';
/** Its key: what notifications are authenticated with. */
export const EVENTS_KEY = 'events';
/** Its key: what the registry signs upload states with. */
export const UPLOADS_KEY = 'uploads';

/** Names that the registry's certificate has, beside its address. */
export const registryDnsNames = (domain: string): string[] =>
  [`${REGISTRY_NAME}.${REGISTRY_NAMESPACE}.svc`, `${ALIAS_NAME}.${ALIAS_NAMESPACE}.svc`].flatMap((name) => [
    name,
    `${name}.${domain}`,
  ]);
