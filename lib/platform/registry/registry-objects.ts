import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { CONNECTIONS_PER_CLIENT } from '../api/core/service/connection-limit.ts';
import type { KubeObject } from '../api/meta.ts';
import { componentDeployment } from '../components/component-deployment.ts';
import { componentProbes } from '../components/component-probes.ts';
import {
  EVENTS_PATH,
  REGISTRY_NAME,
  REGISTRY_NAMESPACE,
  REGISTRY_PORT,
  type RegistrySettings,
  TOKEN_ISSUER,
  TOKEN_PATH,
  TOKEN_SERVICE,
} from './registry-settings.ts';

/** The user that the image's program runs as, and the group that may write the volume. */
const USER = 1001;
const GROUP = 0;
const CONFIG_DIR = '/etc/registry';
const STORAGE_DIR = '/registry';
/**
 * Before it serves, when nobody can push, it frees what no manifest names any more. Cut off in time: where there is much of it, the next start goes on. What that
 * prints, a line for each blob, nobody reads.
 */
const RUN = `
config=${CONFIG_DIR}/config.yml
if [ -d ${STORAGE_DIR}/docker/registry/v2/repositories ]; then
  timeout 30 docker-registry garbage-collect "$config" >/dev/null || echo "what is not needed any more was not all freed: $?" >&2
fi
exec docker-registry serve "$config"
`;
/**
 * Layers pass through it a few KiB at a time, whatever their size (Distribution: storage/driver/filesystem); pages of files that it has written are given back to who needs
 * the memory. One that had 64 MiB took eight pushes at once, with 30 MB of its own; an idle one has 23. Manifests, which are read whole, have 4 MiB at most. So this is room
 * for hundreds of pushes at once, and an end for who sends manifests without one. Go tidies up before that.
 */
const MEMORY = '512Mi';
const COLLECTS_FROM = '400MiB';
const LABELS = { 'docker-registry': 'default' };

const meta = (more: object = {}): KubeObject['metadata'] => ({
  name: REGISTRY_NAME,
  namespace: REGISTRY_NAMESPACE,
  labels: LABELS,
  ...more,
});

/**
 * One client's connections, each of which is memory of the registry's, for as long as the client likes: it has no limit of its own. A push takes
 * five; Docker, which pulls and pushes for everybody here, is on the machine itself and is not counted.
 */
const PER_CLIENT = 64;

/** The registry's service, at an address that is known before it runs. */
export const registryService = ({ clusterIP }: RegistrySettings): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta({ annotations: { [CONNECTIONS_PER_CLIENT]: String(PER_CLIENT) } }),
  spec: {
    type: 'ClusterIP',
    clusterIP,
    selector: LABELS,
    ports: [{ name: 'registry', port: REGISTRY_PORT, targetPort: REGISTRY_PORT, protocol: 'TCP' }],
  },
});

/** The volume that images are kept on. */
export const registryClaim = ({ storage }: RegistrySettings): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: meta(),
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
});

/** The registry's files (Distribution: docs/configuration.md): its configuration holds secrets, so it is one. */
export function registryConfig(
  settings: RegistrySettings,
  shared: { readonly events: string; readonly uploads: string },
): KubeObject {
  const config = {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: STORAGE_DIR },
      delete: { enabled: true },
      cache: { blobdescriptor: 'inmemory' },
      maintenance: { uploadpurging: { enabled: true, age: '24h', interval: '1h', dryrun: false } },
    },
    http: {
      addr: `:${REGISTRY_PORT}`,
      secret: shared.uploads,
      draintimeout: '10s',
      tls: { certificate: `${CONFIG_DIR}/tls.crt`, key: `${CONFIG_DIR}/tls.key`, minimumtls: 'tls1.2' },
    },
    auth: {
      token: {
        realm: `${settings.url}${TOKEN_PATH}`,
        service: TOKEN_SERVICE,
        issuer: TOKEN_ISSUER,
        rootcertbundle: `${CONFIG_DIR}/tokens.crt`,
      },
    },
    notifications: {
      endpoints: [
        {
          name: 'openshift',
          url: `${settings.url}${EVENTS_PATH}`,
          headers: { Authorization: [`Bearer ${shared.events}`] },
          timeout: '10s',
          threshold: 2,
          backoff: '1s',
          ignore: { actions: ['pull', 'mount'], mediatypes: ['application/octet-stream'] },
        },
      ],
    },
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta({ name: `${REGISTRY_NAME}-config` }),
    type: 'Opaque',
    data: encoded({
      'config.yml': stringify(config),
      'ca.crt': settings.caPem,
      'tokens.crt': settings.tokens.caPem,
      'tls.crt': settings.serving.certPem,
      'tls.key': settings.serving.keyPem,
    }),
  };
}

const encoded = (files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString('base64')]));

/** The registry itself. Changed files make another pod: it reads them only once. */
export function registryDeployment({ image }: RegistrySettings, config: KubeObject): KubeObject {
  const files = createHash('sha256').update(JSON.stringify(config['data'])).digest('hex').slice(0, 16);
  const question = { httpGet: { path: '/', port: REGISTRY_PORT, scheme: 'HTTPS' } } as const;
  return componentDeployment({
    metadata: { name: REGISTRY_NAME, namespace: REGISTRY_NAMESPACE, labels: LABELS },
    annotations: { 'openshift.io/registry-files': files },
    user: { uid: USER, gid: GROUP },
    securityContext: { fsGroup: GROUP },
    container: {
      name: 'registry',
      image,
      command: ['/bin/sh', '-c', RUN],
      // Whom Go's programs trust: notifications go to the API.
      env: [
        { name: 'SSL_CERT_FILE', value: `${CONFIG_DIR}/ca.crt` },
        { name: 'GOMEMLIMIT', value: COLLECTS_FROM },
      ],
      ports: [{ containerPort: REGISTRY_PORT, protocol: 'TCP' }],
      ...componentProbes(question, { ready: 5, alive: 10 }),
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: MEMORY } },
      volumeMounts: [
        { name: 'config', mountPath: CONFIG_DIR, readOnly: true },
        { name: 'storage', mountPath: STORAGE_DIR },
      ],
    },
    pod: {
      priorityClassName: 'system-cluster-critical',
      terminationGracePeriodSeconds: 15,
      volumes: [
        { name: 'config', secret: { secretName: `${REGISTRY_NAME}-config`, defaultMode: 0o440 } },
        { name: 'storage', persistentVolumeClaim: { claimName: REGISTRY_NAME } },
      ],
    },
  });
}
