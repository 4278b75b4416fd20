import type { KubeObject } from '../api/meta.ts';
import { componentDeployment } from '../components/component-deployment.ts';
import { componentProbes } from '../components/component-probes.ts';
import { ROUTER_PUBLIC } from '../api/route/router-public.ts';
import {
  CONFIG_FILE,
  HEALTH_PORT,
  HTTP_PORT,
  HTTPS_PORT,
  MASTER_SOCKET,
  MOUNT,
  ROUTER_NAME,
  ROUTER_NAMESPACE,
  type RouterSettings,
  RUN_DIR,
} from './router-settings.ts';

const USER = 1001;

const METADATA = { name: ROUTER_NAME, namespace: ROUTER_NAMESPACE, labels: { router: 'router' } };

/** The account of the router's pod, which may do nothing. */
export const routerAccount = (): KubeObject => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: METADATA });

/** The ports of the router, for everybody who has logged in to read: URLs of routes lead there. */
export const routerPublic = ({ httpPort, httpsPort }: RouterSettings): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...ROUTER_PUBLIC },
  data: { http: String(httpPort), https: String(httpsPort) },
});

/** HAProxy waits for its first configuration; what else it is told comes by its master's socket. The text is constant. */
const START = [
  `until [ -s ${MOUNT}/${CONFIG_FILE} ]; do sleep 0.2; done`,
  `exec /usr/sbin/haproxy -W -db -S ${MOUNT}/${RUN_DIR}/${MASTER_SOCKET},mode,660 -f ${MOUNT}/${CONFIG_FILE}`,
].join('\n');

/** HAProxy on this machine's ports. It has no token: the daemon is its eyes. */
export function routerDeployment({ image, nodeName, folder, httpPort, httpsPort }: RouterSettings): KubeObject {
  const question = { httpGet: { path: '/healthz', port: HEALTH_PORT } };
  return componentDeployment({
    metadata: METADATA,
    user: { uid: USER, gid: 0 },
    containerSecurityContext: { readOnlyRootFilesystem: true },
    container: {
      name: 'router',
      image,
      command: ['/usr/bin/catatonit', '--', '/bin/sh', '-c', START],
      // HAProxy ends what has begun before it ends itself.
      lifecycle: {
        preStop: { exec: { command: ['/bin/sh', '-c', 'kill -USR1 $(pidof haproxy) 2>/dev/null; sleep 2'] } },
      },
      ports: [
        { name: 'http', containerPort: HTTP_PORT, hostPort: httpPort, protocol: 'TCP' },
        { name: 'https', containerPort: HTTPS_PORT, hostPort: httpsPort, protocol: 'TCP' },
        { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
      ],
      ...componentProbes(question, { ready: 2, alive: 5 }),
      resources: { requests: { cpu: '50m', memory: '64Mi' } },
      volumeMounts: [
        { name: 'router', mountPath: MOUNT, readOnly: true },
        { name: 'run', mountPath: `${MOUNT}/${RUN_DIR}` },
      ],
    },
    pod: {
      nodeSelector: { 'kubernetes.io/hostname': nodeName },
      serviceAccountName: ROUTER_NAME,
      priorityClassName: 'system-cluster-critical',
      terminationGracePeriodSeconds: 30,
      volumes: [
        { name: 'router', hostPath: { path: folder, type: 'Directory' } },
        { name: 'run', hostPath: { path: `${folder}/${RUN_DIR}`, type: 'Directory' } },
      ],
    },
  });
}
